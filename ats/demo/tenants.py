"""The demo's companies with their people, mailboxes, sources, attributes, tags and templates."""

from collections.abc import Sequence

from ats.demo import people
from ats.sandbox import ports, world
from companies.models import Company, Membership, Role, Subcompany, User
from mailsettings.models import EmailSettings, Mailbox
from mailsettings.models.mailboxes import Encryption
from recruiting.hiring.positions import attributes, defaults
from recruiting.models import Attribute, MessageTemplate, Pipeline, Source, Tag

PASSWORD = "posthorn-demo"  # noqa: S105 -- of the demo's users, printed for everyone to see
HERE = "127.0.0.1"
USERS = {
    "acme": [
        ("owner", "Olivia Brenner", Role.OWNER),
        ("recruiter", "Robin Falk", Role.RECRUITER),
        ("manager", "Malte Horn", Role.HIRING_MANAGER),
        ("viewer", "Vera Stein", Role.VIEWER),
    ],
    "globex": [
        ("owner", "Greta Holm", Role.OWNER),
        ("recruiter", "Georg Lang", Role.RECRUITER),
    ],
}


def make(account: str, name: str, subcompanies: Sequence[str] = ()) -> Company:
    """Return the company with its people and all it needs to hire; what is there already stays."""
    company, is_new = Company.objects.get_or_create(account=account, defaults={"name": name})
    for subcompany in subcompanies:
        Subcompany.objects.get_or_create(company=company, name=subcompany)
    for login, full_name, role in USERS[account]:
        _make_user(company, f"{login}@{account}.example", full_name, role)
    if is_new or not Pipeline.objects.filter(company=company).exists():
        defaults.set_up(company)
    return company


def _make_user(company: Company, email: str, name: str, role: Role) -> None:
    user = User.objects.filter(email=email).first()
    user = user or User.objects.create_user(email, PASSWORD, name=name)
    Membership.objects.get_or_create(user=user, defaults={"company": company, "role": role})


def connect_mail(company: Company) -> None:
    """Give Acme the mailboxes of the sandbox: one that redirects, one that is read, one inherited."""
    EmailSettings.objects.get_or_create(company=company, defaults={"use_custom_address": True})
    Mailbox.objects.get_or_create(
        company=company, subcompany=None, user=None, defaults=_server(world.JOBS)
    )
    berlin = Subcompany.objects.get(company=company, name="Acme Berlin GmbH")
    Mailbox.objects.get_or_create(
        company=company,
        subcompany=berlin,
        defaults=_server(world.BERLIN)
        | {
            "imap_host": HERE,
            "imap_port": ports.imap(),
            "imap_encryption": Encryption.STARTTLS,
            "imap_account": world.BERLIN,
            "imap_password": world.PASSWORD,
        },
    )


def _server(address: str) -> dict[str, object]:
    return {
        "address": address,
        "use_for_sending": True,
        "smtp_host": HERE,
        "smtp_port": ports.smtp(),
        "smtp_encryption": Encryption.STARTTLS,
        "smtp_account": address,
        "smtp_password": world.PASSWORD,
    }


def furnish(company: Company) -> None:
    """Add Acme's own sources, attributes, tags and templates."""
    for name in ("JOIN", "StepStone"):
        Source.objects.get_or_create(company=company, name=name)
    for name in ("remote", "relocation", "senior", "speaks German"):
        Tag.objects.get_or_create(company=company, name=name)
    _make_attribute(company, "JOIN Original Source", Attribute.Type.TEXT)
    _make_attribute(company, "Earliest start", Attribute.Type.DATE)
    levels = ("A1", "A2", "B1", "B2", "C1", "C2")
    _make_attribute(company, "German level", Attribute.Type.OPTIONS, levels)
    for name, category, language, subject, body in people.TEMPLATES:
        MessageTemplate.objects.get_or_create(
            company=company,
            name=name,
            language=language,
            defaults={"category": category, "subject": subject, "body": body},
        )


def _make_attribute(
    company: Company, name: str, kind: Attribute.Type, options: Sequence[str] = ()
) -> None:
    if not Attribute.objects.filter(company=company, name=name).exists():
        attributes.create(company, name=name, type=kind, by=None, options=options)
