"""System checks: what would otherwise be noticed at the first mail that does not leave."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from mailsettings.models import EncryptionKey
from mailsettings.outbound import platform


@register()
def check_email_url(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001 -- Django's signature
    """EMAIL_URL names a server or a provider that mail can be sent through."""
    try:
        platform.check()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="README.md shows the forms.", id="mailsettings.E001")]
    return []


@register(Tags.database)
def check_keys(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 -- Django's signature
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Every stored secret can be opened. Runs where the database may be asked, as in ``migrate``."""
    if not databases:
        return []
    try:
        missing = EncryptionKey.objects.missing()
    except DatabaseError:  # not migrated yet
        return []
    if not missing:
        return []
    return [
        Error(
            f"Stored passwords are sealed with keys that are not configured: {', '.join(sorted(missing))}.",
            hint="Put the former key back at the end of MAIL_ENCRYPTION_KEYS, run "
            "rotate_mail_keys, and only then leave it out.",
            id="mailsettings.E002",
        )
    ]
