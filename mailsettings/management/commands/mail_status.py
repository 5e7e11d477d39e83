"""How many mails stand where, and what became of every folder that is read."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mailsettings import status


class Command(BaseCommand):
    help = "Show both mail spools and the folders that are polled."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        found: dict[str, Any] = {
            "incoming": status.count_incoming(),
            "outgoing": status.count_outgoing(),
            "mailboxes": status.list_mailboxes(),
        }
        if options["json"]:
            for box in found["mailboxes"]:
                del box["missing"]  # programs rely on the other names, and on there being no more
            self.stdout.write(json.dumps(found))
            return
        for spool in ("incoming", "outgoing"):
            counts = "  ".join(f"{state} {count}" for state, count in found[spool].items())
            self.stdout.write(f"{spool}: {counts}")
        for box in found["mailboxes"]:
            self.stdout.write(
                "{address} {folder}: {state}, {in_ledger} of {on_server} mails fetched, {missing} missing, "
                "last polled {last_polled_at}".format_map(box)
            )
