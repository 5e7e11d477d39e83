"""Message templates: kept, counted, and tried out on oneself."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from companies import audit, files
from companies.models import Membership
from mailsettings.mime import htmlletter
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Attachment, Draft, compose, make_message_id
from mailsettings.models import OutgoingMail
from mailsettings.outbound import outbox, senders
from recruiting.conversation.writing import placeholders
from recruiting.models import MessageTemplate, TemplateFile


def save(template: MessageTemplate, *, by: Membership) -> None:
    """Keep a new or changed template of the member's company; one audit line."""
    verb = "template.changed" if template.pk else "template.created"
    with transaction.atomic():
        template.save()
        audit.record(by.company, verb, template, by=by, name=template.name)


def delete(template: MessageTemplate, *, by: Membership) -> None:
    """Remove a template; mails written with it stay as they are. One audit line."""
    with transaction.atomic():
        audit.record(by.company, "template.deleted", template, by=by, name=template.name)
        template.delete()


def attach(template: MessageTemplate, attachments: Sequence[Attachment], *, by: Membership) -> None:
    """Let files go along with every mail written with the template. One audit line each."""
    for attachment in attachments:
        with transaction.atomic():
            kept = TemplateFile.objects.create(
                template=template,
                file=files.store(by.company, attachment.content),
                name=attachment.name,
                content_type=attachment.content_type,
            )
            audit.record(by.company, "template.file_added", kept, by=by, name=kept.name)


def drop(kept: TemplateFile, *, by: Membership) -> None:
    """A file goes along no more; mails that have it keep it. One audit line."""
    with transaction.atomic():
        audit.record(by.company, "template.file_removed", kept, by=by, name=kept.name)
        kept.delete()


def attached(template_id: int, company_id: int) -> list[Attachment]:
    """The files that go along with a mail written with a template of the company."""
    kept = TemplateFile.objects.filter(template=template_id, template__company=company_id)
    return [
        Attachment(name=one.name, content_type=one.content_type, content=one.file.read())
        for one in kept.select_related("file")
    ]


def count_use(template_id: int, company_id: int, times: int = 1) -> None:
    """Count mails that were written with a template; one that is gone is not counted."""
    found = MessageTemplate.objects.filter(pk=template_id, company_id=company_id)
    found.update(uses=F("uses") + times, last_used_at=timezone.now())


def send_test(template: MessageTemplate, *, by: Membership) -> OutgoingMail:
    """Queue the template, filled in for an invented person, to the member's own login address.

    It leaves from where mail about a position of the member's (sub)company leaves. One audit line.
    """
    company = by.company
    sender = senders.resolve(company, by.subcompany)
    known = placeholders.example(sender.owner.name, by.user)
    text = placeholders.render(template.body, known).text.replace("\0", "")
    draft = Draft(
        sender=Address(senders.from_name(sender, by.user), sender.address),
        to=(Address("", by.user.email),),
        subject=" ".join(placeholders.render(template.subject, known).text.split()),
        text=text,
        html=htmlletter.from_text(text),
        message_id=make_message_id(sender.address.rpartition("@")[2]),
        date=timezone.localtime(),
        attachments=tuple(attached(template.pk, company.pk)),
    )
    raw = compose(draft)
    with transaction.atomic():
        mail = outbox.queue(
            company=company,
            mailbox=sender.mailbox,
            envelope_sender=sender.address,
            recipients=[by.user.email],
            raw=raw,
            message_id=draft.message_id,
            subject=draft.subject,
        )
        audit.record(company, "template.tested", template, by=by)
    return mail
