"""Checking the domains a company writes from: DNS advice, and whether we may speak for them.

A check is asked for by moving ``next_check_at``; any worker that claims the row looks and stores what
it found. After that the domain is looked at once a day.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from companies import audit
from companies.audit import Actor
from companies.models import Company
from mailsettings.models import Mailbox, ProbeRun, SenderDomain
from mailsettings.models.domains import CHECKED_EACH
from mailsettings.outbound import senders
from mailsettings.proofs import alarms, dnsadvice, spf
from mailsettings.wire.dns import DnsError, Resolver, SystemResolver

AGAIN = timedelta(hours=1)  # until records that vanished are looked for again
PAUSE = timedelta(seconds=20)
BATCH = 10
SELECTOR_RUNS = 30  # how many of the last tests are searched for DKIM signatures
Record = dict[str, str]


def domain_of(address: str) -> str:
    """The domain of an address as it stands in DNS; empty without one."""
    name = address.rpartition("@")[2].strip().lower().rstrip(".")
    try:
        return name.encode("idna").decode()[:253] if name else ""
    except UnicodeError:
        return ""


def ask(company: Company, names: Iterable[str], *, by: Actor) -> list[SenderDomain]:
    """Have the domains looked at as soon as a worker is free; those not known yet are added."""
    asked = []
    with transaction.atomic():
        for name in sorted({name for name in names if name}):
            domain, is_new = SenderDomain.objects.get_or_create(company=company, name=name)
            if not is_new and not domain.is_waiting and not _is_fresh(domain):
                domain.next_check_at = timezone.now()
                domain.save(update_fields=["next_check_at"])
            audit.record(company, "sender_domain.checked", domain, by=by)
            asked.append(domain)
    return asked


def _is_fresh(domain: SenderDomain) -> bool:
    """Whether it was just checked: a button pressed again and again asks no name server more often."""
    return domain.checked_at is not None and domain.checked_at > timezone.now() - PAUSE


def do_without(domain: SenderDomain, *, by: Actor) -> None:
    """Take note that the records of a domain are gone for good: its mail leaves as if they had never been."""
    with transaction.atomic():
        gone = SenderDomain.objects.filter(pk=domain.pk, verified_at=None)
        if gone.exclude(failing_since=None).update(failing_since=None):
            audit.record(domain.company, "sender_domain.given_up", domain, by=by, name=domain.name)


def run_due(make_resolver: Callable[[], Resolver] = SystemResolver) -> int:
    """Check the domains that are due, each by the one worker that claims it; return how many."""
    now = timezone.now()
    checked = 0
    due = SenderDomain.objects.filter(next_check_at__lte=now).select_related("company")
    for domain in due.order_by("next_check_at")[:BATCH]:
        mine = SenderDomain.objects.filter(pk=domain.pk, next_check_at=domain.next_check_at)
        if mine.update(next_check_at=now + CHECKED_EACH):
            _check(domain, make_resolver)
            checked += 1
    return checked


def records_of(domain: SenderDomain) -> list[Record]:
    """What has to be published so that we may speak for the domain; empty where we do not sign."""
    if not settings.DKIM_SELECTORS:
        return []
    proof = {
        "name": f"_posthorn.{domain.name}",
        "type": "TXT",
        "value": f"posthorn-verification={domain.token}",
    }
    keys = [
        {
            "name": f"{selector}._domainkey.{domain.name}",
            "type": "CNAME",
            "value": f"{selector}._domainkey.{settings.RECRUITING_DOMAIN}",
        }
        for selector in settings.DKIM_SELECTORS
    ]
    return [proof, *keys]


def _check(domain: SenderDomain, make_resolver: Callable[[], Resolver]) -> None:
    """Store what was found; verification ends only when the records are gone, not when DNS is silent."""
    verified: bool | None = None
    try:
        resolver = make_resolver()
        verified = _is_verified(domain, resolver)
    except DnsError:
        findings: list[dnsadvice.Finding] = [
            {"topic": topic, "tone": "unknown", "code": "unknown", "values": {}, "records": []}
            for topic in ("spf", "dkim", "dmarc", "mx")
        ]
    else:
        findings = dnsadvice.check(_subject(domain, is_verified=verified), resolver)
    now = timezone.now()
    changed: dict[str, Any] = {"findings": findings, "checked_at": now}
    if verified is not None and verified != bool(domain.verified_at):
        # What passed or failed before was about another state of the domain; a proof follows at once.
        changed |= {"verified_at": now if verified else None, "next_proof_at": now}
        changed["failing_since"] = None if verified else now
        audit.record(
            domain.company,
            "sender_domain.verified" if verified else "sender_domain.no_longer_verified",
            domain,
            by=None,
            name=domain.name,
        )
    if verified is False and changed.get("failing_since", domain.failing_since):
        changed["next_check_at"] = now + AGAIN
    SenderDomain.objects.filter(pk=domain.pk).update(**changed)
    if verified is False and domain.verified_at:
        alarms.tell(alarms.repairers(domain.company, None), lambda: _farewell(domain))


def _farewell(domain: SenderDomain) -> tuple[str, str]:
    """What owners and admins are told when their mail changes its sender for want of records."""
    values = {
        "domain": domain.name,
        "address": domain.company.recruiting_address,
        "link": alarms.link("mailsettings:email-settings"),
    }
    text = _(
        "The records that let us send in the name of %(domain)s are not published any more. Where no "
        "server of yours sends, mail leaves from %(address)s from now on; replies come back as before.\n\n"
        "Which records these are stands in the email settings:\n%(link)s\n"
    )
    return _("Your domain is no longer verified: %(domain)s") % values, text % values


def _is_verified(domain: SenderDomain, resolver: Resolver) -> bool:
    records = records_of(domain)
    return bool(records) and all(_is_published(record, resolver) for record in records)


def _is_published(record: Record, resolver: Resolver) -> bool:
    if record["type"] == "TXT":
        return record["value"] in resolver.txt(record["name"])
    return resolver.cname(record["name"]) == record["value"].lower()


def _subject(domain: SenderDomain, *, is_verified: bool) -> dnsadvice.Subject:
    """The way mail from the domain takes now, as sending would choose it."""
    own = {
        sender.mailbox.smtp_host
        for sender in senders.resolve_all(domain.company).values()
        if sender.mailbox and domain_of(sender.address) == domain.name
    }
    return dnsadvice.Subject(
        domain.name,
        next(iter(sorted(own)), ""),
        _selectors_seen(domain),
        is_verified,
        tuple(one for one in settings.OUTBOUND_ADDRESSES if spf.is_network(one)),
        tuple(records_of(domain)[1:]),
    )


def _selectors_seen(domain: SenderDomain) -> tuple[str, ...]:
    """Selectors of this domain in the signatures of the company's own test mails."""
    runs = ProbeRun.objects.filter(company=domain.company, state=ProbeRun.State.PASSED)
    seen = [
        selector
        for steps in runs.order_by("-started_at").values_list("steps", flat=True)[:SELECTOR_RUNS]
        for step in steps
        for name, selector in step.get("signatures", ())
        if name == domain.name
    ]
    return tuple(dict.fromkeys(seen))


def addresses_of(mailboxes: Iterable[Mailbox]) -> set[str]:
    """The domains the mailboxes' addresses are in."""
    return {domain_of(mailbox.address) for mailbox in mailboxes if mailbox.address}
