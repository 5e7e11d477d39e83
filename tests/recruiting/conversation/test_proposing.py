"""What a mail proposes: its writer, and the position it names."""

import pytest
from django.test import Client

from companies.models import Company, Membership
from recruiting.conversation.receiving.proposing import Openings, propose
from recruiting.models import Application, Message, Position
from tests import factories


@pytest.fixture
def position(company: Company) -> Position:
    made: Position = factories.PositionFactory(
        company=company, number=100123, name="Backend Developer (m/w/d)"
    )
    return made


def mail(company: Company, *, to: str = "acme-jobs@x.test", **fields: object) -> Message:
    made: Message = factories.UnassignedMessageFactory(
        company=company, delivery__address=to, **fields
    )
    return made


@pytest.mark.parametrize(
    ("to", "subject", "is_named"),
    [
        ("acme-jobs+100123@x.test", "Hello", True),
        ("acme-jobs@x.test", "Application 100123", True),
        ("acme-jobs@x.test", "Bewerbung als Backend-Developer m/w/d", True),
        ("acme-jobs+100124@x.test", "Hello", False),
        ("acme-jobs@x.test", "Invoice 1001231", False),
        ("acme-jobs@x.test", "Frontend developer", False),
    ],
)
def test_position_is_named_by_address_number_or_title(
    company: Company, position: Position, to: str, subject: str, is_named: bool
) -> None:
    proposal = propose(mail(company, to=to, subject=subject), Openings(company.positions.all()))
    assert proposal.position == (position if is_named else None)
    assert bool(proposal.reason) == is_named


def test_title_of_two_positions_names_neither(company: Company, position: Position) -> None:
    factories.PositionFactory(company=company, name=position.name)
    message = mail(company, subject="Backend Developer")
    assert propose(message, Openings(company.positions.all())).position is None


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("Best\nTel.: 030 / 123 45-67", "030 / 123 45-67"),
        ("Mobile +49 (0)170 1234567.", "+49 (0)170 1234567"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("My salary is 60000 and I was born 12.03.1990", ""),
    ],
)
def test_telephone_number_is_read_from_the_text(company: Company, text: str, phone: str) -> None:
    assert propose(mail(company, text=text), Openings(company.positions.all())).phone == phone


def test_names_are_read_in_both_orders(company: Company) -> None:
    for shown in ("Mia Muster", "Muster, Mia"):
        proposal = propose(mail(company, from_name=shown), Openings(company.positions.all()))
        assert (proposal.first_name, proposal.last_name) == ("Mia", "Muster")


def test_proposed_application_is_accepted_with_one_click(
    client: Client, ada: Membership, company: Company, position: Position
) -> None:
    client.force_login(ada.user)
    message = mail(company, to="acme-jobs+100123@x.test", text="Tel. 030 1234567")
    page = client.get(f"/messages/unassigned/{message.pk}/")
    assert "An application for Backend Developer" in page.text
    proposal = vars(page.context["proposal"])
    sent = {name: proposal[name] for name in ("first_name", "last_name", "email", "phone")}
    client.post(f"/messages/unassigned/{message.pk}/create/", sent | {"position": position.pk})
    application = Application.objects.get()
    assert (application.position, application.candidate.phone) == (position, "030 1234567")


def test_recruiter_of_another_subcompany_is_proposed_no_position_of_others(
    company: Company, position: Position
) -> None:
    message = mail(company, to="acme-jobs+100123@x.test")
    assert propose(message, Openings(Position.objects.none())).position is None
