"""Admin of the applicant tracking system, one module per subject."""

from recruiting.admin import hiring, mail, people, positions

__all__ = ["hiring", "mail", "people", "positions"]
