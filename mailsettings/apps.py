"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MailsettingsConfig(AppConfig):
    name = "mailsettings"
    label = "mailsettings"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from anymail.signals import inbound, tracking  # noqa: PLC0415 -- needs the app registry

        from mailsettings import checks  # noqa: F401, PLC0415 -- registers them
        from mailsettings.inbound import webhooks  # noqa: PLC0415 -- as above
        from mailsettings.outbound import reports  # noqa: PLC0415 -- as above

        tracking.connect(reports.receive, dispatch_uid="mailsettings.tracking")
        inbound.connect(webhooks.receive, dispatch_uid="mailsettings.inbound")
        post_migrate.connect(_remember_keys, sender=self)


def _remember_keys(**_: Any) -> None:
    from mailsettings.models import EncryptionKey  # noqa: PLC0415 -- needs the app registry

    EncryptionKey.objects.remember_configured()
