"""What a delivery is, before recruiting sees it: our own test, a bounce, our own mail coming back.

Runs inside the transaction that creates the delivery, so a mail is recognised once or not at all.
"""

from collections.abc import Sequence

from mailsettings.inbound import proving, recipients, redirects
from mailsettings.mime.compose import OWN_ID
from mailsettings.mime.machine import Verdict, classify
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Delivery, OutgoingMail
from mailsettings.outbound import outbox


class Known:
    """What a batch of deliveries is compared with, read once: our mails' ids and running tests."""

    def __init__(self, batch: Sequence[tuple[int, ParsedMail]]) -> None:
        """``batch`` holds the company's id and the mail of each."""
        companies = {company for company, _ in batch}
        ids = {message_id for _, mail in batch for message_id in _ids(mail)}
        own = OutgoingMail.objects.filter(company__in=companies, message_id__in=ids)
        self.own = {
            (company, message_id): pk
            for company, message_id, pk in own.values_list("company", "message_id", "pk")
        }
        self.testing = redirects.list_testing(companies)
        copies = Delivery.objects.filter(company__in=companies, message_id__in=ids, kind="sent")
        self.copies = set(copies.values_list("company", "message_id"))


def recognise(delivery: Delivery, mail: ParsedMail, known: Known) -> None:
    """Set the delivery's kind, and state ignored with a reason where the mail is about our own.

    Kind sent is what a colleague wrote elsewhere: it lies in a folder of sent mails, or was copied to the
    company's Bcc address. Redirect
    tests are looked at first: they are our own mail coming back, and that is their point. The
    delivery is not saved; tests and bounced mails are.
    """
    if delivery.found_in in (recipients.SENT, recipients.SENT_BY_PERSON):
        reason = _find_original(delivery, mail, known) or _note_sent(delivery, mail, known)
        if reason:
            delivery.state, delivery.reason = Delivery.State.IGNORED, reason
        return
    verdict = classify(mail)
    delivery.kind = verdict.kind
    is_testing = delivery.company_id in known.testing
    if verdict.kind in ("bounce", "delay"):
        if is_testing:
            redirects.note_failure(delivery, mail, verdict)
        reason = _record_bounce(delivery, verdict) if verdict.kind == "bounce" else ""
    elif is_testing and (run := redirects.note_arrival(delivery, mail, verdict)):
        delivery.kind = "test"
        # Nobody waits for the mail of a daily check, and one a day would bury the others.
        reason = f"daily check {run.pk}" if run.is_automatic else ""
    else:
        reason = _find_original(delivery, mail, known)
        if not reason and recipients.is_copy(delivery.company, delivery.address):
            reason = _note_sent(delivery, mail, known)
    if reason:
        delivery.state, delivery.reason = Delivery.State.IGNORED, reason


def _ids(mail: ParsedMail) -> list[str]:
    """Its Message-ID, and the one it bore with us if a provider has replaced that."""
    return [found for found in (mail.message_id, *mail.all_headers(OWN_ID)) if found]


def _record_bounce(delivery: Delivery, verdict: Verdict) -> str:
    """Mark the mail of the same company that came back; return why the delivery needs no reader."""
    bounced = outbox.record_bounce(
        delivery.company,
        message_id=verdict.original_message_id,
        addresses=verdict.failed_addresses,
        permanent=bool(verdict.permanent),
        diagnostic=verdict.diagnostic,
    )
    return f"bounce of outgoing mail {bounced.pk}" if bounced else ""


def _note_sent(delivery: Delivery, mail: ParsedMail, known: Known) -> str:
    """Mark what was sent elsewhere, once: servers encode a copy anew, so here the Message-ID is enough."""
    delivery.kind = "sent"
    place = delivery.company_id, mail.message_id
    if mail.message_id and place in known.copies:
        return "another copy of this sent mail is here"
    known.copies.add(place)
    return ""


def _find_original(delivery: Delivery, mail: ParsedMail, known: Known) -> str:
    """Recognise a copy of what this company itself sent; a mail of another customer is ordinary mail."""
    places = ((delivery.company_id, message_id) for message_id in _ids(mail))
    own = next((known.own[place] for place in places if place in known.own), None)
    if own is None:
        return ""
    delivery.kind = "own"
    if proof := proving.note_arrival(own, mail):
        return f"proof {proof.pk} of a domain"
    return f"own copy of outgoing mail {own}"
