"""Admin of the applicant tracking system, one module per subject."""

from recruiting.admin import mail, people, positions

__all__ = ["mail", "people", "positions"]
