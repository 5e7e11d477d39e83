"""App configuration."""

from django.apps import AppConfig


class MailsettingsConfig(AppConfig):
    name = "mailsettings"
    label = "mailsettings"

    def ready(self) -> None:
        from anymail.signals import inbound  # noqa: PLC0415 -- needs the app registry

        from mailsettings.inbound import webhooks  # noqa: PLC0415 -- as above

        inbound.connect(webhooks.receive, dispatch_uid="mailsettings.inbound")
