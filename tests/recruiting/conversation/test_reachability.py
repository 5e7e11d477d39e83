"""Addresses that bounced are marked, and written to no more until somebody writes from them."""

import pytest

from companies.models import Company, Membership
from mailsettings.inbound import routing, spool
from mailsettings.models import OutgoingMail
from recruiting.conversation.colleagues import notify
from recruiting.conversation.receiving import intake
from recruiting.conversation.writing import composing
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, CandidateAddress
from tests import factories
from tests.mailsettings.inbound.test_recognition import bounce_of


def is_unreachable(address: str) -> bool:
    return CandidateAddress.objects.get(address=address).unreachable_since is not None


def receive(company: Company, raw: bytes) -> None:
    spool.store("smtp", raw, envelope_recipients=[company.recruiting_address])
    routing.route_received()
    intake.file_received()
    notify.look_for_trouble()


def test_a_bounce_marks_mail_and_address_and_an_answer_from_there_takes_the_mark_away(
    application: Application, company: Company, ben: Membership
) -> None:
    factories.CandidateFactory(company=factories.CompanyFactory(), address="mia@mail.example")
    ours = composing.send(application, Letter("Hello", "Thursday?"), by=ben)
    OutgoingMail.objects.update(state="sent")
    receive(company, bounce_of(ours.message_id, action="delayed"))
    assert composing.recipient(application) == "mia@mail.example"
    receive(company, bounce_of(ours.message_id))
    ours.outgoing.refresh_from_db()
    assert ours.outgoing.state == "bounced"
    marked = CandidateAddress.objects.exclude(unreachable_since=None)
    assert [row.candidate for row in marked] == [application.candidate]
    application.candidate.refresh_from_db()
    assert composing.recipient(application) == ""
    with pytest.raises(composing.CannotSend, match="no address that works"):
        composing.send(application, Letter("Hello", "Friday?"), by=ben)
    receive(company, factories.raw_mail(sender="mia@mail.example"))
    assert not marked.all().exists()


@pytest.mark.parametrize(
    ("state", "said", "is_marked"),
    [
        ("refused", "550 5.1.1 <mia@mail.example>: no such user", True),
        ("refused", "550 Unknown user", True),
        ("bounced", "smtp; 550 5.2.1 The account is disabled", True),
        ("bounced", "", True),
        ("bounced", "552 5.2.2 Mailbox full", False),
        ("refused", "554 5.7.1 Message rejected as spam", False),
        ("refused", "554 Transaction failed", False),
        ("refused", "cancelled", False),
    ],
)
def test_what_servers_say_of_an_address_is_told_from_what_they_say_of_a_mail(
    application: Application, ben: Membership, state: str, said: str, is_marked: bool
) -> None:
    ours = composing.send(application, Letter("Hello", "Thursday?"), by=ben)
    OutgoingMail.objects.update(state="failed")
    ours.outgoing.recipients.update(state=state, reply=said)
    notify.look_for_trouble()
    assert is_unreachable("mia@mail.example") is is_marked
