"""``manage.py watch_mailboxes``: hear of new mail at once where the server offers IDLE, until stopped."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from mailsettings import tasks
from mailsettings.inbound import watching


class Command(BaseCommand):
    help = "Wait for new mail in every connected mailbox (IDLE) and have it polled at once."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("Watching mailboxes.")
        watching.watch(stop, lambda folder_id: tasks.poll.apply_async([folder_id], retry=False))
        self.stdout.write("Stopped.")
