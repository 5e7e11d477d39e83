"""Which mail connections are broken, as every page says until they are repaired."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from mailsettings.models import Mailbox, MailFolder, OAuthGrant, ProbeRun, Proof, SenderDomain
from mailsettings.proofs import alarms, breakers

REPAIRER = "repairer"
SENTENCES = {
    "paused": _("%(target)s cannot send since %(since)s."),
    "permission": _("%(target)s has to be connected again since %(since)s."),
    "folder": _("%(target)s cannot be read since %(since)s."),
    "domain": _("The proof of %(target)s fails since %(since)s."),
    "records": _("Mail does not leave in the name of %(target)s since %(since)s."),
    ProbeRun.Kind.SMTP: _("SMTP connection of %(target)s fails since %(since)s."),
    ProbeRun.Kind.IMAP: _("IMAP connection of %(target)s fails since %(since)s."),
    ProbeRun.Kind.ROUND_TRIP: _("Redirect of %(target)s fails since %(since)s."),
}
# The same thing said twice about one mailbox: which kind makes which others superfluous.
SAYS_MORE: dict[str, set[str]] = {
    "permission": {"paused", "folder", ProbeRun.Kind.SMTP, ProbeRun.Kind.IMAP},
    "paused": {ProbeRun.Kind.SMTP},
    ProbeRun.Kind.IMAP: {"folder"},
}


@dataclasses.dataclass(frozen=True)
class Trouble:
    """Something that worked and is broken. ``why`` is what a server said, if it is known."""

    kind: str
    target: str
    since: datetime
    why: str
    mailbox_id: int | None
    subcompany_id: int | None
    user_id: int | None
    is_mine: bool  # whether the member may repair it

    @property
    def sentence(self) -> str:
        """What is broken; ``since`` is for the page to format."""
        return str(SENTENCES[self.kind])

    @property
    def page(self) -> str:
        """Where it is repaired."""
        if self.user_id:
            return reverse("mailsettings:personal")
        anchor = "#domain-now" if self.kind in ("domain", "records") else "#mailbox"
        if self.subcompany_id:
            return reverse("mailsettings:mailbox", args=[self.subcompany_id]) + anchor
        return reverse("mailsettings:email-settings") + anchor

    @property
    def try_again(self) -> str:
        """Where the queue of a paused account is tried at once."""
        if self.user_id:
            return reverse("mailsettings:personal-try-again")
        return reverse("mailsettings:mailbox-try-again", args=[self.mailbox_id])

    @property
    def outlook(self) -> str:
        """What goes on without anybody, and what does not."""
        if self.kind == "permission":
            return str(_("Its mail waits until somebody connects it again; nothing is lost."))
        if self.kind == "folder":
            return str(_("It is tried again by itself; nothing is lost."))
        if self.kind == "records":
            return str(
                _(
                    "The DNS records that allow it are gone. Mail leaves from the company recruiting "
                    "email address meanwhile, and replies come back."
                )
            )
        return str(_("It worked before. It is checked every hour until it works again."))


@dataclasses.dataclass(frozen=True)
class Report:
    """What a page shows: the troubles, first those the member can repair, and who can repair the others."""

    found: list[Trouble]
    repairers: list[str]


# An address says more than the name of a server that many share.
SERVER = Case(
    When(kind=ProbeRun.Kind.ROUND_TRIP, then=F("target")),
    default=Concat(
        Cast("mailbox__address", CharField()),
        Value(" ("),
        "target",
        Value(")"),
        output_field=CharField(),
    ),
)
# What is told of each kind of trouble: target, since when, why, the way to its mailbox, and as what.
COLUMNS: dict[str, tuple[Any, str, Any, str, str | F]] = {
    "paused": ("address", "paused_at", F("pause_reason"), "", "paused"),
    "permission": ("mailbox__address", "revoked_at", Value(""), "mailbox__", "permission"),
    "proof": (SERVER, "failing_since", Value(""), "mailbox__", F("kind")),
    "folder": ("mailbox__address", "failing_since", F("last_error"), "mailbox__", "folder"),
}


def exist(member: Membership, since: datetime) -> Any:
    """Return an expression that is true while there is any trouble the member is told of.

    Of the member it only looks at the role and compares the ids, which may be expressions, as ``since``
    may be: the moment before which a folder must have broken (``lasting``).
    """
    return reduce(or_, map(Exists, _found(member, since).values()))


def lasting() -> datetime:
    """The moment since when a folder must be broken to be told of."""
    return timezone.now() - breakers.LASTS


def report(member: Membership) -> Report:
    """Return what is broken, for a member who may repair it or whose mails it holds up; one query."""
    found_by = _found(member, lasting())
    parts = [_columns(found_by[name], *columns) for name, columns in COLUMNS.items()]
    if "domain" in found_by:
        parts.append(_domains(found_by["domain"]))
    parts.append(_repairers(member))
    rows = list(parts[0].union(*parts[1:], all=True))
    found = _without_repetition(_trouble(member, *row) for row in rows if row[0] != REPAIRER)
    found.sort(key=lambda one: (not one.is_mine, one.since))
    foreign = next((one for one in found if not one.is_mine), None)
    names: list[str] = []
    if foreign:
        theirs = (None, foreign.subcompany_id)
        names = sorted(row[1] for row in rows if row[0] == REPAIRER and row[5] in theirs)
    return Report(found, names[:3])


def _repairers(member: Membership) -> Any:
    """Those who may repair something: as rows of the same columns, with their name and subcompany."""
    everybody = alarms.repairers(member.company, F("subcompany"))
    name = Coalesce(NullIf("user__name", Value("")), "user__email", output_field=CharField())
    return everybody.order_by().values_list(
        _text(Value(REPAIRER)),
        _text(name),
        Cast(Value(None), DateTimeField()),
        _text(Value("")),
        _number(Value(None)),
        _number(F("subcompany_id")),
        _number(Value(None)),
    )


def _trouble(member: Membership, *row: Any) -> Trouble:
    kind, target, since, why, mailbox_id, subcompany_id, user_id = row
    is_theirs = not member.subcompany_id or member.subcompany_id == subcompany_id
    is_mine = bool(user_id) or (member.can.edit_mail_settings and is_theirs)
    return Trouble(kind, target, since, why, mailbox_id, subcompany_id, user_id, is_mine)


def _without_repetition(troubles: Iterable[Trouble]) -> list[Trouble]:
    found = list(troubles)
    said = {(one.mailbox_id, less) for one in found for less in SAYS_MORE.get(one.kind, ())}
    return [one for one in found if (one.mailbox_id, one.kind) not in said or not one.mailbox_id]


def _found(member: Membership, since: datetime) -> dict[str, Any]:
    """Return a query for each kind of trouble."""
    unread = MailFolder.objects.broken(since)
    found = {
        "paused": Mailbox.objects.exclude(paused_at=None).filter(_scope(member)),
        "permission": OAuthGrant.objects.exclude(revoked_at=None),
        "proof": Proof.objects.failing(),
        "folder": unread.filter(purpose=MailFolder.Purpose.INBOX),
    }
    for name in ("permission", "proof", "folder"):
        found[name] = found[name].filter(_scope(member, "mailbox__"))
    if _is_told(member):
        failing = SenderDomain.objects.filter(company=member.company_id)
        # Records that are gone matter to those only who have no server of their own.
        by_us = _using().filter(Q(use_for_sending=False) | Q(smtp_host=""))
        matters = Q(verified_at__isnull=False) | Exists(by_us)
        found["domain"] = failing.exclude(failing_since=None).filter(matters)
    return found


def _columns(found: Any, target: Any, since: str, why: Any, path: str, kind: str | F) -> Any:
    mailbox = f"{path}pk" if path else "pk"
    return found.order_by().values_list(
        _text(Value(kind) if isinstance(kind, str) else kind),
        _text(F(target) if isinstance(target, str) else target),
        F(since),
        _text(why),
        _number(F(mailbox)),
        _number(F(f"{path}subcompany_id")),
        _number(F(f"{path}user_id")),
    )


def _domains(failing: Any) -> Any:
    # On whose page the domain stands: the main company's, or else the first subcompany's with an address in it.
    owner = _using().order_by(F("subcompany").asc(nulls_first=True)).values("subcompany_id")[:1]
    kind = Case(When(verified_at=None, then=Value("records")), default=Value("domain"))
    return failing.order_by().values_list(
        _text(kind),
        _text(F("name")),
        F("failing_since"),
        _text(Value("")),
        _number(Value(None)),
        _number(Subquery(owner)),
        _number(Value(None)),
    )


def _using() -> Any:
    """Return the shared mailboxes with an address in the domain of the outer query."""
    end = Concat(Value("@"), OuterRef("name"), output_field=CharField())
    return Mailbox.objects.annotate(plain=Cast("address", CharField())).filter(
        company=OuterRef("company_id"), user=None, plain__iendswith=end
    )


def _text(value: Any) -> Cast:
    return Cast(value, CharField())


def _number(value: Any) -> Cast:
    return Cast(value, BigIntegerField())


def _is_told(member: Membership) -> bool:
    """Whether shared mailboxes concern the member: who reads only can do nothing about them."""
    return member.can.edit_mail_settings or member.can.write_messages


def _scope(member: Membership, path: str = "") -> Q:
    """The member's own mailbox, and the shared ones their mail may leave by."""
    whose = Q(**{f"{path}user": member.user_id})
    if _is_told(member):
        shared = Q(**{f"{path}user": None})
        if member.subcompany_id:
            shared &= Q(**{f"{path}subcompany": None}) | Q(
                **{f"{path}subcompany": member.subcompany_id}
            )
        whose |= shared
    return whose & Q(**{f"{path}company": member.company_id})
