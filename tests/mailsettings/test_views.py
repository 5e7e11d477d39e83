"""The email settings page: what it stores, what it never shows, whom it lets in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from companies.models import AuditEntry, Company, Membership, Subcompany
from mailsettings.models import EmailSettings, Mailbox, OutgoingMail, ProbeRun
from mailsettings.models.probes import TESTED
from tests import factories

PAGE = reverse("mailsettings:email-settings")
MAIN = reverse("mailsettings:main-mailbox")
FORM = {
    "address": "jobs@acme.example",
    "use_for_sending": "yes",
    "smtp_host": "smtp.acme.example",
    "smtp_port": "587",
    "smtp_encryption": "starttls",
    "smtp_account": "jobs@acme.example",
    "smtp_password": "first secret",
}


@pytest.fixture
def desk(client: Client, ada: Membership) -> Client:
    """Ada's browser."""
    client.force_login(ada.user)
    return client


@pytest.fixture
def mailbox(company: Company) -> Mailbox:
    return factories.MailboxFactory(
        company=company, address="jobs@acme.example", smtp_host="smtp.acme.example"
    )


def test_saving_a_first_mailbox_makes_it_the_sender(desk: Client, company: Company) -> None:
    assert desk.post(MAIN, FORM).status_code == 302
    mailbox = Mailbox.objects.get(company=company)
    assert (mailbox.sends, mailbox.smtp_password.reveal()) == (True, "first secret")


def test_a_password_is_neither_shown_nor_lost(desk: Client, company: Company) -> None:
    desk.post(MAIN, FORM)
    html = desk.get(PAGE).content.decode()
    assert "first secret" not in html
    assert "Stored. Type to replace" in html
    desk.post(MAIN, {**FORM, "smtp_password": "", "smtp_port": "465"})
    mailbox = Mailbox.objects.get(company=company)
    assert (mailbox.smtp_port, mailbox.smtp_password.reveal()) == (465, "first secret")


def test_a_refused_form_never_echoes_the_password(desk: Client) -> None:
    response = desk.post(MAIN, {**FORM, "smtp_host": ""})
    assert response.status_code == 422
    assert "first secret" not in response.content.decode()
    assert not Mailbox.objects.exists()


def test_a_change_of_the_server_forgets_that_it_worked_and_lifts_the_pause(
    desk: Client, mailbox: Mailbox
) -> None:
    now = timezone.now()
    Mailbox.objects.update(verified_at=now, paused_at=now, pause_reason="535", retry_at=now)
    desk.post(MAIN, {**FORM, "smtp_host": "smtp2.acme.example"})
    mailbox.refresh_from_db()
    assert (mailbox.verified_at, mailbox.paused_at, mailbox.pause_reason) == (None, None, "")


def test_saving_without_a_change_keeps_what_is_known(desk: Client, company: Company) -> None:
    desk.post(MAIN, FORM)
    now = timezone.now()
    Mailbox.objects.update(verified_at=now)
    audited = AuditEntry.objects.count()
    desk.post(MAIN, {**FORM, "smtp_password": ""})
    assert Mailbox.objects.get().verified_at == now
    assert AuditEntry.objects.count() == audited


def test_every_change_is_audited_before_and_after_without_secrets(
    desk: Client, mailbox: Mailbox, ada: Membership
) -> None:
    desk.post(MAIN, {**FORM, "smtp_port": "2525", "smtp_encryption": "none"})
    entry = AuditEntry.objects.get(verb="mailbox.changed")
    assert entry.actor == ada.user
    assert entry.detail.data["smtp_port"] == ["8025", "2525"]
    assert entry.detail.data["smtp_password"] == "••••"


def test_the_general_settings_are_stored_and_audited(desk: Client, company: Company) -> None:
    chosen = {"sender_name": "employee", "use_custom_address": "no", "largest_mail": "80"}
    too_much = desk.post(PAGE, {**chosen, "largest_mail": "151"})
    assert too_much.status_code == 422
    assert "At most 150 MB" in too_much.content.decode()
    desk.post(PAGE, chosen)
    settings = EmailSettings.objects.get(company=company)
    assert (settings.sender_name, settings.use_custom_address) == ("employee", False)
    assert settings.largest_mail == 80
    entry = AuditEntry.objects.get(verb="email_settings.changed")
    assert entry.detail.data["use_custom_address"] == ["True", "False"]


def test_a_subcompany_without_address_is_drawn_as_inheriting(
    desk: Client, company: Company, subcompany: Subcompany, mailbox: Mailbox
) -> None:
    factories.EmailSettingsFactory(company=company)
    html = " ".join(desk.get(PAGE).content.decode().split())
    assert "data-inherits" in html
    assert "Empty: address and server of Acme GmbH" in html


def test_what_will_happen_names_the_sender_of_each_unit(
    desk: Client, company: Company, subcompany: Subcompany
) -> None:
    factories.MailboxFactory(
        company=company, subcompany=subcompany, address="b@acme.example", smtp_host="smtp.b.example"
    )
    html = desk.get(PAGE).content.decode()
    table = html[html.index('id="outcome"') :]
    rows = [" ".join(row.split()) for row in table.split("<tr>")[2:4]]
    assert "acme-jobs@recruiting.posthorn.example" in rows[0]
    assert "our mail service" in rows[0]
    assert "b@acme.example" in rows[1]
    assert "smtp.b.example" in rows[1]


def test_a_paused_account_is_announced_with_its_reason_and_its_queue(
    desk: Client, mailbox: Mailbox, company: Company
) -> None:
    factories.EmailSettingsFactory(company=company)
    Mailbox.objects.update(paused_at=timezone.now(), pause_reason="The server refused it. 535 no")
    factories.OutgoingMailFactory.create_batch(2, company=company, mailbox=mailbox)
    html = " ".join(desk.get(PAGE).content.decode().split())
    assert "The server refused it. 535 no" in html
    assert "2 mails wait in its queue" in html
    proofs = html[html.index('id="proofs-now"') :]
    assert "fails since" in proofs[: proofs.index("Redirect")]


def test_trying_again_makes_the_waiting_mail_due(desk: Client, mailbox: Mailbox) -> None:
    later = timezone.now() + timedelta(hours=1)
    Mailbox.objects.update(paused_at=timezone.now(), retry_at=later)
    mail = factories.OutgoingMailFactory(company=mailbox.company, mailbox=mailbox)
    assert not OutgoingMail.objects.due().exists()
    desk.post(reverse("mailsettings:mailbox-try-again", args=[mailbox.pk]))
    assert OutgoingMail.objects.due().get() == mail


def test_disconnecting_wipes_secrets_and_keeps_the_address(desk: Client, mailbox: Mailbox) -> None:
    desk.post(reverse("mailsettings:mailbox-disconnect", args=[mailbox.pk]))
    mailbox.refresh_from_db()
    assert (mailbox.smtp_password, mailbox.smtp_host, mailbox.sends) == ("", "", False)
    assert mailbox.address == "jobs@acme.example"


def test_taking_the_imap_server_out_wipes_its_password(desk: Client, mailbox: Mailbox) -> None:
    Mailbox.objects.update(imap_host="imap.acme.example", imap_account="a")
    stored = Mailbox.objects.get()
    stored.imap_password = "other secret"
    stored.save()
    desk.post(MAIN, {**FORM, "imap_host": ""})
    assert Mailbox.objects.get().imap_password == ""


def test_testing_tries_what_is_entered_and_saves_nothing(desk: Client, ada: Membership) -> None:
    response = desk.post(MAIN, {**FORM, "then": "connection"})
    run = ProbeRun.objects.get()
    assert response["Location"] == f"{PAGE}?tried={run.pk}#tests"
    assert Mailbox.objects.get().smtp_host == ""
    assert run.secret.reveal() == "first secret"
    assert "first secret" not in str(run.tested)
    assert (run.kind, run.address, run.requested_by) == (
        ProbeRun.Kind.SMTP,
        "smtp.acme.example:587",
        ada.user,
    )
    html = desk.get(response["Location"]).content.decode()
    assert f'hx-get="{reverse("mailsettings:test-run", args=[run.pk])}"' in html
    assert 'value="smtp.acme.example"' in html, "without script the form keeps what was entered"
    assert "These values were tested but are not saved" in html
    assert "first secret" not in html


def test_a_script_gets_the_tests_alone_and_the_fields_that_the_fix_changed(
    desk: Client, mailbox: Mailbox
) -> None:
    data = {**FORM, "fix": "smtp:465:ssl"}
    html = desk.post(MAIN, data, headers={"HX-Request": "true"}).text
    assert "<h1" not in html.partition('id="tests"')[0], "the fragment alone"
    run = ProbeRun.objects.get()
    assert (run.tested["smtp_port"], run.tested["smtp_encryption"]) == (465, "ssl")
    assert html.count('hx-swap-oob="true"') == 2
    assert 'value="465"' in html
    mailbox.refresh_from_db()
    assert mailbox.smtp_port != 465


def test_a_form_that_cannot_be_tested_says_why_and_keeps_the_page(desk: Client) -> None:
    data = {**FORM, "smtp_host": "", "then": "connection"}
    html = desk.post(MAIN, data, headers={"HX-Request": "true"}).text
    assert "Not tested." in html
    assert 'href="#id_smtp_host"' in html
    assert not ProbeRun.objects.exists()


def test_an_empty_password_tries_the_stored_one_for_its_own_account_only(desk: Client) -> None:
    desk.post(MAIN, FORM)
    same = {**FORM, "smtp_password": "", "then": "connection"}
    desk.post(MAIN, same)
    assert ProbeRun.objects.get().secret == ""
    refused = desk.post(MAIN, {**same, "smtp_account": "boss@acme.example"})
    assert refused.status_code == 422
    assert "The stored password is for jobs@acme.example." in refused.text
    assert ProbeRun.objects.count() == 1


def test_saving_what_has_just_passed_as_a_draft_proves_what_is_stored(desk: Client) -> None:
    desk.post(MAIN, {**FORM, "then": "connection"})
    ProbeRun.objects.update(state=ProbeRun.State.PASSED)
    desk.post(MAIN, FORM)
    assert ProbeRun.objects.filter(state=ProbeRun.State.RUNNING).count() == 1


def test_sending_through_the_server_is_offered_once_its_saved_settings_passed(
    desk: Client, mailbox: Mailbox
) -> None:
    run = factories_run(mailbox, state=ProbeRun.State.PASSED)
    assert "Send through this server" not in desk.get(PAGE).text
    run.tested = {name: getattr(mailbox, name) for name in TESTED}
    run.save()
    assert "Send through this server" in desk.get(PAGE).text
    desk.post(reverse("mailsettings:mailbox-test", args=[mailbox.pk]), {"then": "own-server"})
    assert OutgoingMail.objects.get().mailbox == mailbox


def test_a_failed_test_of_what_is_stored_shows_red_until_one_passes(
    desk: Client, mailbox: Mailbox
) -> None:
    factories.EmailSettingsFactory(company=mailbox.company)
    run = factories_run(mailbox, state=ProbeRun.State.FAILED, finished_at=timezone.now())
    run.tested = {name: getattr(mailbox, name) for name in TESTED}
    run.save()
    assert "Test failed" in desk.get(PAGE).text
    Mailbox.objects.update(verified_at=timezone.now() + timedelta(seconds=1))
    assert "Test failed" not in desk.get(PAGE).text


def test_redirect_instructions_name_the_address_and_every_provider(
    desk: Client, company: Company
) -> None:
    html = desk.get(PAGE).text
    guide = html[html.index('id="redirecting"') :]
    for word in ("Gmail", "Microsoft 365", "Exchange Server", "cPanel", "IONOS", "Sieve"):
        assert word in guide
    assert f'redirect :copy "{company.recruiting_address}";' in guide.replace("&quot;", '"')
    assert "Keep a copy on your own mail server." in guide


def test_the_page_says_what_is_in_use_and_what_disconnecting_changes(
    desk: Client, company: Company, subcompany: Subcompany, mailbox: Mailbox
) -> None:
    factories.EmailSettingsFactory(company=company)
    branch = factories.MailboxFactory(
        company=company, subcompany=subcompany, address="b@acme.example", smtp_host="smtp.b.example"
    )
    url = reverse("mailsettings:mailbox", args=[subcompany.pk])
    html = " ".join(desk.get(url).text.split())
    assert "In use now:" in html
    assert "mail leaves from b@acme.example by smtp.b.example." in html
    assert "From then on: mail leaves from jobs@acme.example by smtp.acme.example." in html
    gone = desk.post(reverse("mailsettings:mailbox-disconnect", args=[branch.pk]), follow=True)
    assert "From now on mail leaves from jobs@acme.example by smtp.acme.example." in gone.text


def test_the_page_lists_earlier_tests(desk: Client, mailbox: Mailbox) -> None:
    assert "Earlier tests" not in desk.get(PAGE).text
    factories_run(mailbox, state=ProbeRun.State.FAILED)
    factories_run(mailbox, state=ProbeRun.State.FAILED)
    assert "Earlier tests" in desk.get(PAGE).text


def test_the_blamed_field_is_marked_in_the_form(desk: Client, mailbox: Mailbox) -> None:
    run = factories_run(mailbox, state=ProbeRun.State.FAILED)
    html = desk.get(PAGE).text
    field = html[html.index('name="smtp_password"') :].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert f'aria-describedby="why-{run.pk}"' in field


def test_a_finished_run_does_not_ask_again(desk: Client, mailbox: Mailbox) -> None:
    run = factories_run(mailbox, state=ProbeRun.State.FAILED)
    html = desk.get(reverse("mailsettings:test-run", args=[run.pk])).content.decode()
    assert "hx-get" not in html
    assert "The server refuses this account and password." in html
    assert 'href="#id_smtp_password"' in html


def factories_run(mailbox: Mailbox, **fields: Any) -> ProbeRun:
    step = {"name": "login", "ok": False, "code": "auth_rejected", "message": "", "ms": 12}
    return ProbeRun.objects.create(
        company=mailbox.company,
        mailbox=mailbox,
        kind=ProbeRun.Kind.SMTP,
        address="smtp.acme.example:587",
        steps=[{**step, "reply": "535 5.7.8 no"}],
        **fields,
    )


@pytest.mark.parametrize("subcompanies", [1, 3, 30])
def test_the_page_takes_the_same_few_queries_for_any_number_of_subcompanies(
    desk: Client,
    company: Company,
    mailbox: Mailbox,
    subcompanies: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for each in factories.SubcompanyFactory.create_batch(subcompanies, company=company):
        factories.MailboxFactory(company=company, subcompany=each)
        factories.PositionFactory.create_batch(2, company=company, subcompany=each)
    factories_run(mailbox)
    with django_assert_max_num_queries(14):
        assert desk.get(PAGE).status_code == 200


# ---- who may


def test_a_recruiter_may_not_open_the_page(client: Client, ben: Membership) -> None:
    client.force_login(ben.user)
    assert client.get(PAGE).status_code == 403
    assert client.post(MAIN, FORM).status_code == 403


@pytest.mark.parametrize("name", ["mailbox-test", "mailbox-try-again", "mailbox-disconnect"])
def test_a_stranger_finds_no_mailbox(
    client: Client, cleo: Membership, mailbox: Mailbox, name: str
) -> None:
    client.force_login(cleo.user)
    assert client.post(reverse(f"mailsettings:{name}", args=[mailbox.pk])).status_code == 404
    mailbox.refresh_from_db()
    assert mailbox.smtp_host


def test_a_stranger_finds_neither_subcompany_nor_run(
    client: Client, cleo: Membership, mailbox: Mailbox, subcompany: Subcompany
) -> None:
    client.force_login(cleo.user)
    run = factories_run(mailbox)
    assert client.get(reverse("mailsettings:test-run", args=[run.pk])).status_code == 404
    url = reverse("mailsettings:mailbox", args=[subcompany.pk])
    assert client.get(url).status_code == 404
    assert client.post(url, FORM).status_code == 404
    assert Mailbox.objects.count() == 1


def test_a_personal_mailbox_of_a_colleague_is_not_found(
    desk: Client, company: Company, ben: Membership
) -> None:
    personal = factories.MailboxFactory(company=company, user=ben.user)
    url = reverse("mailsettings:mailbox-test", args=[personal.pk])
    assert desk.post(url).status_code == 404


@pytest.fixture
def limited(client: Client, company: Company, subcompany: Subcompany) -> Callable[[], Client]:
    member = factories.MembershipFactory(company=company, role="admin", subcompany=subcompany)
    client.force_login(member.user)
    return lambda: client


def test_an_admin_of_one_subcompany_sees_and_changes_only_that_one(
    limited: Callable[[], Client], mailbox: Mailbox, subcompany: Subcompany
) -> None:
    client = limited()
    own = reverse("mailsettings:mailbox", args=[subcompany.pk])
    assert client.get(PAGE)["Location"] == own
    html = client.get(own).content.decode()
    assert html.count('class="tree__node"') == 1
    assert "Use custom email address?" not in html
    assert client.post(MAIN, FORM).status_code == 403
    test = reverse("mailsettings:mailbox-test", args=[mailbox.pk])
    assert client.post(test).status_code == 404
