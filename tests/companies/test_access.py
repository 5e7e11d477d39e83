"""Who may do what: the matrix of roles and capabilities, and what members see of the settings."""

import pytest
from django.test import Client
from django.urls import reverse

from companies.access import Can
from companies.capabilities import GRANTS, OF_WHOLE_COMPANY
from companies.models import Company, Role, Subcompany
from tests import factories

EVERYBODY = {Can.VIEW_POSITIONS, Can.VIEW_CANDIDATES, Can.VIEW_MESSAGES}
HIRING = EVERYBODY | {Can.MOVE_APPLICATIONS, Can.ADD_NOTES, Can.WRITE_MESSAGES}
RECRUITING = HIRING | {
    Can.EDIT_POSITIONS,
    Can.ADD_CANDIDATES,
    Can.SORT_MESSAGES,
    Can.EDIT_TEMPLATES,
}
MATRIX = {
    Role.VIEWER: EVERYBODY,
    Role.HIRING_MANAGER: HIRING,
    Role.RECRUITER: RECRUITING,
    Role.ADMIN: set(Can) - {Can.GRANT_SUPPORT},
    Role.OWNER: set(Can),
}
PAGES = {
    "mailsettings:email-settings": Can.EDIT_MAIL_SETTINGS,
    "companies:credentials": Can.MANAGE_CREDENTIALS,
    "companies:members": Can.MANAGE_MEMBERS,
    "companies:support": Can.GRANT_SUPPORT,
    "companies:settings": Can.VIEW_POSITIONS,
}


@pytest.mark.parametrize("role", Role)
def test_each_role_has_exactly_its_capabilities(role: Role) -> None:
    assert set(GRANTS[role]) == MATRIX[role]


@pytest.mark.parametrize("role", Role)
def test_a_member_of_one_subcompany_decides_nothing_about_the_whole_company(
    company: Company, subcompany: Subcompany, role: Role
) -> None:
    member = factories.MembershipFactory(company=company, role=role, subcompany=subcompany)
    granted = {capability for capability in Can if capability in member.can}
    assert granted == MATRIX[role] - OF_WHOLE_COMPANY


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("name", "capability"), PAGES.items())
def test_a_page_opens_for_those_who_have_its_capability(
    client: Client, company: Company, role: Role, name: str, capability: Can
) -> None:
    member = factories.MembershipFactory(company=company, role=role)
    client.force_login(member.user)
    expected = 200 if capability in MATRIX[role] else 403
    assert client.get(reverse(name)).status_code == expected


@pytest.mark.parametrize("role", Role)
def test_the_index_leads_only_where_one_may_go(
    client: Client, company: Company, role: Role
) -> None:
    member = factories.MembershipFactory(company=company, role=role)
    client.force_login(member.user)
    html = client.get(reverse("companies:settings")).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    shown = {name for name in PAGES if f'href="{reverse(name)}"' in main}
    allowed = {name for name, can in PAGES.items() if can in MATRIX[role]}
    assert shown == allowed - {"companies:settings"}


def test_somebody_without_a_company_is_told_so(client: Client, db: None) -> None:
    client.force_login(factories.UserFactory())
    assert client.get(reverse("companies:settings")).status_code == 403


def test_a_deactivated_member_sees_nothing_any_more(client: Client, company: Company) -> None:
    member = factories.MembershipFactory(company=company, role="owner", is_active=False)
    client.force_login(member.user)
    assert client.get(reverse("companies:settings")).status_code == 403
