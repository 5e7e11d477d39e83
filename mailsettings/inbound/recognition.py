"""What a delivery is, before recruiting sees it: our own test, a bounce, our own mail coming back.

Runs inside the transaction that creates the delivery, so a mail is recognised once or not at all.
"""

from mailsettings.inbound import redirects
from mailsettings.mime.machine import Verdict, classify
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Delivery, OutgoingMail
from mailsettings.outbound import outbox


def recognise(delivery: Delivery, mail: ParsedMail) -> None:
    """Set the delivery's kind, and state ignored with a reason where the mail is about our own.

    Redirect tests are looked at first: they are our own mail coming back, and that is their point.
    """
    verdict = classify(mail)
    delivery.kind = verdict.kind
    if verdict.kind in ("bounce", "delay"):
        redirects.note_failure(delivery, mail, verdict)
        reason = _record_bounce(delivery, verdict) if verdict.kind == "bounce" else ""
    elif run := redirects.note_arrival(delivery, mail, verdict):
        delivery.kind = "test"
        # Nobody waits for the mail of a daily check, and one a day would bury the others.
        reason = f"daily check {run.pk}" if run.is_automatic else ""
    else:
        reason = _find_original(delivery, mail)
    if reason:
        delivery.state, delivery.reason = Delivery.State.IGNORED, reason
    delivery.save(update_fields=["kind", "state", "reason"])


def _record_bounce(delivery: Delivery, verdict: Verdict) -> str:
    """Mark the mail of the same company that came back; return why the delivery needs no reader."""
    if not verdict.original_message_id:
        return ""
    bounced = outbox.record_bounce(
        delivery.company,
        message_id=verdict.original_message_id,
        addresses=verdict.failed_addresses,
        permanent=bool(verdict.permanent),
        diagnostic=verdict.diagnostic,
    )
    return f"bounce of outgoing mail {bounced.pk}" if bounced else ""


def _find_original(delivery: Delivery, mail: ParsedMail) -> str:
    """Recognise a copy of what this company itself sent; a mail of another customer is ordinary mail."""
    if not mail.message_id:
        return ""
    own = OutgoingMail.objects.filter(company=delivery.company, message_id=mail.message_id).first()
    if own is None:
        return ""
    delivery.kind = "own"
    return f"own copy of outgoing mail {own.pk}"
