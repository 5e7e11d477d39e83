"""What calendars answer to invitations: found by the entry's UID and the address, inside one company."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from companies import audit
from companies.models import Company
from mailsettings.mime import invitations
from mailsettings.mime.invitations import Reply
from mailsettings.mime.parse import ParsedMail
from recruiting.conversation.colleagues import notify
from recruiting.models import Interview
from recruiting.models.interviews import Answer
from recruiting.models.notifications import NewsKind
from recruiting.people import addresses

KNOWN = {Answer.ACCEPTED.value, Answer.TENTATIVE.value, Answer.DECLINED.value}


def take(company: Company, mail: ParsedMail) -> int:
    """Note the answers of a received mail; return how many. One audit line each.

    An answer to an earlier time counts nothing, nor does one older than what is known.
    """
    return sum(_note(company, reply) for reply in invitations.replies(mail))


def _note(company: Company, reply: Reply) -> bool:
    if reply.status not in KNOWN:
        return False
    interview = (
        Interview.objects.filter(uid=reply.uid, application__position__company=company)
        .select_related("application__position")
        .first()
    )
    if interview is None or (reply.sequence is not None and reply.sequence < interview.sequence):
        return False
    said = {"answer": reply.status, "answered_at": min(reply.stamp, timezone.now())}
    newer = _newer(said["answered_at"])
    address = addresses.normalise(reply.address)
    person = interview.application.candidate_id
    theirs = Interview.objects.filter(
        newer, pk=interview.pk, application__candidate__addresses__normalised=address
    )
    rows = interview.participants.filter(newer, membership__user__email__iexact=reply.address)
    of_candidate = Interview.objects.filter(pk__in=theirs.values("pk")).update(**said)
    changed = of_candidate + rows.update(**said)
    if of_candidate and reply.status == Answer.DECLINED and interview.answer != Answer.DECLINED:
        notify.interview_answered(interview, NewsKind.INTERVIEW_DECLINED)
    if changed:
        audit.record(
            company, "interview.answered", interview, by=None, answer=reply.status, person=person
        )
    return bool(changed)


def _newer(at: object) -> Q:
    assert isinstance(at, datetime)
    return Q(answered_at=None) | Q(answered_at__lte=at)
