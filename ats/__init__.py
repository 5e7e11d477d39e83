"""The top of the house: settings, URLs, Celery and the development mail sandbox. Owns no tables."""

from ats.celery import app as celery_app

__all__ = ["celery_app"]
