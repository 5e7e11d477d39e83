import pytest

from companies import files
from companies.models import AuditEntry, Membership
from recruiting.conversation.receiving import sorting
from recruiting.hiring.applications.applying import AlreadyApplied
from recruiting.models import (
    Application,
    Candidate,
    Message,
    MessageAttachment,
    Note,
    Position,
)
from tests import factories


@pytest.fixture
def message(ada: Membership) -> Message:
    return factories.UnassignedMessageFactory(
        company=ada.company, from_name="Zoe Zimmer", from_address="zoe@else.example"
    )


def person(position: Position) -> dict[str, object]:
    return {
        "position": position,
        "first_name": "Zoe",
        "last_name": "Zimmer",
        "email": "zoe@else.example",
        "phone": "",
    }


def test_assigning_files_the_mail_and_remembers_the_address(
    message: Message, application: Application, ada: Membership
) -> None:
    sorting.assign(message, application, by=ada)
    application.refresh_from_db()
    assert message.application == application
    assert message.delivery is not None
    message.delivery.refresh_from_db()
    assert message.delivery.state == "filed"
    assert application.unread_count == 1
    assert application.candidate.addresses.filter(address="zoe@else.example").exists()
    assert AuditEntry.objects.filter(verb="message.assigned").count() == 1


def test_the_address_is_not_remembered_when_it_is_not_wanted(
    message: Message, application: Application, ada: Membership
) -> None:
    sorting.assign(message, application, by=ada, remember_address=False)
    assert application.candidate.addresses.count() == 1


def test_two_who_sort_one_message_get_one_winner(
    message: Message, application: Application, ada: Membership
) -> None:
    sorting.archive(Message.objects.get(pk=message.pk), by=ada)
    with pytest.raises(sorting.AlreadySorted):
        sorting.assign(message, application, by=ada)
    assert not application.messages.exists()


def test_creating_an_application_takes_the_mail_and_its_documents(
    message: Message, position: Position, ada: Membership
) -> None:
    for name, inline in (("Lebenslauf_Zimmer.pdf", False), ("logo.png", True)):
        MessageAttachment.objects.create(
            message=message,
            file=files.store(ada.company, name.encode()),
            name=name,
            content_type="application/pdf",
            is_inline=inline,
        )
    application = sorting.create_application(message, by=ada, **person(position))  # type: ignore[arg-type]
    message.refresh_from_db()
    assert message.application == application
    assert application.candidate.name == "Zoe Zimmer"
    assert [(d.name, d.category) for d in application.documents.all()] == [
        ("Lebenslauf_Zimmer.pdf", "cv")
    ]


def test_an_application_made_of_a_mail_is_taken_back_until_somebody_works_on_it(
    message: Message, position: Position, ada: Membership
) -> None:
    Message.objects.filter(pk=message.pk).update(why="unknown", why_about={"address": "zoe@x"})
    message.refresh_from_db()
    sorting.create_application(message, by=ada, **person(position))  # type: ignore[arg-type]
    assert sorting.undo(message, by=ada)
    assert not Application.objects.exists()
    assert not Candidate.objects.exists()
    message.refresh_from_db()
    assert (message.why, message.why_about) == ("unknown", {"address": "zoe@x"})
    assert Message.objects.unassigned().get().delivery.state == "unmatched"

    application = sorting.create_application(message, by=ada, **person(position))  # type: ignore[arg-type]
    Note.objects.create(application=application, text="Called her.")
    with pytest.raises(sorting.WorkedOn):
        sorting.undo(message, by=ada)
    assert application.messages.get() == message


def test_a_second_application_for_the_same_position_changes_nothing(
    message: Message, position: Position, ada: Membership
) -> None:
    sorting.create_application(
        factories.UnassignedMessageFactory(company=ada.company),
        by=ada,
        **person(position),  # type: ignore[arg-type]
    )
    with pytest.raises(AlreadyApplied):
        sorting.create_application(message, by=ada, **person(position))  # type: ignore[arg-type]
    assert Message.objects.unassigned().get() == message


def test_archiving_can_be_undone(message: Message, ada: Membership) -> None:
    sorting.archive(message, by=ada)
    assert not Message.objects.unassigned().exists()
    sorting.unarchive(message, by=ada)
    assert Message.objects.unassigned().get() == message


def test_a_wrongly_filed_mail_goes_back_to_unassigned_messages(
    message: Message, application: Application, ada: Membership
) -> None:
    sorting.assign(message, application, by=ada, remember_address=False)
    sorting.detach(message, by=ada)
    application.refresh_from_db()
    assert Message.objects.unassigned().get() == message
    assert application.unread_count == 0


def test_confirming_a_reply_from_another_address_remembers_it(
    application: Application, ada: Membership
) -> None:
    reply = factories.MessageFactory(
        application=application, from_address="new@mail.example", needs_confirmation=True
    )
    sorting.confirm_address(reply, by=ada)
    reply.refresh_from_db()
    assert not reply.needs_confirmation
    assert application.candidate.addresses.filter(address="new@mail.example").exists()
