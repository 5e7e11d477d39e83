"""An application, the answer, the candidate's reply and a stranger, over real servers and processes."""

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Company, Membership
from mailsettings.models import OutgoingMail
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, Message, Position
from tests.e2e import outside as world
from tests.e2e.actions import CV, apply
from tests.e2e.installation import Installation
from tests.e2e.outside import Outside
from tests.servers import places

pytestmark = [pytest.mark.peers, pytest.mark.django_db(transaction=True)]


def wait_for_message(company: Company, **fields: object) -> Message:
    """Wait until a received mail was filed."""
    found = Message.objects.filter(company=company, direction="in", **fields)
    places.wait_until(found.exists, f"a message is filed ({fields})", patience=60)
    return found.get()


def wait_for_state(outgoing: OutgoingMail, state: str) -> None:
    rows = OutgoingMail.objects.filter(pk=outgoing.pk, state=state)
    places.wait_until(rows.exists, f"the mail is {state}", patience=60)


def test_application_answer_reply_through_the_subcompanys_own_mailbox(
    posthorn: Installation,
    outside: Outside,
    connected: Company,
    position: Position,
    ben: Membership,
    client: Client,
) -> None:
    posthorn.start("web", "worker", "beat")
    assert apply(posthorn, position, outside.mia) == 200
    application = Application.objects.get(position=position)
    document = application.documents.get()
    assert (document.name, document.category, document.file.read()) == ("cv.pdf", "cv", CV)
    client.force_login(ben.user)
    board = client.get(reverse("recruiting:board", args=[position.pk]))
    assert "Mia Muster" in board.content.decode()

    letter = Letter(subject="Your application", text="Dear Mia,\n\nwhen may we call you?\n\nBen")
    message = composing.send(application, letter, by=ben)
    (answer,) = outside.inbox(outside.mia, 1)
    assert answer["From"] == f"Acme Berlin GmbH <{outside.berlin}>"
    assert (answer["To"], answer["Subject"]) == (outside.mia, "Your application")
    assert answer["Message-ID"] == message.message_id
    assert answer["Reply-To"] is None
    for body in ("plain", "html"):
        said = answer.get_body((body,))
        assert said is not None
        assert "when may we call you?" in said.get_content()
    assert message.outgoing
    wait_for_state(message.outgoing, "sent")

    outside.send(world.reply(answer, "On Monday at ten.\n"))
    reply = wait_for_message(connected)
    assert (reply.application, reply.candidate) == (application, application.candidate)
    assert (reply.matched_by, reply.needs_confirmation) == ("references", False)
    assert reply.text == "On Monday at ten."
    application.refresh_from_db()
    assert application.unread_count == 1


def test_reply_and_stranger_through_the_companys_redirect(
    posthorn: Installation,
    outside: Outside,
    connected: Company,
    vienna: Position,
    ada: Membership,
) -> None:
    posthorn.start("web", "worker", "beat", "inbound")
    assert apply(posthorn, vienna, outside.mia) == 200
    application = Application.objects.get(position=vienna)
    composing.send(application, Letter(subject="Welcome", text="Hello Mia!"), by=ada)
    (answer,) = outside.inbox(outside.mia, 1)
    assert answer["From"] == f"Acme GmbH <{outside.jobs}>"

    outside.send(world.reply(answer, "Thank you!\n"))
    reply = wait_for_message(connected, application=application)
    assert (reply.text, reply.delivery.address) == ("Thank you!", connected.recruiting_address)

    stranger = world.write("Sam Fremd <sam@mail.example>", outside.jobs, "Any jobs?", "Hello!\n")
    stranger.add_attachment(CV, maintype="application", subtype="pdf", filename="sam.pdf")
    outside.send(stranger)
    unassigned = wait_for_message(connected, application=None)
    assert (unassigned.candidate, unassigned.from_address) == (None, "sam@mail.example")
    assert [attachment.name for attachment in unassigned.attachments.all()] == ["sam.pdf"]
    assert unassigned in Message.objects.visible_to(ada).unassigned()
    assert Message.objects.filter(company=connected, direction="in").count() == 2
