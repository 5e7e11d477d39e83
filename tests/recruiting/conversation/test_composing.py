import os
import tracemalloc

import pytest

from companies.models import AuditEntry, Membership
from mailsettings.mime.compose import Attachment
from mailsettings.mime.parse import parse
from mailsettings.models import OutgoingMail
from recruiting.conversation.writing import composing, threads
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message
from tests import factories

HELLO = Letter(subject="Your application", text="Dear {{ first_name }},\n\nThursday at 14:00?")


def sent(message: Message) -> OutgoingMail:
    assert message.outgoing is not None
    return message.outgoing


def test_sending_queues_one_mail_from_the_subcompany_and_shows_it(
    application: Application, ben: Membership
) -> None:
    mailbox = factories.MailboxFactory(
        company=ben.company, subcompany=ben.subcompany, address="berlin@acme.example"
    )
    message = composing.send(application, HELLO, by=ben)
    mail = parse(sent(message).raw.read())
    assert mail.sender is not None
    assert (mail.sender.name, mail.sender.addr_spec) == ("Acme Berlin GmbH", "berlin@acme.example")
    assert [address.addr_spec for address in mail.to] == ["mia@mail.example"]
    assert mail.text.startswith("Dear Mia,")
    assert mail.message_id == message.message_id == sent(message).message_id
    assert sent(message).mailbox == mailbox
    assert sent(message).state == "queued"
    assert mail.reply_to == ()


def test_without_a_server_of_its_own_mail_comes_from_the_recruiting_address_and_replies_come_back(
    application: Application, ben: Membership
) -> None:
    message = composing.send(application, HELLO, by=ben)
    mail = parse(sent(message).raw.read())
    key = threads.key(application)
    assert mail.sender is not None
    assert mail.sender.addr_spec == ben.company.recruiting_address
    assert [a.addr_spec for a in mail.reply_to] == [
        threads.tagged(ben.company.recruiting_address, key)
    ]
    assert sent(message).mailbox is None


def test_a_second_message_refers_to_the_first(application: Application, ben: Membership) -> None:
    first = composing.send(application, HELLO, by=ben)
    second = parse(sent(composing.send(application, HELLO, by=ben)).raw.read())
    assert second.in_reply_to == first.message_id
    assert second.references[0] == first.message_id
    assert second.references[1:] == (second.message_id,), "again, should a provider replace it"


def test_an_answer_goes_to_the_address_the_candidate_last_wrote_from(
    application: Application,
) -> None:
    factories.CandidateAddressFactory(candidate=application.candidate, address="new@mail.example")
    factories.MessageFactory(application=application, from_address="new@mail.example")
    assert composing.recipient(application) == "new@mail.example"


def test_an_unconfirmed_address_is_not_answered(application: Application) -> None:
    factories.MessageFactory(
        application=application, from_address="who@mail.example", needs_confirmation=True
    )
    assert composing.recipient(application) == "mia@mail.example"


@pytest.mark.parametrize(
    ("letter", "field"),
    [
        (Letter(subject="", text="x"), "subject"),
        (Letter(subject="x", text=" "), "text"),
        (Letter(subject="x", text="{{ shoe_size }}"), "text"),
        (Letter(subject="x", text="x", to=["nobody"]), "to"),
        (Letter(subject="x", text="x", cc=["a@b.example\r\nBcc: c@d.example"]), "cc"),
    ],
)
def test_what_is_missing_or_unresolved_is_named_and_nothing_is_queued(
    application: Application, ben: Membership, letter: Letter, field: str
) -> None:
    with pytest.raises(composing.CannotSend) as refused:
        composing.send(application, letter, by=ben)
    assert refused.value.field == field
    assert not OutgoingMail.objects.exists()
    assert not Message.objects.exists()


def test_attachments_travel_and_stay_with_the_message(
    application: Application, ben: Membership
) -> None:
    plan = Attachment(name="Anfahrt für Mia.pdf", content_type="application/pdf", content=b"%PDF-1")
    letter = Letter(subject="Plan", text="See attachment", attachments=[plan])
    message = composing.send(application, letter, by=ben)
    [part] = parse(sent(message).raw.read()).attachments
    assert (part.name, part.content) == ("Anfahrt für Mia.pdf", b"%PDF-1")
    assert [a.file.read() for a in message.attachments.all()] == [b"%PDF-1"]


def test_a_mail_of_eighteen_megabytes_is_composed_on_disk_not_in_copies(
    application: Application, ben: Membership
) -> None:
    film = Attachment("Film.mp4", "video/mp4", os.urandom(1024) * 18 * 1024)
    tracemalloc.start()
    message = composing.send(application, Letter("Film", "Attached", attachments=[film]), by=ben)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024
    assert sent(message).raw.size > 24 * 1024 * 1024


def test_sending_reads_the_conversation_and_leaves_a_trace(
    application: Application, ben: Membership
) -> None:
    factories.MessageFactory(application=application)
    Application.objects.filter(pk=application.pk).update(unread_count=1)
    message = composing.send(application, HELLO, by=ben)
    application.refresh_from_db()
    assert application.unread_count == 0
    assert application.last_message_at == message.at
    assert AuditEntry.objects.filter(verb="message.queued", target_id=message.pk).count() == 1
