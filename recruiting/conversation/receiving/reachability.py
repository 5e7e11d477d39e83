"""Addresses that cannot be reached: marked by what servers said of a mail, until somebody writes from them."""

import re
from collections.abc import Iterable

from django.utils import timezone

from mailsettings.models import OutgoingRecipient
from recruiting.models import CandidateAddress, Message
from recruiting.people.addresses import normalise

NOT_THEIRS = ("bounce", "delay")  # what servers write, sometimes in the name of the address
_ENHANCED = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_NO_SUCH_ADDRESS = re.compile(r"^\D{0,20}5(?:50|51|53)\b")


def note(lost: Iterable[Message]) -> None:
    """Mark the addresses for which these mails were refused for good, however they were told. Idempotent."""
    written = {message.outgoing_id: message for message in lost}
    final = OutgoingRecipient.objects.filter(
        mail__in=written,
        state__in=[OutgoingRecipient.State.REFUSED, OutgoingRecipient.State.BOUNCED],
    )
    for recipient in final:
        if _is_about_address(recipient):
            _mark(written[recipient.mail_id], recipient.address)


def _mark(message: Message, address: str) -> None:
    theirs = Message.objects.filter(company=message.company_id, direction=Message.Direction.IN)
    if theirs.filter(
        candidate=message.candidate_id, from_address__iexact=address, at__gt=message.at
    ):
        return
    known = CandidateAddress.objects.filter(
        company=message.company_id, normalised=normalise(address), unreachable_since=None
    )
    known.update(unreachable_since=timezone.now())


def heard_from(messages: Iterable[Message]) -> None:
    """Take the mark away from addresses that somebody has just written from."""
    received = [
        one
        for one in messages
        if one.direction == Message.Direction.IN and one.kind not in NOT_THEIRS
    ]
    places = {(one.company_id, normalise(one.from_address)) for one in received}
    marked = CandidateAddress.objects.filter(
        company__in={company for company, _ in places},
        normalised__in={address for _, address in places},
        unreachable_since__isnull=False,
    )
    again = [row.pk for row in marked if (row.company_id, row.normalised) in places]
    if again:
        CandidateAddress.objects.filter(pk__in=again).update(unreachable_since=None)


def _is_about_address(recipient: OutgoingRecipient) -> bool:
    """Whether the address is the trouble, rather than the mail, its sender or a full mailbox (RFC 3463)."""
    said = _ENHANCED.search(recipient.reply)
    if said:
        subject, detail = int(said[1]), int(said[2])
        return subject in (0, 1) or (subject, detail) in ((2, 1), (4, 4))
    if recipient.state == OutgoingRecipient.State.BOUNCED:
        return True
    return _NO_SUCH_ADDRESS.match(recipient.reply) is not None
