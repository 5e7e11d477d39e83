"""Whom an unassigned mail may be from."""

import pytest

from companies.models import Company, Membership
from recruiting.conversation.receiving.proposing import Openings, Reason
from recruiting.conversation.receiving.suggesting import suggest
from recruiting.models import Application, Message, Position
from tests import factories


def reasons(member: Membership, message: Message) -> dict[int, set[Reason]]:
    openings = Openings(Position.objects.visible_to(member))
    found = suggest([message], Application.objects.visible_to(member), openings)[message.pk]
    return {each.application.pk: set(each.reasons) for each in found}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"from_name": "Mia Muster", "from_address": "x@else.example"}, {Reason.SAME_NAME}),
        ({"from_name": "Muster, Mia", "from_address": "x@else.example"}, {Reason.SAME_NAME}),
        ({"from_name": "", "from_address": "MIA.muster@mail.example"}, {Reason.KNOWN_ADDRESS}),
        ({"from_name": "M", "from_address": "mia.muster@web.example"}, {Reason.SECOND_ADDRESS}),
        (
            {"from_name": "M", "from_address": "x@y.example", "text": "Tel. 0170 / 1234-567"},
            {Reason.SAME_PHONE},
        ),
        (
            {
                "from_name": "Mia Muster",
                "from_address": "x@y.example",
                "subject": "As backend developer",
            },
            {Reason.SAME_NAME, Reason.SAME_POSITION},
        ),
        ({"from_name": "M", "from_address": "x@y.example", "subject": "Backend developer"}, None),
        ({"from_name": "Jo Muster", "from_address": "info@mail.example"}, None),
    ],
)
def test_what_speaks_for_a_person(
    company: Company,
    position: Position,
    ada: Membership,
    fields: dict[str, str],
    expected: set[Reason] | None,
) -> None:
    application = factories.ApplicationFactory(
        position=position,
        candidate__first_name="Mia",
        candidate__last_name="Muster",
        candidate__phone="+49 (170) 123 45 67",
        candidate__address="mia.muster@mail.example",
    )
    message = factories.UnassignedMessageFactory(company=company, **fields)
    assert reasons(ada, message).get(application.pk) == expected


def test_what_speaks_louder_stands_first_and_strangers_never(
    company: Company, application: Application, ada: Membership, ben: Membership
) -> None:
    namesake = factories.ApplicationFactory(
        position__company=company, candidate__first_name="Mia", candidate__last_name="Muster"
    )
    factories.ApplicationFactory(candidate__first_name="Mia", candidate__last_name="Muster")
    message = factories.UnassignedMessageFactory(company=company)  # from mia@mail.example
    assert list(reasons(ada, message)) == [application.pk, namesake.pk]
    assert list(reasons(ben, message)) == [application.pk]  # the other is not of his subcompany
