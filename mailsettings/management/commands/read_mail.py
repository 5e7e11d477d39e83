"""`manage.py read_mail FILE… --json`: show how a raw mail is read, to answer "why did this mail land there?"."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mailsettings.mime import machine, parse, routes, text


class Command(BaseCommand):
    """Reads files as the inbound path would, stores nothing, prints one JSON object a line."""

    help = "Read raw mails from files and print what the inbound path makes of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument(
            "--json", action="store_true", help="one JSON object a line (the default is indented)"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- as Django calls it
        unreadable = 0
        for file in options["files"]:
            try:
                raw = file.read_bytes()
            except OSError as error:
                unreadable += 1
                self._print(
                    {"file": str(file), "error": error.strerror or str(error)},
                    compact=options["json"],
                )
            else:
                self._print({"file": str(file), **read(raw)}, compact=options["json"])
        if unreadable:
            raise SystemExit(1)

    def _print(self, found: dict[str, Any], *, compact: bool) -> None:
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=None if compact else 2))


def read(raw: bytes) -> dict[str, Any]:
    """What the inbound path makes of a raw mail, as plain data."""
    mail = parse.parse(raw)
    verdict = machine.classify(mail, own_domains=(settings.RECRUITING_DOMAIN,))
    trimmed = text.trim_quotes(mail.text)
    return {
        "kind": verdict.kind,
        "from": mail.sender.addr_spec if mail.sender else None,
        "subject": mail.subject,
        "message_id": mail.message_id or None,
        "text": mail.text,
        "new_text": trimmed.new_text,
        "quoted_text": trimmed.quoted_text,
        "attachments": [
            {"name": part.name, "type": part.content_type, "size": len(part.content)}
            for part in mail.attachments
        ],
        "failed_addresses": list(verdict.failed_addresses),
        "original_message_id": verdict.original_message_id or None,
        "permanent": verdict.permanent,
        "routes": [
            {"address": route.address, "found_in": route.found_in} for route in routes.routes(mail)
        ],
        "error": mail.error or None,
    }
