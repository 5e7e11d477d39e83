"""From an empty company to the first candidate who was answered: what is done is read from facts."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies import audit
from companies.access import Can
from companies.models import Company, Membership
from mailsettings.models import Mailbox, ProbeRun, Proof
from recruiting.models import Application, Message, Onboarding, Position


@dataclass(frozen=True)
class Step:
    """``url`` is the page that does it; empty for who may not."""

    key: str
    title: str | Promise
    text: str | Promise
    url: str
    is_done: bool


# Key, title, why, URL, who may do it
STEPS = [
    (
        "position",
        _("Create a position"),
        _("Name it as you do among yourselves; the public title comes with the description."),
        "recruiting:position-new",
        Can.EDIT_POSITIONS,
    ),
    (
        "published",
        _("Publish it"),
        _("It appears on your career site and in the feed, and takes applications."),
        "recruiting:positions",
        Can.EDIT_POSITIONS,
    ),
    (
        "mail",
        _("Enter your own mail address"),
        _("Candidates then get mail from your address and your server."),
        "mailsettings:email-settings",
        Can.EDIT_MAIL_SETTINGS,
    ),
    (
        "redirect",
        _("Prove that answers arrive"),
        _("Redirect the address to us or let us read it, and send the test mail."),
        "mailsettings:email-settings",
        Can.EDIT_MAIL_SETTINGS,
    ),
    (
        "colleague",
        _("Invite a colleague"),
        _("Who hires for a position reads, evaluates and decides with you."),
        "companies:members",
        Can.MANAGE_MEMBERS,
    ),
    (
        "application",
        _("Receive the first application"),
        _("From your career site or by mail. One you have on your desk already you add by hand."),
        "recruiting:candidate-new",
        Can.ADD_CANDIDATES,
    ),
    (
        "answer",
        _("Answer it"),
        _("What you write and what comes back stands together on the candidate's page."),
        "recruiting:candidates",
        Can.WRITE_MESSAGES,
    ),
]


def checklist(member: Membership) -> list[Step]:
    """Return the steps for who sets the company up; empty once put away or all done. One query."""
    if Can.USE_ADMIN not in member.can:
        return []
    company = _facts(member)
    if company.dismissed_at:  # type: ignore[attr-defined]  # annotated
        return []
    found = steps(member, company)
    return [] if all(step.is_done for step in found) else found


def steps(member: Membership, company: Company | None = None) -> list[Step]:
    """Return every step and whether it is done."""
    company = company or _facts(member)
    return [
        Step(
            key,
            title,
            text,
            reverse(url) if may in member.can else "",
            bool(getattr(company, f"has_{key}")),
        )
        for key, title, text, url, may in STEPS
    ]


def dismiss(member: Membership, *, back: bool = False) -> None:
    """Put the checklist away for the whole company, or take it out again. One audit line."""
    row, _made = Onboarding.objects.update_or_create(
        company=member.company, defaults={"dismissed_at": None if back else timezone.now()}
    )
    verb = "onboarding.resumed" if back else "onboarding.dismissed"
    audit.record(member.company, verb, row, by=member)


def _facts(member: Membership) -> Company:
    """The company with what it has got so far; the sample does not count."""
    own = OuterRef("pk")
    of_sample = Onboarding.objects.exclude(sample=None).values("sample")
    positions = Position.objects.filter(company=own).exclude(pk__in=of_sample)
    applications = Application.objects.filter(position__company=own).exclude(position__in=of_sample)
    written = Message.objects.filter(
        company=own, direction=Message.Direction.OUT, author__isnull=False
    ).exclude(application__position__in=of_sample)
    arrives = Q(kind__in=[ProbeRun.Kind.ROUND_TRIP, ProbeRun.Kind.IMAP], mailbox__user=None)
    return Company.objects.annotate(
        dismissed_at=F("onboarding__dismissed_at"),
        has_position=Exists(positions),
        has_published=Exists(positions.exclude(published_at=None)),
        has_mail=Exists(Mailbox.objects.filter(company=own, user=None).exclude(address="")),
        has_redirect=Exists(Proof.objects.filter(arrives, company=own)),
        has_colleague=Exists(
            Membership.objects.filter(company=own, is_active=True).exclude(pk=member.pk)
        ),
        has_application=Exists(applications),
        has_answer=Exists(written),
    ).get(pk=member.company_id)
