"""``manage.py fetchmail``: poll what is due and route it now, for those who run cron instead of beat."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from mailsettings.inbound import folders, polling, routing
from mailsettings.models import MailFolder


class Command(BaseCommand):
    help = "Poll the mail folders that are due, then route what was received."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="poll every folder, due or not")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["all"]:
            folders.sync()
            MailFolder.objects.exclude(next_poll_at=None).update(next_poll_at=timezone.now())
        polled = polling.poll_due()
        routed = routing.route_received()
        self.stdout.write(f"Polled {polled} folders, routed {routed} mails.")
