"""``manage.py demo``: a company to look at and to try things on."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ats.demo import load, report, tenants


class Command(BaseCommand):
    help = "Load the demo company; what is there already stays. Prints its logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object, nothing else"
        )
        parser.add_argument(
            "--candidates", type=int, default=0, metavar="N", help="fill Acme up to N candidates"
        )
        parser.add_argument("--force", action="store_true", help="load it although DEBUG is off")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 -- Django's signature
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "The demo's passwords are public, so it is loaded only while DEBUG is on (or with --force)."
            )
        companies = load.load(candidates=options["candidates"])
        if options["json"]:
            found = [report.describe(company) for company in companies]
            self.stdout.write(json.dumps({"companies": found}, ensure_ascii=False, indent=2))
            return
        for company in companies:
            self.stdout.write(f"{company.name} ({company.recruiting_address})")
            for member in company.memberships.select_related("user").order_by("pk"):
                self.stdout.write(f"  {member.user.email:<28}{tenants.PASSWORD}  {member.role}")
