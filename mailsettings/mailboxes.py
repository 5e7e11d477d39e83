"""Changing a mailbox: what was known about its old settings ends with them, secrets are kept or wiped."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from companies import audit
from companies.audit import Actor
from companies.models import Company, Membership, Subcompany, User
from mailsettings import oauth
from mailsettings.models import EmailSettings, Mailbox, OAuthGrant, ProbeRun
from mailsettings.models.mailboxes import Encryption, SendsBy
from mailsettings.providers.shape import Provider
from mailsettings.wire.oauth import Tokens

SECRETS = {"smtp_password": "smtp_host", "imap_password": "imap_host"}  # and whose they are
# Whether the account works is only known for these as they were.
PROVEN = {
    *("address", "smtp_host", "smtp_port", "smtp_encryption", "smtp_account", "smtp_password"),
    "sends_by",
}
# A token is for the servers it was given for, and a password takes its place.
GRANTED = {"smtp_host", "imap_host", "smtp_password", "imap_password"}
BY_GRAPH = {"sends_by": SendsBy.GRAPH}
NOTHING_KNOWN = {"verified_at": None, "paused_at": None, "pause_reason": "", "retry_at": None}
DISCONNECTED = {
    "use_for_sending": False,
    "smtp_host": "",
    "smtp_port": 587,
    "smtp_encryption": Encryption.STARTTLS,
    "smtp_account": "",
    "imap_host": "",
    "imap_port": 993,
    "imap_encryption": Encryption.SSL,
    "imap_account": "",
    "imap_folder": "INBOX",
}


# Which API takes the mail of whose accounts.
API_OF = {OAuthGrant.Provider.MICROSOFT: SendsBy.GRAPH, OAuthGrant.Provider.GOOGLE: SendsBy.GMAIL}


class NoSuchWay(Exception):
    """The mailbox has no permission of a provider with this API."""


class NotAllowedYet(Exception):
    """The person who connected the account has to allow the API besides."""


class AddressTaken(Exception):
    """Somebody else of the company uses this address already."""


def find(company: Company, subcompany: Subcompany | None) -> Mailbox:
    """Return the mailbox of a subcompany (None: of the main company), not saved where there is none yet."""
    mailbox = Mailbox.objects.filter(company=company, subcompany=subcompany, user=None).first()
    return mailbox or Mailbox(company=company, subcompany=subcompany)


def find_personal(member: Membership) -> Mailbox:
    """Return the mailbox of the member's own account, not saved where there is none yet."""
    mailbox = Mailbox.objects.filter(company=member.company, user=member.user).first()
    return mailbox or Mailbox(company=member.company, user=member.user)


def ensure(company: Company, subcompany: Subcompany | None) -> Mailbox:
    """Return the mailbox as stored; where there is none yet an empty one, on which tests are recorded."""
    mailbox, _ = Mailbox.objects.get_or_create(company=company, subcompany=subcompany, user=None)
    return mailbox


def ensure_personal(member: Membership) -> Mailbox:
    """Return the mailbox of the member's own account as stored, as ``ensure`` does for the company's."""
    mailbox, _ = Mailbox.objects.get_or_create(company=member.company, user=member.user)
    return mailbox


def settings_of(company: Company) -> EmailSettings:
    """Return the company's email settings, not saved where there are none yet."""
    return EmailSettings.objects.filter(company=company).first() or EmailSettings(company=company)


def change_settings(company: Company, values: Mapping[str, Any], *, by: Actor) -> list[str]:
    """Store the company's email settings and tell which of them changed."""
    with transaction.atomic():
        settings, _ = EmailSettings.objects.select_for_update().get_or_create(company=company)
        return _store(company, settings, "email_settings.changed", values, by=by)


def change(
    company: Company, subcompany: Subcompany | None, values: Mapping[str, Any], *, by: Actor
) -> list[str]:
    """Store settings of the shared mailbox of ``subcompany`` and tell which of them changed.

    An empty password keeps the stored one, unless its server was taken out. Queued mail of a paused
    account goes again as soon as its server, its login or its address changed.
    """
    return _change(company, subcompany, None, values, by=by)


def change_personal(member: Membership, values: Mapping[str, Any]) -> list[str]:
    """Store settings of the member's own account, as ``change`` does."""
    return _change(member.company, None, member.user, values, by=member)


def connect_by_oauth(
    mailbox: Mailbox,
    provider: str,
    tokens: Tokens,
    *,
    with_graph: bool = False,
    by: Membership,
) -> Mailbox:
    """Connect an account by a provider's permission, in place of any password.

    ``with_graph``: the person allowed Microsoft Graph besides, so mail leaves by it.
    A shared mailbox keeps the address it has; else it is the one the provider names. Mail of a paused
    account goes again. Raises ``AddressTaken`` when the address is another mailbox's.
    """
    account = tokens.email or by.user.email
    address = account if mailbox.user_id or not mailbox.address else mailbox.address
    _refuse_taken(mailbox, address)
    with transaction.atomic():
        connected = _connect(
            mailbox, address, account, oauth.servers_of(provider, account), provider, by=by
        )
        oauth.keep(connected, provider, tokens, with_graph=with_graph)
        if with_graph:
            _store(connected.company, connected, "mailbox.changed", BY_GRAPH, by=by)
    return connected


def connect_as_application(
    mailbox: Mailbox, address: str, tenant: str, *, by: Membership
) -> Mailbox:
    """Connect a shared mailbox of Microsoft 365 through what its tenant's administrator allows us.

    Nobody signs in. Raises ``AddressTaken`` as ``connect_by_oauth`` does.
    """
    _refuse_taken(mailbox, address)
    with transaction.atomic():
        servers = oauth.servers_of("microsoft", address)
        connected = _connect(mailbox, address, address, servers, "microsoft", by=by)
        oauth.keep_application(connected, tenant)
    return connected


def _refuse_taken(mailbox: Mailbox, address: str) -> None:
    same = Mailbox.objects.filter(company=mailbox.company, address__iexact=address)
    if same.exclude(pk=mailbox.pk).exists():
        raise AddressTaken


def _connect(
    mailbox: Mailbox, address: str, account: str, found: Provider, provider: str, *, by: Membership
) -> Mailbox:
    """Store the servers of an account that needs no password, and that a permission was given for it."""
    values: dict[str, Any] = {"address": address, "use_for_sending": True}
    for side, server in (("smtp", found.smtp), ("imap", found.imap)):
        if server:
            values |= {
                f"{side}_host": server.host,
                f"{side}_port": server.port,
                f"{side}_encryption": server.encryption,
                f"{side}_account": account,
            }
    _change(mailbox.company, mailbox.subcompany, mailbox.user, values, by=by)
    stored = Mailbox.objects.filter(
        company=mailbox.company, subcompany=mailbox.subcompany, user=mailbox.user
    )
    stored.update(**dict.fromkeys(SECRETS, ""), **NOTHING_KNOWN)
    connected = stored.get()
    audit.record(
        mailbox.company, "mailbox.permission_given", connected, by=by, provider=["", provider]
    )
    return connected


def _change(
    company: Company,
    subcompany: Subcompany | None,
    user: User | None,
    values: Mapping[str, Any],
    *,
    by: Actor,
) -> list[str]:
    with transaction.atomic():
        mailbox, _ = Mailbox.objects.select_for_update().get_or_create(
            company=company, subcompany=subcompany, user=user
        )
        kept = {
            secret
            for secret, host in SECRETS.items()
            if not values.get(secret) and values.get(host, getattr(mailbox, host))
        }
        wanted = {name: value for name, value in values.items() if name not in kept}
        return _store(company, mailbox, "mailbox.changed", wanted, by=by)


def disconnect(mailbox: Mailbox, *, by: Actor) -> None:
    """Forget servers and passwords; the address stays, and mail leaves as if it had never had a server."""
    with transaction.atomic():
        stored = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        secrets = dict.fromkeys(SECRETS, "")
        _store(stored.company, stored, "mailbox.disconnected", {**DISCONNECTED, **secrets}, by=by)


def choose_way(mailbox: Mailbox, way: str, *, by: Actor) -> None:
    """Let mail leave by SMTP or by the API of the provider that gave its permission.

    Mail of a paused account goes again. Raises ``NoSuchWay`` and ``NotAllowedYet``.
    """
    grant = OAuthGrant.objects.filter(mailbox=mailbox.pk).first() if mailbox.pk else None
    if grant is None or way not in (SendsBy.SMTP, API_OF[OAuthGrant.Provider(grant.provider)]):
        raise NoSuchWay
    if way != SendsBy.SMTP and not grant.reaches_api:
        raise NotAllowedYet
    with transaction.atomic():
        stored = Mailbox.objects.select_for_update().get(pk=mailbox.pk)
        _store(stored.company, stored, "mailbox.changed", {"sends_by": SendsBy(way)}, by=by)
    mailbox.sends_by = way


def try_again(mailbox: Mailbox, *, by: Actor) -> None:
    """Make a paused account's mail due; the pause ends when one of them is taken."""
    paused = Mailbox.objects.filter(pk=mailbox.pk, paused_at__isnull=False)
    if paused.update(retry_at=timezone.now()):
        audit.record(mailbox.company, "mailbox.tried_again", mailbox, by=by)


def _forget(old: Mailbox, changed: Collection[str]) -> None:
    """What was found out of an address or a server does not hold for another, nor what was not saved."""
    outdated = {
        ProbeRun.Kind.SMTP: bool(PROVEN & set(changed)),
        ProbeRun.Kind.IMAP: any(name.startswith("imap_") for name in changed),
        ProbeRun.Kind.ROUND_TRIP: "address" in changed,
    }
    kinds = [kind for kind, is_outdated in outdated.items() if is_outdated]
    old.proofs.filter(kind__in=kinds).delete()
    runs = old.probe_runs.filter(outdated_at=None)
    others = [
        run.pk
        for run in runs.filter(is_automatic=False)
        if run.is_draft_of(old) or (kinds and run.tested.get("server"))
    ]
    runs.filter(Q(kind__in=kinds) | Q(pk__in=others)).update(outdated_at=timezone.now())


def _store(
    company: Company,
    row: Mailbox | EmailSettings,
    verb: str,
    values: Mapping[str, Any],
    *,
    by: Actor,
) -> list[str]:
    before = {name: getattr(row, name) for name in values}
    changed = [name for name, value in values.items() if before[name] != value]
    new = {name: values[name] for name in changed}
    ends_grant = isinstance(row, Mailbox) and bool(GRANTED & new.keys())
    if ends_grant:
        new["sends_by"] = SendsBy.SMTP  # the APIs take no passwords
    if isinstance(row, Mailbox):
        _forget(row, new)
    if not changed:
        return []
    if isinstance(row, Mailbox) and PROVEN & new.keys():
        new |= NOTHING_KNOWN
    for name, value in new.items():
        setattr(row, name, value)
    row.save(update_fields=list(new))
    if ends_grant:
        OAuthGrant.objects.filter(mailbox=row.pk).delete()
    told = {name: [str(before[name]), str(values[name])] for name in changed}
    audit.record(company, verb, row, by=by, **told)
    return changed
