"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RecruitingConfig(AppConfig):
    name = "recruiting"
    label = "recruiting"
    verbose_name = _("Recruiting")

    def ready(self) -> None:
        from recruiting.reports import marks  # noqa: PLC0415 -- models are loaded by now

        post_migrate.connect(marks.install, sender=self)
