"""``manage.py receive_mail``: accept mail by SMTP or LMTP until stopped."""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mailsettings.inbound import listener


class Command(BaseCommand):
    help = "Accept mail for the recruiting addresses by SMTP (or LMTP) and store it."
    # Mail comes in whatever state the pages are in.
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--listen",
            metavar="HOST:PORT",
            default=settings.INBOUND_SMTP_LISTEN,
            help="where to listen; INBOUND_SMTP_LISTEN by default",
        )
        parser.add_argument("--lmtp", action="store_true", help="speak LMTP instead of SMTP")

    def handle(self, *_args: Any, listen: str, lmtp: bool, **_options: Any) -> None:
        host, separator, port = listen.rpartition(":")
        if not separator or not port.isdecimal():
            raise CommandError("Say where to listen: --listen HOST:PORT or INBOUND_SMTP_LISTEN.")
        try:
            asyncio.run(self.receive(host.strip("[]"), int(port), lmtp=lmtp))
        except OSError as error:
            raise CommandError(f"Cannot listen on {listen}: {error}") from error

    async def receive(self, host: str, port: int, *, lmtp: bool) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await listener.serve(host, port, lmtp=lmtp, stop=stop, on_ready=self.announce)
        self.stdout.write("Stopped.")

    def announce(self, port: int) -> None:
        self.stdout.write(f"Accepting mail on port {port}.")
        self.stdout.flush()
