"""``manage.py check_integrity``: prove the whole database, or list what is wrong in it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from recruiting.hiring import integrity


class Command(BaseCommand):
    help = "Check rules no constraint can keep. Lists what breaks them and ends with status 1."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- Django's signature
        count = 0
        for count, sentence in enumerate(integrity.violations(), start=1):  # noqa: B007 -- used below
            self.stdout.write(sentence)
        if count:
            self.stderr.write(f"{count} violations")
            sys.exit(1)
        self.stdout.write("Everything is in order.")
