"""The Django admin: what may be changed there, what its actions do, and what is never shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from companies import credentials
from companies.models import (
    ApiCredential,
    AuditEntry,
    Company,
    Membership,
    SupportAccess,
)
from mailsettings.models import (
    Delivery,
    IncomingMail,
    Mailbox,
    OutgoingMail,
    OutgoingRecipient,
    ProbeRun,
)
from recruiting.models import (
    Application,
    Tag,
)
from tests import factories
from tests.companies.planting import inside, plant

# ---- choices and changes


@pytest.fixture
def desk(client: Client, ada: Membership) -> Client:
    """Ada's browser."""
    client.force_login(ada.user)
    return client


def test_choices_come_from_ones_own_company(
    desk: Client, company: Company, cleo: Membership
) -> None:
    factories.PipelineFactory(company=company, name="Ours")
    factories.PipelineFactory(company=cleo.company, name="Theirs")
    html = desk.get(reverse("admin:recruiting_position_add")).content.decode()
    assert "Ours</option>" in html
    assert "Theirs" not in html
    assert 'name="company"' not in html


def test_a_new_row_belongs_to_ones_own_company(desk: Client, company: Company) -> None:
    desk.post(reverse("admin:recruiting_tag_add"), {"name": "Python"})
    assert Tag.objects.get().company == company
    assert AuditEntry.objects.get(verb="admin.added").company == company


def test_a_name_that_is_taken_is_an_error_on_the_form(desk: Client, company: Company) -> None:
    factories.TagFactory(company=company, name="Python")
    answer = desk.post(reverse("admin:recruiting_tag_add"), {"name": "Python"})
    assert answer.status_code == 200
    assert "already exists" in answer.content.decode()


def test_rows_of_two_companies_are_never_linked(
    client: Client, company: Company, cleo: Membership
) -> None:
    operator = factories.OperatorFactory()
    for one in (company, cleo.company):
        SupportAccess.objects.create(
            company=one, operator=operator, reason="x", until=timezone.now() + timedelta(1)
        )
    tag = factories.TagFactory(company=cleo.company)
    application = factories.ApplicationFactory(position__company=company)
    client.force_login(operator)
    url = reverse("admin:recruiting_application_change", args=[application.pk])
    answer = client.post(url, {"tags": [tag.pk]})
    assert "These belong to different companies." in answer.content.decode()
    assert not application.tags.exists()


def test_a_position_opened_here_gets_its_number(desk: Client, company: Company) -> None:
    pipeline = factories.PipelineFactory(company=company)
    form = {
        "name": "Gardener",
        "pipeline": pipeline.pk,
        "openings": 1,
        "employment_type": "permanent",
        "seniority": "experienced",
        "schedule": "full-time",
        "occupation_category": "other",
        "salary_currency": "EUR",
        "salary_period": "yearly",
        **{f"{name}-TOTAL_FORMS": 0 for name in ("texts", "team")},
        **{f"{name}-INITIAL_FORMS": 0 for name in ("texts", "team")},
    }
    answer = desk.post(reverse("admin:recruiting_position_add"), form)
    assert answer.status_code == 302, answer.context["errors"]
    position = company.positions.get()
    assert (position.number >= 100_000, position.state) == (True, "draft")


# ---- secrets, spools, actions


def test_a_mailbox_shows_no_password_and_keeps_it(desk: Client, company: Company) -> None:
    mailbox = factories.MailboxFactory(company=company, smtp_password="very secret")
    url = reverse("admin:mailsettings_mailbox_change", args=[mailbox.pk])
    html = desk.get(url).content.decode()
    assert "very secret" not in html
    assert mailbox_token(mailbox) not in html
    form = {
        "address": mailbox.address,
        "use_for_sending": "yes",
        "smtp_host": mailbox.smtp_host,
        "smtp_port": "465",
        "smtp_encryption": "ssl",
        "smtp_account": mailbox.smtp_account,
        "smtp_password": "",
    }
    assert desk.post(url, form).status_code == 302
    stored = Mailbox.objects.get()
    assert (stored.smtp_port, stored.smtp_password.reveal()) == (465, "very secret")


def test_a_mailbox_is_added_once_for_each_subcompany(desk: Client, company: Company) -> None:
    berlin = factories.SubcompanyFactory(company=company)
    factories.MailboxFactory(company=company)
    foreign = factories.SubcompanyFactory()
    url = reverse("admin:mailsettings_mailbox_add")
    assert foreign.name not in desk.get(url).content.decode()
    servers = {"smtp_host": "smtp.acme.example", "smtp_account": "berlin", "smtp_password": "pw"}
    new = {"address": "berlin@acme.example", "use_for_sending": "yes", **servers}
    reply = desk.post(url, new)
    assert "It has a mailbox already" in reply.content.decode()
    reply = desk.post(url, new | {"subcompany": berlin.pk})
    assert reply.status_code == 302
    mailbox = Mailbox.objects.get(subcompany=berlin)
    assert (mailbox.company, mailbox.address) == (company, "berlin@acme.example")
    assert mailbox.smtp_password.reveal() == "pw"
    assert AuditEntry.objects.filter(verb="mailbox.changed", company=company).exists()
    desk.post(url, new | {"subcompany": foreign.pk})
    assert not Mailbox.objects.filter(subcompany=foreign).exists()


def mailbox_token(mailbox: Mailbox) -> str:
    return str(Mailbox.objects.get(pk=mailbox.pk).smtp_password.token)


def test_a_token_is_shown_once(desk: Client, company: Company) -> None:
    answer = desk.post(reverse("admin:companies_apicredential_add"), {"name": "Career site"})
    token = answer.context["token"]
    assert token in answer.content.decode()
    found = credentials.verify(company.pk, token)
    assert found is not None
    page = desk.get(reverse("admin:companies_apicredential_change", args=[found.pk]))
    assert token not in page.content.decode()
    assert ApiCredential.objects.get().token_digest not in page.content.decode()


READ_ONLY = [Delivery, IncomingMail, OutgoingMail, OutgoingRecipient, AuditEntry, Application]


@pytest.mark.parametrize("model", READ_ONLY)
def test_history_is_neither_added_nor_deleted(desk: Client, company: Company, model: Any) -> None:
    plant(company)
    row = model._default_manager.filter(**inside(model, company)).first()
    name = f"admin:{model._meta.label_lower.replace('.', '_')}"
    assert desk.get(reverse(f"{name}_add")).status_code == 403
    assert desk.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def act(desk: Client, model: type[models.Model], action: str, *rows: models.Model) -> str:
    url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return desk.post(url, data, follow=True).content.decode()


def test_mails_are_retried_and_cancelled_where_their_state_allows(
    desk: Client, company: Company
) -> None:
    failed = factories.OutgoingMailFactory(company=company, state="failed")
    sent = factories.OutgoingMailFactory(company=company, state="sent", subject="Hello")
    html = act(desk, OutgoingMail, "retry_mail", failed, sent)
    assert "1 mails are queued again." in html
    assert "“Hello” is in a state that does not allow this." in html
    act(desk, OutgoingMail, "cancel_mail", failed)
    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.state, sent.state) == ("cancelled", "sent")


def test_a_quarantined_mail_is_read_again(desk: Client, company: Company) -> None:
    held = factories.DeliveryFactory(company=company, state="quarantined", reason="boom")
    filed = factories.DeliveryFactory(company=company, state="filed")
    act(desk, Delivery, "read_again", held, filed)
    held.refresh_from_db()
    filed.refresh_from_db()
    assert (held.state, held.reason, filed.state) == ("received", "", "filed")


def test_tests_are_begun_from_the_list(desk: Client, company: Company) -> None:
    mailbox = factories.MailboxFactory(company=company)
    act(desk, Mailbox, "test_connection", mailbox)
    act(desk, Mailbox, "send_test_mail", mailbox)
    assert set(ProbeRun.objects.values_list("kind", flat=True)) == {"smtp", "round_trip"}


def test_an_operator_who_is_no_superuser_cannot_become_one(client: Client, db: None) -> None:
    operator = factories.OperatorFactory(is_superuser=False)
    boss = factories.OperatorFactory()
    client.force_login(operator)
    for user in (operator, boss):
        url = reverse("admin:companies_user_change", args=[user.pk])
        client.post(url, {"email": user.email, "is_superuser": "on", "is_active": "on"})
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        assert client.get(url).status_code == 403
    operator.refresh_from_db()
    assert not operator.is_superuser


def test_an_operator_cannot_walk_in_as_a_member(
    client: Client, company: Company, ada: Membership
) -> None:
    operator = factories.OperatorFactory()
    password = {"password1": "a long enough phrase", "password2": "a long enough phrase"}
    client.force_login(operator)
    change = reverse("admin:auth_user_password_change", args=[ada.user.pk])
    assert client.post(change, password).status_code == 404
    SupportAccess.objects.create(
        company=company, operator=operator, reason="help", until=timezone.now() + timedelta(1)
    )
    assert client.post(change, password).status_code == 403
    page = reverse("admin:companies_user_change", args=[ada.user.pk])
    assert client.post(page, {"email": operator.email}).status_code == 403
    ada.user.refresh_from_db()
    assert not ada.user.check_password(password["password1"])


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("model", [Application, OutgoingMail, Mailbox, Delivery])
def test_lists_take_the_same_queries_for_any_number_of_rows(
    desk: Client,
    company: Company,
    model: Any,
    rows: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows):
        if model is Application:
            factories.ApplicationFactory(position__company=company)
        elif model is Mailbox:
            subcompany = factories.SubcompanyFactory(company=company)
            factories.MailboxFactory(company=company, subcompany=subcompany)
        else:
            factory = {
                OutgoingMail: factories.OutgoingMailFactory,
                Delivery: factories.DeliveryFactory,
            }
            factory[model](company=company)
    url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    with django_assert_max_num_queries(13):
        assert desk.get(url).status_code == 200


def test_an_operator_is_told_why_a_list_is_empty(client: Client, company: Company) -> None:
    factories.TagFactory(company=company)
    operator = factories.UserFactory(is_staff=True)
    client.force_login(operator)
    url = reverse("admin:recruiting_tag_changelist")
    assert "while it lets you in" in client.get(url).content.decode()
    ends = timezone.now() + timedelta(days=1)
    SupportAccess.objects.create(company=company, operator=operator, until=ends)
    assert "while it lets you in" not in client.get(url).content.decode()
