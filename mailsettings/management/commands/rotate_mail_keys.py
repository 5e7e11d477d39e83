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
        parser.add_argument(
            "--drop",
            metavar="KEY_ID",
            help="then say whether this key may be left out, and forget it",
        )

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
        if options["drop"]:
            self._drop(options["drop"], is_dry=options["dry_run"])

    def _drop(self, key: str, *, is_dry: bool) -> None:
        """Forget a key that nothing is sealed with; refuse one that is still needed."""
        if key == newest_key_id():
            raise CommandError(f"Key {key} is the newest: everything is sealed with it.")
        held = sum(sealed.key_id == key for *_, sealed in secrets())
        if held:
            raise CommandError(f"Key {key} is in use: {held} secrets are sealed with it.")
        known = EncryptionKey.objects.filter(key_id=key)
        if not known.exists():
            raise CommandError(f"This database never knew a key {key}.")
        if not is_dry:
            known.delete()
        self.stdout.write(f"Nothing is sealed with {key}: leave it out of MAIL_ENCRYPTION_KEYS.")
