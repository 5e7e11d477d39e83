"""The applicant tracking system: positions, pipelines, candidates, applications, messages, the recruiter's desk."""
