"""Who the tests are about: Ada and Ben of one company, Cleo of another, and a position of Ben's.

Nothing of Django is imported before a test asks: this module is a plugin, loaded before settings are.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from companies.models import Company, Membership, Subcompany
    from recruiting.models import Application, Position


@pytest.fixture
def company(db: None) -> "Company":
    from tests import factories

    return factories.CompanyFactory(name="Acme GmbH", account="acme")


@pytest.fixture
def subcompany(company: "Company") -> "Subcompany":
    from tests import factories

    return factories.SubcompanyFactory(company=company, name="Acme Berlin GmbH")


@pytest.fixture
def ada(company: "Company") -> "Membership":
    """The administrator of the company; sees everything in it."""
    return _member(company, "ada", role="admin")


@pytest.fixture
def ben(company: "Company", subcompany: "Subcompany") -> "Membership":
    """A recruiter of one subcompany; sees that one's positions only."""
    return _member(company, "ben", role="recruiter", subcompany=subcompany)


@pytest.fixture
def cleo(db: None) -> "Membership":
    """The owner of another company; must never see anything of the first."""
    from tests import factories

    other = factories.CompanyFactory(name="Globex AG", account="globex")
    return _member(other, "cleo", role="owner")


@pytest.fixture
def position(company: "Company", subcompany: "Subcompany") -> "Position":
    """A published position of Ben's subcompany."""
    from tests import factories

    return factories.PositionFactory(
        company=company, subcompany=subcompany, name="Backend developer"
    )


@pytest.fixture
def application(position: "Position") -> "Application":
    """Mia Muster's application for the position, in its first stage."""
    from tests import factories

    return factories.ApplicationFactory(
        position=position,
        candidate__first_name="Mia",
        candidate__last_name="Muster",
        candidate__address="mia@mail.example",
    )


def _member(company: "Company", name: str, **fields: object) -> "Membership":
    from tests import factories

    return factories.MembershipFactory(
        company=company,
        user__email=f"{name}@{company.account}.example",
        user__name=name.title(),
        **fields,
    )
