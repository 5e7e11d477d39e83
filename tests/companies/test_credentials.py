"""API credentials and support access: shown once, verified, ended."""

import pytest
from django.test import Client
from django.urls import reverse

from companies import audit, credentials
from companies.models import ApiCredential, AuditEntry, Company, Membership, SupportAccess
from tests import factories

PAGE = reverse("companies:credentials")


@pytest.fixture
def desk(client: Client, ada: Membership) -> Client:
    """Ada's browser."""
    client.force_login(ada.user)
    return client


def test_a_token_works_in_its_company_only(company: Company, cleo: Membership) -> None:
    credential, token = credentials.issue(company, name="Career site", by=None)
    assert credentials.verify(company.pk, token) == credential
    assert credentials.verify(cleo.company_id, token) is None
    assert credentials.verify(company.pk, token + "x") is None


def test_a_revoked_token_is_refused(company: Company) -> None:
    credential, token = credentials.issue(company, name="Career site", by=None)
    credentials.revoke(credential, by=None)
    assert credentials.verify(company.pk, token) is None


def test_use_is_noted_at_most_once_in_a_while(company: Company) -> None:
    _credential, token = credentials.issue(company, name="Career site", by=None)
    credentials.verify(company.pk, token)
    first = ApiCredential.objects.get().last_used_at
    credentials.verify(company.pk, token)
    assert first is not None
    assert ApiCredential.objects.get().last_used_at == first


def test_the_page_shows_a_token_once_and_stores_it_nowhere(desk: Client, company: Company) -> None:
    answer = desk.post(PAGE, {"name": "Career site"})
    token = answer.context["token"]
    assert token in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert credentials.verify(company.pk, token)
    assert token not in desk.get(PAGE).content.decode()
    assert token not in str(AuditEntry.objects.get().detail.data)


def test_a_stranger_cannot_revoke(client: Client, company: Company, cleo: Membership) -> None:
    credential, token = credentials.issue(company, name="Career site", by=None)
    client.force_login(cleo.user)
    url = reverse("companies:credential-revoke", args=[credential.pk])
    assert client.post(url).status_code == 404
    assert credentials.verify(company.pk, token)


def test_an_owner_lets_an_operator_in_and_out_again(client: Client, cleo: Membership) -> None:
    operator = factories.OperatorFactory()
    client.force_login(cleo.user)
    form = {"operator": operator.email, "reason": "Mail does not arrive", "days": "7"}
    assert client.post(reverse("companies:support"), form).status_code == 302
    access = SupportAccess.objects.get(operator=operator, company=cleo.company)
    until = access.until
    client.post(reverse("companies:support-end", args=[access.pk]))
    access.refresh_from_db()
    assert access.until < until
    verbs = AuditEntry.objects.filter(company=cleo.company).values_list("verb", flat=True)
    assert sorted(verbs) == ["support.ended", "support.granted"]


def test_only_operators_are_let_in(client: Client, cleo: Membership, ada: Membership) -> None:
    client.force_login(cleo.user)
    form = {"operator": ada.user.email, "reason": "x", "days": "1"}
    assert client.post(reverse("companies:support"), form).status_code == 422
    assert not SupportAccess.objects.exists()


def test_the_audit_trail_masks_what_smells_of_a_secret(company: Company, ada: Membership) -> None:
    entry = audit.record(company, "x", company, by=ada, smtp_password="s", api_token="t", port=25)
    assert entry.detail.data == {"smtp_password": "••••", "api_token": "••••", "port": 25}
    assert entry.actor == ada.user
