"""The recruiter's pages, one module per screen."""
