"""Seal every stored secret anew with the first of MAIL_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailsettings.encryption import DecryptionError, Sealed, newest_key_id
from mailsettings.models import EncryptionKey
from mailsettings.models.keys import secrets


class Command(BaseCommand):
    help = (
        "Seal every stored password with the newest key. Put the new key first into "
        "MAIL_ENCRYPTION_KEYS, restart, run this, then leave the old key out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, change nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        EncryptionKey.objects.remember_configured()
        old = [found for found in secrets() if found[3].key_id != newest_key_id()]
        sealed_anew, unreadable = 0, []
        for model, pk, field, sealed in old:
            try:
                fresh = Sealed.of(sealed.reveal())
            except DecryptionError as error:
                unreadable.append(f"{model._meta.label} {pk}, {field}: {error}")
                continue
            if not options["dry_run"]:
                # A secret that was changed in this moment is already sealed with the newest key.
                same = model._base_manager.filter(pk=pk, **{field: sealed})
                same.update(**{field: fresh})
            sealed_anew += 1
        verb = "would be sealed" if options["dry_run"] else "sealed"
        self.stdout.write(f"{sealed_anew} of {len(old)} secrets with older keys {verb} anew.")
        if unreadable:
            raise CommandError("These secrets cannot be opened:\n" + "\n".join(unreadable))
