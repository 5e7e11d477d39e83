"""Where a mailbox is edited, and what its fields are called."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from mailsettings import dnswords, guides, mailboxes
from mailsettings.encryption import Sealed
from mailsettings.forms import MailboxForm
from mailsettings.models import DomainProof, Mailbox, ProbeRun, Proof, SenderDomain
from mailsettings.overview import Owner
from mailsettings.proofs import domains, rechecks
from mailsettings.proofs.explanations.said import translated
from mailsettings.troubles import Trouble

register = template.Library()
# What the form of a personal account calls its fields: it has those of both servers in one column.
PERSONAL_LABELS = {
    "smtp_host": _("SMTP server"),
    "smtp_port": _("SMTP port"),
    "imap_host": _("IMAP server"),
    "imap_port": _("IMAP port"),
    "password": _("Password"),
    "account": _("User name"),
    "uses_tls": _("SSL/TLS encryption"),
}


@register.simple_tag
def page_of(owner: Owner) -> str:
    """Return the address of the page on which the owner's mailbox is open."""
    if owner.subcompany_id is None:
        return reverse("mailsettings:email-settings")
    return form_of(owner)


@register.simple_tag
def form_of(owner: Owner) -> str:
    """Return the address that stores the owner's mailbox."""
    if owner.subcompany_id is None:
        return reverse("mailsettings:main-mailbox")
    return reverse("mailsettings:mailbox", args=[owner.subcompany_id])


@register.filter
def trouble_text(trouble: Trouble) -> str:
    """Return what is broken and since when, in the reader's language."""
    since = formats.date_format(timezone.localtime(trouble.since), "SHORT_DATETIME_FORMAT")
    return trouble.sentence % {"target": trouble.target, "since": since}


@register.simple_tag
def unreadable_passwords(mailbox: Mailbox) -> list[dict[str, str]]:
    """Return name and label of each stored password that none of our keys opens any more."""
    return [
        {"name": name, "label": field_label(name)}
        for name in mailboxes.SECRETS
        if isinstance(secret := getattr(mailbox, name), Sealed) and not secret.is_readable
    ]


@register.simple_tag
def proofs_of(
    mailbox: Mailbox, proofs: Iterable[Proof]
) -> list[tuple[str, Proof | None, datetime | None]]:
    """Return each kind of test that is repeated for the mailbox, its proof if it passed, and since when it fails."""
    kinds = [kind for kind in ProbeRun.Kind if mailbox.pk and rechecks.target_of(mailbox, kind)]
    if mailbox.user_id:
        kinds = [kind for kind in kinds if kind != ProbeRun.Kind.ROUND_TRIP]
    known = {proof.kind: proof for proof in proofs if proof.mailbox_id == mailbox.pk}
    failing = {kind: proof.failing_since for kind, proof in known.items()}
    if mailbox.paused_at:  # a mail has met what the next test would find
        failing[ProbeRun.Kind.SMTP] = failing.get(ProbeRun.Kind.SMTP) or mailbox.paused_at
    return [(str(kind.label), known.get(kind), failing.get(kind)) for kind in kinds]


@register.simple_tag
def whole_proof(
    mailbox: Mailbox, proofs: Iterable[Proof], tests: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Return whether every test of ``proofs_of`` is passed, since when one fails, and when one just failed."""
    known = proofs_of(mailbox, proofs)
    failed = [
        run.finished_at
        for run in (test["run"] for test in tests)
        if run.state == ProbeRun.State.FAILED and not run.is_draft_of(mailbox)
    ]
    return {
        "is_proven": all(proof for _label, proof, _since in known),
        "failing_since": min((since for *_, since in known if since), default=None),
        "failed_at": max(failed, default=None),
    }


@register.simple_tag
def domain_report(mailbox: Mailbox) -> dict[str, Any] | None:
    """Return what is known about the domain of the mailbox's address; None without an address."""
    name = domains.domain_of(mailbox.address)
    if not name or not mailbox.pk:
        return None
    found = SenderDomain.objects.filter(company=mailbox.company_id, name=name).first()
    if found is None:
        return {"name": name, "is_new": True}
    proofs = list(found.proofs.order_by("-started_at")[:7]) if found.verified_at else []
    return {
        "pk": found.pk,
        "name": name,
        "proofs": proofs,
        "is_proving": bool(proofs) and proofs[0].is_awaited,
        "failing_since": found.failing_since,
        "checked_at": found.checked_at,
        "findings": found.findings,
        "is_waiting": found.is_waiting,
        "verified_at": found.verified_at,
        "records": domains.records_of(found),
    }


@register.simple_tag
def redirect_guides(address: str) -> list[guides.Guide]:
    """Return how a mailbox is made to redirect to the address, one guide a provider."""
    return [guide.to(address) for guide in guides.GUIDES]


@register.filter
def said(text: str) -> str:
    """Return why something failed, as it was written down, in the reader's language."""
    return translated(text)


@register.filter
def finding_text(finding: dict[str, Any]) -> str:
    return dnswords.say(finding)


@register.filter
def proof_text(proof: DomainProof) -> str:
    return dnswords.say_proof(proof)


@register.simple_tag
def test_url(run: ProbeRun) -> str:
    """Return the address at which the form of the run's mailbox is tested."""
    if run.mailbox and run.mailbox.user_id:
        return reverse("mailsettings:personal")
    subcompany_id = run.mailbox.subcompany_id if run.mailbox else None
    if subcompany_id is None:
        return reverse("mailsettings:main-mailbox")
    return reverse("mailsettings:mailbox", args=[subcompany_id])


@register.simple_tag
def stored_test_url(run: ProbeRun) -> str:
    """Return the address at which the run's mailbox is tested as it is stored."""
    if run.mailbox is None or run.mailbox.user_id:
        return reverse("mailsettings:personal-test")
    return reverse("mailsettings:mailbox-test", args=[run.mailbox.pk])


@register.filter
def field_label(name: str, run: ProbeRun | None = None) -> str:
    """Return what the form of a shared mailbox calls a field, or of a personal one if that was tested."""
    is_personal = run is not None and run.mailbox is not None and run.mailbox.user_id is not None
    label = PERSONAL_LABELS.get(name) if is_personal else None
    return str(label or MailboxForm.base_fields[name].label)


@register.filter
def get(counts: Mapping[int, int], key: int) -> int:
    return counts.get(key, 0)
