"""Error pages tell no secrets of the installation."""

from django.views.debug import get_default_exception_reporter_filter
from pytest_django import Settings

SECRET = "hush-hush"
URLS = {
    "EMAIL_URL": f"smtps://post:{SECRET}@mail.example",
    "INBOUND_IMAP_URL": f"imaps://post:{SECRET}@mail.example/INBOX",
    "DATABASE_URL": f"postgres://ats:{SECRET}@db.example/ats",
    "CELERY_BROKER_URL": f"redis://:{SECRET}@broker.example/0",
    "CACHE_URL": f"redis://:{SECRET}@broker.example/1",
    "CACHES": {"default": {"BACKEND": "x", "LOCATION": f"redis://:{SECRET}@broker.example/1"}},
    "SECRET_KEY": SECRET,
    "MAIL_ENCRYPTION_KEYS": [SECRET],
}


def test_error_pages_hide_the_passwords_in_urls(settings: Settings) -> None:
    for name, value in URLS.items():
        setattr(settings, name, value)
    shown = get_default_exception_reporter_filter().get_safe_settings()
    assert {name for name in URLS if SECRET in str(shown[name])} == set()
    assert shown["PUBLIC_URL"] == settings.PUBLIC_URL
