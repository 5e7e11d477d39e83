"""``manage.py mailsandbox``: the mail servers of the world outside, for development."""

import asyncio
import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ats.sandbox import ports, server


class Command(BaseCommand):
    help = "Run the development mail sandbox: an SMTP and an IMAP server on loopback."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--smtp-port", type=int, default=ports.smtp(), metavar="PORT")
        parser.add_argument("--imap-port", type=int, default=ports.imap(), metavar="PORT")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The mail sandbox takes any mail from anybody and is for development only. "
                "Set DEBUG=1 to run it; a server names its real provider in EMAIL_URL."
            )
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd tells every command
        smtp_port, imap_port = options["smtp_port"], options["imap_port"]

        def say_ready() -> None:
            self.stdout.write(
                f"Mail sandbox: SMTP {server.HOST}:{smtp_port}, IMAP {server.HOST}:{imap_port}"
            )
            self.stdout.flush()

        try:
            asyncio.run(server.serve(smtp_port=smtp_port, imap_port=imap_port, ready=say_ready))
        except OSError as error:
            raise CommandError(f"The mail sandbox cannot listen: {error}") from error
