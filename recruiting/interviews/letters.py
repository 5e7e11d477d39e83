"""What candidate and colleagues are written about an interview, each with the entry for their calendar.

The candidate's letters leave through the position's sender and stand in the conversation. Colleagues are
written to by the platform, from the recruiting address: their calendars' answers come back there.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from companies.models import Membership
from mailsettings.mime import htmlletter, invitations
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Draft, Invitation, compose, make_message_id
from mailsettings.mime.invitations import Meeting
from mailsettings.outbound import outbox
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.interviews import links, times
from recruiting.models import Interview

Kind = Literal["choose", "booked", "changed", "cancelled", "reminder"]
Method = Literal["REQUEST", "CANCEL"]


def to_candidate(
    interview: Interview,
    kind: Kind,
    *,
    by: Membership | None,
    method: Method | None = None,
    ended: Interview | None = None,
    words: str = "",
) -> None:
    """Queue a letter to the candidate; ``CannotSend`` if there is no way to write to them.

    ``ended`` is the entry a CANCEL takes out of the calendar, where it is not the interview as it is
    now. Without ``by`` a machine writes: its letter asks for no answer and reads nothing.
    """

    def invite(sender: Address) -> Invitation:
        assert method is not None
        return _for_candidate(ended or interview, method, sender)

    application = interview.application
    with translation.override(_language(interview)):
        text = render_to_string(
            f"emails/interview/{kind}.txt", _context(interview) | {"words": words}
        )
        letter = Letter(
            subject=_subject(interview, kind, application.position.employer.name),
            text=text.strip(),
            invitation=invite if method else None,
            is_literal=True,
            is_automatic=by is None,
        )
        composing.send(application, letter, by=by)


def to_colleagues(
    interview: Interview, people: Iterable[Membership], kind: Kind, *, method: Method | None = None
) -> None:
    """Queue a mail to each of these members, in the language of each."""
    company = interview.application.position.company
    ours = Address(company.name, company.recruiting_address)
    organiser = interview.organiser
    people = list(people)
    for person in people:
        with translation.override(person.user.language or company.default_language):
            text = render_to_string(
                "emails/interview/colleague.txt",
                _context(interview) | {"kind": kind, "person": person},
            ).strip()
            draft = Draft(
                sender=ours,
                to=(Address(person.user.name, person.user.email),),
                reply_to=Address(organiser.user.name, organiser.user.email) if organiser else None,
                subject=_subject(interview, kind, str(interview.application.candidate)),
                text=text.replace("\0", ""),
                html=htmlletter.from_text(text),
                message_id=make_message_id(settings.RECRUITING_DOMAIN),
                date=timezone.localtime(),
                invitation=_for_colleagues(interview, method, people) if method else None,
            )
        outbox.queue(
            company=company,
            mailbox=None,
            envelope_sender=ours.addr_spec,
            recipients=[person.user.email],
            raw=compose(draft),
            message_id=draft.message_id,
            subject=draft.subject,
        )


def for_colleagues(interview: Interview) -> Meeting:
    """The interview as it stands in the calendar of somebody who takes part."""
    company = interview.application.position.company
    with translation.override(company.default_language):
        description = render_to_string("emails/interview/entry.txt", _context(interview)).strip()
    return _meeting(
        interview,
        title=f"{interview.title}: {interview.application.candidate}",
        organiser=Address(company.name, company.recruiting_address),
        description=description,
        url=links.application(interview),
    )


def _for_colleagues(
    interview: Interview, method: Method, people: Sequence[Membership]
) -> Invitation:
    """Names all who take part; where it ends, those it is sent to, who may have been taken off."""
    rows = {
        row.membership: str(row.answer)
        for row in interview.participants.select_related("membership__user")
    }
    asked = rows if method == "REQUEST" else dict.fromkeys(people, "")
    invited = {
        Address(person.user.name, person.user.email): answer for person, answer in asked.items()
    }
    return invitations.build(invitations.with_guests(for_colleagues(interview), invited), method)


def _for_candidate(interview: Interview, method: Method, sender: Address) -> Invitation:
    application = interview.application
    employer = application.position.employer.name
    meeting = _meeting(
        interview,
        title=f"{interview.title}: {employer}",
        organiser=sender,
        description="\n\n".join(
            part
            for part in (str(application.position), interview.video_link, interview.note)
            if part
        ),
    )
    guest = Address(str(application.candidate), composing.recipient(application))
    asked = {guest: str(interview.answer)}
    return invitations.build(invitations.with_guests(meeting, asked), method)


def _meeting(
    interview: Interview, *, title: str, organiser: Address, description: str, url: str = ""
) -> Meeting:
    if interview.starts_at is None or interview.ends_at is None:
        raise ValueError("an interview without a time stands in no calendar")
    return Meeting(
        uid=interview.uid,
        sequence=interview.sequence,
        title=title,
        starts=interview.starts_at,
        ends=interview.ends_at,
        zone=interview.zone,
        stamp=timezone.now(),
        organiser=organiser,
        place=interview.place or interview.video_link,
        description=description,
        url=url or interview.video_link,
    )


def _subject(interview: Interview, kind: Kind, who: str) -> str:
    words = {
        "choose": _("Choose a time: %(title)s, %(who)s"),
        "booked": _("Invitation: %(title)s, %(who)s"),
        "changed": _("Changed: %(title)s, %(who)s"),
        "cancelled": _("Cancelled: %(title)s, %(who)s"),
        "reminder": _("Reminder: %(title)s, %(who)s"),
    }
    return " ".join((words[kind] % {"title": interview.title, "who": who}).split())[:300]


def _context(interview: Interview) -> dict[str, object]:
    application = interview.application
    colleagues = [
        row.membership.user.name for row in interview.participants.all() if row.membership.user.name
    ]
    starts, ends = interview.starts_at, interview.ends_at
    return {
        "interview": interview,
        "candidate": application.candidate,
        "position": application.position,
        "employer": application.position.employer,
        "colleagues": ", ".join(colleagues),
        "when": times.spoken(starts, ends, interview.zone) if starts and ends else "",
        "choice": links.choice(interview) if interview.state == interview.State.PROPOSED else "",
        "page": links.application(interview),
    }


def _language(interview: Interview) -> str:
    """The position's, if it is advertised in one only; else the company's."""
    position = interview.application.position
    spoken = list(position.texts.values_list("language", flat=True)[:2])
    return spoken[0] if len(spoken) == 1 else position.company.default_language
