"""Create a company with its first owner and what hiring starts with."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from companies import emails, members
from companies.models import Company, Role, User
from recruiting.hiring.positions import defaults


class Command(BaseCommand):
    help = "Creates a company and its owner, and prints the link at which the owner chooses a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="as candidates read it, such as 'Acme GmbH'")
        parser.add_argument(
            "account", help="names it in addresses: <account>-jobs@…; never changes"
        )
        parser.add_argument("owner", help="e-mail address of the first owner")
        parser.add_argument("--owner-name", default="", help="the owner's name")
        parser.add_argument("--language", default="en", help="language of the company: en or de")

    def handle(self, *_args: Any, **options: Any) -> None:
        company = Company(
            name=options["name"],
            account=options["account"].lower(),
            default_language=options["language"],
        )
        owner = User(email=options["owner"].lower(), name=options["owner_name"])
        try:
            company.full_clean()
            owner.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        with transaction.atomic():
            company.save()
            defaults.set_up(company)
            member = members.invite(
                company, email=owner.email, name=owner.name, role=Role.OWNER, by=None
            )
        self.stdout.write(
            f"Created {company.name}; its mail arrives at {company.recruiting_address}."
        )
        self.stdout.write(
            f"{owner.email} chooses a password at {emails.password_link(member.user)}"
        )
