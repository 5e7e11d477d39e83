"""Send test mail: does a mail to the customer's address find its way back to us?

The mail leaves through the platform like a candidate's would: from an address that is not the
customer's, and without the marks of automatic mail, which many servers do not redirect. It carries its
token in Message-ID, subject and text; ``inbound.redirects`` recognises it when it arrives.
"""

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from companies.audit import Actor
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Draft, compose
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import runs

# Asks Exchange for no absence notice; unlike Auto-Submitted it does not mark the mail as automatic.
HEADERS = {"X-Auto-Response-Suppress": "OOF"}


class NoAddress(Exception):
    """The mailbox has no address a mail could be sent to."""


def start(
    mailbox: Mailbox, *, by: Actor, is_automatic: bool = False, by_own_server: bool = False
) -> ProbeRun:
    """Queue a test mail to the mailbox's address; raise ``NoAddress`` or ``TooManyRuns``.

    ``by_own_server`` sends it from the address itself through the stored SMTP settings, as mail to
    candidates leaves: it proves the way out and, when it comes back, the way in. A member's own
    account always does; its mail is found again by IMAP (``returning``).
    """
    by_own_server = by_own_server or mailbox.user_id is not None
    if not mailbox.address or (by_own_server and not mailbox.smtp_host):
        raise NoAddress
    token = secrets.token_hex(16)
    with transaction.atomic():
        run = runs.begin(
            mailbox, ProbeRun.Kind.ROUND_TRIP, by=by, address=mailbox.address, token=token
        )
        sender = mailbox.address if by_own_server else sender_address()
        run.tested = {"sender": sender, "server": mailbox.server_name if by_own_server else ""}
        draft = _write(mailbox, token, sender)
        run.outgoing = outbox.queue(
            company=mailbox.company,
            mailbox=mailbox if by_own_server else None,
            envelope_sender=sender if by_own_server else _return_path(mailbox),
            recipients=[mailbox.address],
            raw=compose(draft),
            message_id=draft.message_id,
            subject=draft.subject,
        )
        run.is_automatic = is_automatic
        run.save(update_fields=["outgoing", "is_automatic", "tested"])
    return run


def sender_address() -> str:
    """The address test mails are written from."""
    return f"test@{settings.RECRUITING_DOMAIN}"


def _return_path(mailbox: Mailbox) -> str:
    """Where a bounce goes: to the company, because only its own bounces fail its tests."""
    account, _, domain = mailbox.company.recruiting_address.rpartition("@")
    return f"{account}+test@{domain}"


def _write(mailbox: Mailbox, token: str, sender: str) -> Draft:
    company = mailbox.company
    with translation.override(company.default_language):
        subject = _("Does mail to %(address)s arrive?") % {"address": mailbox.address}
        told = _(
            "This is a test of your mail account %(address)s: Posthorn sent it by its SMTP server and "
            "looks for it by IMAP. You may delete it.\n\n"
            "Test: %(token)s\n"
        )
        redirect = _(
            "This is a test of the redirect from %(address)s to %(recruiting)s.\n\n"
            "If you read it in Posthorn, the redirect works. If you read it in your own mailbox only, "
            "the redirect is not set up yet.\n\n"
            "Test: %(token)s\n"
        )
        words = {
            "address": mailbox.address,
            "recruiting": company.recruiting_address,
            "token": token,
        }
        text = (told if mailbox.user_id else redirect) % words
    return Draft(
        sender=Address("Posthorn", sender),
        to=(Address("", mailbox.address),),
        subject=f"[Posthorn test {token}] {subject}",
        text=text,
        message_id=f"<test.{token}@{settings.RECRUITING_DOMAIN}>",
        date=timezone.now(),
        headers=HEADERS,
    )
