"""Writing to a candidate: the message, its attachments and the outgoing mail in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from companies import audit, files
from companies.models import Membership, StoredFile
from mailsettings.mime import addresses as mail_addresses
from mailsettings.mime import htmlletter
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Attachment, Draft, Invitation, check
from mailsettings.models import OutgoingMail
from mailsettings.outbound import outbox, senders
from mailsettings.outbound.senders import Sender
from recruiting.conversation.colleagues import ownership
from recruiting.conversation.writing import drafts, letters, placeholders, signatures, threads
from recruiting.models import Application, CandidateAddress, Message, MessageAttachment

REFERENCES = 12
UNDO = timedelta(seconds=10)  # so long a message waits for its writer to think again


class CannotSend(Exception):
    """The message was not queued; ``field`` names what to change and the text says how."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Letter:
    """What a recruiter wrote. Addresses are bare ``local@domain``; an empty ``to`` means the candidate."""

    subject: str
    text: str
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    attachments: Sequence[Attachment] = ()
    from_me: bool = False  # from the writer's own connected account
    is_automatic: bool = False  # no person wrote it: it answers nothing and asks for no answer
    quote: bool = False  # the mail that is answered goes along below the text
    not_before: datetime | None = None
    template: int | None = None  # the one it was begun with: its use is counted, its files go along
    with_template_files: bool = True
    is_literal: bool = False  # the text is finished: braces in it are no placeholders
    invitation: Callable[[Address], Invitation] | None = None  # for the calendar, from that sender


@dataclass(frozen=True)
class Preview:
    """The message as it would leave now; ``unresolved`` placeholders keep it from being sent."""

    subject: str
    text: str
    to: Sequence[str]
    unresolved: Sequence[str]


def recipient(
    application: Application,
    conversation: Iterable[Message] | None = None,
    addresses: Iterable[CandidateAddress] | None = None,
) -> str:
    """Return the address to write to: where the candidate last wrote from, else the primary one.

    An address that bounced, or that nobody has confirmed to be theirs, is not taken. May be empty.
    ``conversation`` is the application's messages, oldest first, and ``addresses`` the person's, the
    primary one first, where the caller has them already.
    """
    if addresses is None:
        addresses = application.candidate.addresses.all()
    known = [row.address for row in addresses if not row.unreachable_since]
    if conversation is None:
        conversation = application.messages.order_by("at", "pk").only(
            "direction", "from_address", "needs_confirmation"
        )
    confirmed = [
        message.from_address
        for message in conversation
        if message.direction == Message.Direction.IN and not message.needs_confirmation
    ]
    return confirmed[-1] if confirmed and confirmed[-1] in known else next(iter(known), "")


def next_subject(application: Application, conversation: Sequence[Message]) -> str:
    """Return the subject a new message starts with: an answer's, else the position's name."""
    last = conversation[-1].subject if conversation else ""
    if not last:
        return application.position.name
    return last if last.lower().startswith(("re:", "aw:")) else f"Re: {last}"


@dataclass(frozen=True)
class Prepared:
    """A letter as the mail it will be; its bytes may be stored already, with those of others."""

    letter: Letter
    sender: Sender
    draft: Draft
    stored: StoredFile | None = None


def send(
    application: Application,
    letter: Letter,
    *,
    by: Membership | None,
    not_before: datetime | None = None,
) -> Message:
    """Queue a mail to the candidate from the address of the position's (sub)company.

    ``prepare`` and ``queue`` in one; raises what the first raises and has the effects of the second.
    """
    return queue(application, prepare(application, letter, by=by), by=by, not_before=not_before)


def prepare(application: Application, letter: Letter, *, by: Membership | None) -> Prepared:
    """Compose a letter and change nothing; ``CannotSend`` when something is missing or unresolved."""
    if letter.template and letter.with_template_files:
        more = letters.attached(letter.template, application.position.company_id)
        letter = replace(letter, attachments=[*letter.attachments, *more])
    to = list(letter.to) or [recipient(application)]
    _check(application, letter, to, by)
    sender = _sender(application, letter, by)
    draft = _draft(application, letter, to, sender, by)
    check(draft)
    return Prepared(letter, sender, draft)


def queue(
    application: Application,
    prepared: Prepared,
    *,
    by: Membership | None,
    not_before: datetime | None = None,
) -> Message:
    """Queue what was prepared for this application.

    Effects: an outgoing mail is queued (due at ``letter.not_before``), a ``Message`` with its
    attachments stands in the conversation, the application's ``last_message_at`` is set, unread marks
    are cleared, the writer's draft is gone, nothing
    waits for an answer any more, the template's use is counted, one audit line.
    ``not_before`` holds the mail back; until then it can be cancelled.
    """
    letter, sender, draft = prepared.letter, prepared.sender, prepared.draft
    position = application.position
    to = [address.addr_spec for address in draft.to]
    raw = prepared.stored or outbox.store(position.company, draft)
    with transaction.atomic():
        outgoing = outbox.queue(
            company=position.company,
            mailbox=sender.mailbox,
            envelope_sender=sender.address,
            recipients=[*to, *letter.cc, *letter.bcc],
            raw=raw,
            message_id=draft.message_id,
            subject=draft.subject,
            not_before=not_before or letter.not_before,
        )
        message = _message(application, letter, draft, outgoing, by)
        _keep(message, letter.attachments)
        Application.objects.filter(pk=application.pk).update(last_message_at=message.at)
        if by and not letter.is_automatic:
            mark_read(application)
            drafts.discard(application, by=by)
            ownership.answered(application, by=by)
        if letter.template:
            letters.count_use(letter.template, position.company_id)
        audit.record(position.company, "message.queued", message, by=by)
    return message


def _sender(application: Application, letter: Letter, by: Membership | None) -> Sender:
    position = application.position
    if not letter.from_me or by is None:
        return senders.resolve(position.company, position.subcompany)
    sender = senders.personal(by)
    if sender is None:
        raise CannotSend("sent_from", _("Your mail account is not connected any more."))
    return sender


def preview(application: Application, letter: Letter, *, by: Membership) -> Preview:
    """Return the message as its reader will see it; changes nothing and refuses nothing.

    Asks nothing for an application that brought its signature along, and a letter that says to whom.
    """
    filled = placeholders.values(application, by.user)
    subject = placeholders.render(letter.subject, filled)
    text = placeholders.render(letter.text, filled)
    return Preview(
        subject=" ".join(subject.text.split()),
        text=_whole(application, letter, text.text, by),
        to=list(letter.to) or [recipient(application)],
        unresolved=list(dict.fromkeys([*subject.unresolved, *text.unresolved])),
    )


def recall(message: Message, *, by: Membership) -> bool:
    """Stop a message that has not left and make a draft of it again; what it answered waits again.

    Return whether it was not too late.
    """
    if message.outgoing is None or not outbox.cancel(message.outgoing, by=by):
        return False
    drafts.put_back(message, by=by)
    ownership.stopped(message)
    return True


def quoted(application: Application) -> str:
    """Return the newest mail of the candidate as a quotation to append; empty when there is none."""
    last = (
        application.messages.filter(direction=Message.Direction.IN, kind="person")
        .order_by("-at", "-pk")
        .first()
    )
    if last is None or not last.text.strip():
        return ""
    at = date_format(timezone.localtime(last.at), "SHORT_DATETIME_FORMAT")
    said = _("%(name)s wrote on %(at)s:") % {"name": last.from_name or last.from_address, "at": at}
    lines = "\n".join(f"> {line}".rstrip() for line in last.text.splitlines())
    return f"\n\n{said}\n{lines}\n"


def _draft(
    application: Application,
    letter: Letter,
    to: Sequence[str],
    sender: Sender,
    by: Membership | None,
) -> Draft:
    """The mail as it will leave: placeholders filled in, threaded, with a way back for replies."""
    key = threads.key(application)
    user = by.user if by else None
    subject, text = _words(application, letter, by)
    earlier = _references(application)
    name = senders.from_name(sender, user)
    reply_to = Address(name, threads.tagged(sender.reply_to, key)) if sender.reply_to else None
    invitation = letter.invitation(Address(name, sender.address)) if letter.invitation else None
    text = _whole(application, letter, text, by)
    picture = signatures.logo_below(application)
    shown = picture.shown if picture else None
    return Draft(
        sender=Address(name, sender.address),
        to=tuple(Address("", address) for address in to),
        cc=tuple(Address("", address) for address in letter.cc),
        subject=" ".join(subject.split()),
        text=text,
        html=htmlletter.from_text(text, logo=shown, hidden=threads.mark(key)),
        images=(picture.image,) if picture else (),
        invitation=invitation,
        reply_to=reply_to,
        message_id=threads.make_message_id(key),
        date=timezone.localtime(),
        in_reply_to=earlier[-1] if earlier else None,
        references=tuple(earlier),
        attachments=tuple(letter.attachments),
        # RFC 3834: so that no vacation answer comes back
        headers={"Auto-Submitted": "auto-generated"} if letter.is_automatic else {},
    )


def _whole(application: Application, letter: Letter, text: str, by: Membership | None) -> str:
    """The text with all that stands under it: the signatures, and the mail that is answered."""
    signed = signatures.under(text, application, by).replace("\0", "")
    return signed + (quoted(application) if letter.quote else "")


def _words(application: Application, letter: Letter, by: Membership | None) -> tuple[str, str]:
    """Subject and text as they are sent."""
    if letter.is_literal:
        return letter.subject, letter.text
    filled = placeholders.values(application, by.user if by else None)
    subject = placeholders.render(letter.subject, filled).text
    return subject, placeholders.render(letter.text, filled).text


def _message(
    application: Application,
    letter: Letter,
    draft: Draft,
    outgoing: OutgoingMail,
    by: Membership | None,
) -> Message:
    """The message as the conversation shows it: the new text, and apart from it what it quotes."""
    text, quotation = draft.text, ""
    if letter.quote:
        quotation = quoted(application)
        text = text.removesuffix(quotation)
    return Message.objects.create(
        company=application.position.company,
        subcompany=application.position.subcompany,
        candidate=application.candidate,
        application=application,
        direction=Message.Direction.OUT,
        outgoing=outgoing,
        message_id=draft.message_id,
        thread_key=threads.key(application),
        from_name=draft.sender.name,
        from_address=draft.sender.addr_spec,
        to_addresses=[address.addr_spec for address in draft.to],
        cc_addresses=[address.addr_spec for address in draft.cc],
        bcc_addresses=list(letter.bcc),
        subject=draft.subject,
        text=text,
        quoted_text=quotation.strip(),
        author=by.user if by else None,
    )


def mark_read(application: Application) -> None:
    """Clear the unread marks of a conversation; idempotent."""
    unread = application.messages.filter(direction=Message.Direction.IN, read_at=None)
    if unread.update(read_at=timezone.now()):
        Application.objects.filter(pk=application.pk).update(unread_count=0)


def _check(
    application: Application, letter: Letter, to: Sequence[str], by: Membership | None
) -> None:
    if not all(to):
        raise CannotSend("to", _("This person has no address that works. Enter one."))
    for field, listed in (("to", to), ("cc", letter.cc), ("bcc", letter.bcc)):
        for address in listed:
            if not mail_addresses.is_valid(address):
                raise CannotSend(
                    field, _("%(address)s is not an e-mail address.") % {"address": address}
                )
    if not letter.subject.strip():
        raise CannotSend("subject", _("Write a subject."))
    if not letter.text.strip():
        raise CannotSend("text", _("Write a message."))
    size = sum(len(attachment.content) for attachment in letter.attachments)
    if size > drafts.MAX_ATTACHMENTS:
        raise CannotSend("attachments", str(drafts.TOO_LARGE))
    if letter.is_literal:
        return
    filled = placeholders.values(application, by.user if by else None)
    for field, text in (("subject", letter.subject), ("text", letter.text)):
        unresolved = placeholders.render(text, filled).unresolved
        if unresolved:
            why = _("Nothing is known for %(names)s. Replace it by hand.")
            raise CannotSend(field, why % {"names": ", ".join(unresolved)})


def _references(application: Application) -> list[str]:
    """Message-IDs of the conversation so far, oldest first (RFC 5322 3.6.4)."""
    newest = (
        application.messages.exclude(message_id="")
        .order_by("-at", "-pk")
        .values_list("message_id", flat=True)[:REFERENCES]
    )
    return list(reversed(newest))


def _keep(message: Message, attachments: Sequence[Attachment]) -> None:
    MessageAttachment.objects.bulk_create(
        MessageAttachment(
            message=message,
            file=files.store(message.company, attachment.content),
            name=attachment.name,
            content_type=attachment.content_type,
        )
        for attachment in attachments
    )
