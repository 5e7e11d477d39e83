"""Admin of the applicant tracking system, one module per subject."""

from recruiting.admin import hiring, interviews, mail, people, positions

__all__ = ["hiring", "interviews", "mail", "people", "positions"]
