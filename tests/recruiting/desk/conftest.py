"""Browsers of the people the tests are about, logged in."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from companies.models import Company, Membership
    from recruiting.models import Application


def browser(member: "Membership") -> Client:
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def recruiter(ben: "Membership") -> Client:
    """Ben, who recruits for the subcompany."""
    return browser(ben)


@pytest.fixture
def admin(ada: "Membership") -> Client:
    return browser(ada)


@pytest.fixture
def stranger(cleo: "Membership") -> Client:
    """Cleo, who owns another company."""
    return browser(cleo)


@pytest.fixture
def viewer(company: "Company") -> Client:
    from tests import factories

    return browser(factories.MembershipFactory(company=company, role="viewer"))


@pytest.fixture
def manager(application: "Application") -> Client:
    """A hiring manager of the position Mia applied for."""
    from tests import factories

    return browser(factories.TeamMemberFactory(position=application.position).membership)
