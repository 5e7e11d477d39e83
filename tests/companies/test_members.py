"""Inviting people, changing what they may do, and always keeping an owner."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from companies import members
from companies.models import AuditEntry, Company, Membership, Subcompany, User
from tests import factories

PAGE = reverse("companies:members")
INVITATION = {"email": "Dora@acme.example", "name": "Dora", "role": "recruiter"}


@pytest.fixture
def owner(company: Company) -> Membership:
    return factories.MembershipFactory(company=company, role="owner")


@pytest.fixture
def desk(client: Client, ada: Membership) -> Client:
    """Ada's browser."""
    client.force_login(ada.user)
    return client


def edit(client: Client, member: Membership, **form: str) -> int:
    url = reverse("companies:member", args=[member.pk])
    return client.post(url, {"role": member.role, "is_active": "on", **form}).status_code


def test_an_invited_person_chooses_a_password_by_the_link_in_the_mail(
    desk: Client, client: Client, company: Company
) -> None:
    assert desk.post(PAGE, INVITATION).status_code == 302
    (sent,) = mail.outbox
    assert sent.to == ["dora@acme.example"]
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+", str(sent.body))
    assert link is not None
    client.logout()
    page = client.get(link[0], follow=True)
    address = page.redirect_chain[-1][0]
    password = "a long enough passphrase"
    client.post(address, {"password1": password, "password2": password})
    user = User.objects.get(email="dora@acme.example")
    assert user.check_password(password)
    assert (user.membership.company, user.membership.role) == (company, "recruiter")


def test_an_address_with_an_account_is_not_invited_twice(desk: Client, cleo: Membership) -> None:
    answer = desk.post(PAGE, {**INVITATION, "email": cleo.user.email.upper()})
    assert answer.status_code == 422
    assert not mail.outbox


def test_a_mail_that_does_not_leave_keeps_the_member(
    desk: Client, settings: pytest.FixtureRequest
) -> None:
    settings.EMAIL_BACKEND = "mailsettings.outbound.platform.SystemMailBackend"  # type: ignore[attr-defined]  # pytest-django's
    settings.EMAIL_URL = "smtp://127.0.0.1:1"  # type: ignore[attr-defined]  # pytest-django's
    html = desk.post(PAGE, INVITATION, follow=True).content.decode()
    assert "the mail could not be sent" in html
    assert Membership.objects.filter(user__email="dora@acme.example").exists()


def test_an_administrator_makes_no_owner(desk: Client, ada: Membership) -> None:
    assert desk.post(PAGE, {**INVITATION, "role": "owner"}).status_code == 422
    with pytest.raises(members.NotAllowed):
        members.invite(ada.company, email="d@x.example", name="", role="owner", by=ada)


def test_an_administrator_changes_no_owner(desk: Client, owner: Membership) -> None:
    assert edit(desk, owner, role="viewer") == 422
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_the_last_owner_stays(client: Client, owner: Membership) -> None:
    client.force_login(owner.user)
    assert edit(client, owner, role="viewer") == 422
    assert edit(client, owner, is_active="") == 422
    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == ("owner", True)


def test_an_owner_steps_down_when_there_is_another(
    client: Client, owner: Membership, company: Company
) -> None:
    factories.MembershipFactory(company=company, role="owner")
    client.force_login(owner.user)
    assert edit(client, owner, role="viewer") == 302
    owner.refresh_from_db()
    assert owner.role == "viewer"


def test_the_last_owner_of_the_whole_company_is_not_limited_to_a_subcompany(
    client: Client, owner: Membership, subcompany: Subcompany
) -> None:
    factories.MembershipFactory(company=owner.company, role="owner", subcompany=subcompany)
    client.force_login(owner.user)
    assert edit(client, owner, subcompany=str(subcompany.pk)) == 422
    owner.refresh_from_db()
    assert owner.subcompany is None


def test_a_limited_administrator_does_not_lift_the_limit(
    client: Client, company: Company, subcompany: Subcompany
) -> None:
    limited = factories.MembershipFactory(company=company, role="admin", subcompany=subcompany)
    client.force_login(limited.user)
    assert edit(client, limited, subcompany="") == 403
    limited.refresh_from_db()
    assert limited.subcompany == subcompany


def test_a_change_is_audited(desk: Client, ben: Membership) -> None:
    edit(desk, ben, role="hiring_manager")
    entry = AuditEntry.objects.get(verb="member.changed")
    assert entry.detail.data["before"][0] == "recruiter"
    assert entry.detail.data["after"][0] == "hiring_manager"


def test_people_of_another_company_are_not_found(desk: Client, cleo: Membership) -> None:
    assert edit(desk, cleo) == 404
    url = reverse("companies:member-invite", args=[cleo.pk])
    assert desk.post(url).status_code == 404
    assert cleo.user.email not in desk.get(PAGE).content.decode()


def test_a_subcompany_of_another_company_cannot_be_chosen(
    desk: Client, ben: Membership, cleo: Membership
) -> None:
    foreign = factories.SubcompanyFactory(company=cleo.company)
    assert edit(desk, ben, subcompany=str(foreign.pk)) == 422


def test_a_profile_changes_ones_own_name_and_language(desk: Client, ada: Membership) -> None:
    answer = desk.post(reverse("companies:profile"), {"name": "Ada L.", "language": "de"})
    ada.user.refresh_from_db()
    assert (ada.user.name, ada.user.language) == ("Ada L.", "de")
    assert answer.cookies["django_language"].value == "de"
