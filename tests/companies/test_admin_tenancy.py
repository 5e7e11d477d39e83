"""The Django admin shows, offers and opens the rows of companies in sight only."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from companies.models import (
    AuditEntry,
    Company,
    Membership,
    Subcompany,
    SupportAccess,
    User,
)
from companies.tenantadmin import company_of
from mailsettings.models import (
    IncomingMail,
)
from recruiting.models import (
    Tag,
)
from tests import factories
from tests.companies.planting import inside, old, plant

OURS = ["companies", "mailsettings", "recruiting"]
ADMINS = sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)


def tenant_models() -> list[Any]:
    return [model for model, registered in ADMINS if hasattr(registered, "company_path")]


def rows_seen(user: User, model: type[models.Model]) -> list[Any]:
    """The rows the change list of a model holds for somebody."""
    request = RequestFactory().get("/")
    request.user = user
    return list(admin.site.get_model_admin(model).get_queryset(request))


# ---- what is there


def test_every_model_of_ours_is_registered_and_nothing_else() -> None:
    from django.apps import apps

    ours = {model for label in OURS for model in apps.get_app_config(label).get_models()}
    assert set(admin.site._registry) == ours


def test_every_list_says_something_and_can_be_searched() -> None:
    poor = [
        model._meta.label
        for model, registered in ADMINS
        if registered.list_display == ("__str__",) or not registered.search_fields
    ]
    assert poor == []


# ---- tenancy


def test_the_administrator_of_one_company_sees_nothing_of_another(
    client: Client, company: Company, ada: Membership, cleo: Membership
) -> None:
    plant(company)
    plant(cleo.company)
    client.force_login(ada.user)
    for model in tenant_models():
        seen = rows_seen(ada.user, model)
        assert seen, f"nothing of {model} was planted"
        owners = {company_of(row) for row in seen} - {None}
        assert owners <= {company.pk}, model
        page = client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"))
        assert page.status_code == 200
        assert "Globex" not in page.content.decode(), model


def test_foreign_rows_can_neither_be_opened_nor_changed(
    client: Client, company: Company, ada: Membership, cleo: Membership
) -> None:
    plant(cleo.company)
    client.force_login(ada.user)
    for model in tenant_models():
        row = model._default_manager.filter(**inside(model, cleo.company)).first()
        name = f"admin:{model._meta.label_lower.replace('.', '_')}_change"
        answer = client.post(reverse(name, args=[row.pk]), {"name": "taken over"})
        # Django tells somebody who looks for a row that is not in their list so, and sends them home.
        assert answer.status_code in (302, 403), model
        assert not AuditEntry.objects.filter(company=cleo.company, actor=ada.user).exists()


def test_an_operator_sees_no_tenant_rows_without_support_access(company: Company) -> None:
    plant(company)
    operator = factories.OperatorFactory()
    for model in tenant_models():
        if model is Company:  # operators manage the companies themselves
            continue
        assert [row for row in rows_seen(operator, model) if company_of(row)] == [], model
    assert set(rows_seen(operator, Company)) == {company}


def test_support_access_opens_one_company_until_it_ends(company: Company, cleo: Membership) -> None:
    operator = factories.OperatorFactory()
    access = SupportAccess.objects.create(
        company=company,
        operator=operator,
        reason="help",
        until=timezone.now() + timedelta(1),
    )
    factories.TagFactory(company=company, name="ours")
    factories.TagFactory(company=cleo.company, name="theirs")
    assert [tag.name for tag in rows_seen(operator, Tag)] == ["ours"]
    access.until = old()
    access.save()
    assert rows_seen(operator, Tag) == []


def test_a_mail_for_two_companies_is_shown_to_neither(
    company: Company, cleo: Membership, ada: Membership
) -> None:
    incoming = factories.IncomingMailFactory()
    factories.DeliveryFactory(company=company, incoming=incoming)
    assert rows_seen(ada.user, IncomingMail) == [incoming]
    factories.DeliveryFactory(company=cleo.company, incoming=incoming)
    assert rows_seen(ada.user, IncomingMail) == []
    assert rows_seen(cleo.user, IncomingMail) == []


def test_unrouted_mail_is_for_operators(ada: Membership) -> None:
    incoming = factories.IncomingMailFactory(state="unrouted")
    assert rows_seen(factories.OperatorFactory(), IncomingMail) == [incoming]
    assert rows_seen(ada.user, IncomingMail) == []


# ---- who gets in


@pytest.mark.parametrize("role", ["recruiter", "hiring_manager", "viewer"])
def test_other_roles_are_kept_out(client: Client, company: Company, role: str) -> None:
    member = factories.MembershipFactory(company=company, role=role)
    client.force_login(member.user)
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_an_administrator_of_one_subcompany_is_kept_out(
    client: Client, company: Company, subcompany: Subcompany
) -> None:
    member = factories.MembershipFactory(company=company, role="admin", subcompany=subcompany)
    client.force_login(member.user)
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_visitors_are_sent_to_the_one_login(client: Client, db: None) -> None:
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith("/login")
