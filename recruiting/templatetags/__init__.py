"""How the recruiter's pages put times and files into words."""
