"""Applying by mail without a click: what a mail proposes is accepted, where its position says so."""

import logging
from collections.abc import Iterable

from recruiting.conversation.receiving import proposing, sorting
from recruiting.conversation.receiving.proposing import Openings, Reason
from recruiting.hiring.applications.applying import AlreadyApplied
from recruiting.models import Message, Position

logger = logging.getLogger(__name__)

# A title stands in many a subject: such a mail waits for somebody to read it.
SURE = (Reason.POSITION_ADDRESS, Reason.POSITION_NUMBER)


def accept(messages: Iterable[Message]) -> int:
    """Make applications of mails that have just been filed; return how many.

    Only what a person wrote, what no check of its sender speaks against, and what names a published
    position that takes applications by mail. All else stays in Unassigned messages, and so does a mail
    that cannot be accepted: this never fails.
    """
    waiting = [message for message in messages if _may_apply(message)]
    companies = {message.company_id for message in waiting}
    taking = Position.objects.published().filter(company__in=companies, accepts_mail=True)
    count = 0
    for company_id in set(taking.values_list("company_id", flat=True)) if companies else ():
        openings = Openings(Position.objects.filter(company=company_id))
        for message in waiting:
            if message.company_id == company_id:
                count += _accept(message, openings)
    return count


def _may_apply(message: Message) -> bool:
    is_waiting = not message.candidate_id and message.archived_at is None
    is_from_somebody = message.kind == "person" and bool(message.from_address)
    return is_waiting and is_from_somebody and not message.failed_checks


def _accept(message: Message, openings: Openings) -> bool:
    proposal = proposing.propose(message, openings)
    position = proposal.position
    if position is None or proposal.reason not in SURE:
        return False
    if not (position.accepts_mail and position.is_published):
        return False
    try:
        sorting.create_application(
            message,
            position=position,
            first_name=proposal.first_name,
            last_name=proposal.last_name,
            email=proposal.email,
            phone=proposal.phone[:255],
            by=None,
        )
    except (AlreadyApplied, sorting.AlreadySorted):
        return False
    except Exception:  # it stands in Unassigned messages, where somebody accepts it
        logger.exception("message %s could not become an application", message.pk)
        return False
    return True
