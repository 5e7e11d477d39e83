"""What an administrator needs on the way to the first working mailbox: subcompanies, and proofs at once."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import AuditEntry, Company, Membership, Subcompany
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.models.probes import TESTED
from mailsettings.proofs import rechecks
from tests import factories
from tests.mailsettings.test_views import FORM, MAIN, PAGE


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


def test_what_a_test_proves_shows_on_the_page_as_soon_as_it_is_written_down(
    desk: Client, mailbox: Mailbox
) -> None:
    now = timezone.now()
    run = ProbeRun.objects.create(
        company=mailbox.company,
        mailbox=mailbox,
        kind=ProbeRun.Kind.SMTP,
        state=ProbeRun.State.PASSED,
        finished_at=now,
    )
    tested = {name: getattr(mailbox, name) for name in TESTED}
    target = f"{mailbox.smtp_host}:{mailbox.smtp_port}"
    ProbeRun.objects.filter(pk=run.pk).update(steps=[], tested=tested, address=target)
    Mailbox.objects.update(verified_at=now)
    fragment = reverse("mailsettings:test-run", args=[run.pk])
    answer = desk.get(fragment)
    assert "hx-get" in answer.text, "the page goes on asking until the proof stands"
    assert "HX-Trigger" not in answer
    assert "not tested" in desk.get(PAGE).text
    rechecks.settle_and_repeat(wake=lambda _run: None)
    answer = desk.get(fragment)
    assert (answer["HX-Trigger"], "hx-get" in answer.text) == ("tested", False)
    html = desk.get(PAGE).text
    assert 'hx-trigger="tested from:body"' in html
    assert "not saved yet" not in html
    proofs = html[html.index('id="proofs-now"') :]
    assert "works" in proofs
    run.tested["smtp_port"] = 2525
    run.save()
    assert "This works, and is not saved yet" in desk.get(PAGE).text


def test_a_subcompany_is_added_where_its_address_is_entered(
    desk: Client, company: Company, client: Client, ben: Membership
) -> None:
    add = reverse("mailsettings:subcompany-add")
    assert add in desk.get(PAGE).text
    answer = desk.post(add, {"name": " Acme Wien GmbH "}, follow=True)
    added = Subcompany.objects.get(name="Acme Wien GmbH")
    assert (
        answer.redirect_chain[0][0] == f"{reverse('mailsettings:mailbox', args=[added.pk])}#mailbox"
    )
    assert "Empty: address and server of" not in answer.text
    assert "inherits the company" in answer.text
    entry = AuditEntry.objects.get(verb="subcompany.added")
    assert (entry.company, str(entry.target_id)) == (company, str(added.pk))
    answer = desk.post(add, {"name": "acme wien gmbh"})
    assert (answer.status_code, Subcompany.objects.filter(name__icontains="wien").count()) == (
        422,
        1,
    )
    assert "There is a subcompany of this name already." in answer.text
    client.force_login(ben.user)
    assert client.post(add, {"name": "Acme Graz GmbH"}).status_code == 403


def test_before_a_test_the_page_tells_what_it_will_look_at_and_afterwards_no_more(
    desk: Client, mailbox: Mailbox
) -> None:
    html = desk.get(PAGE).text
    assert "by your server to acme-jobs@" in html
    assert f"Asks smtp.acme.example at port {mailbox.smtp_port}. Nothing is sent." in html
    assert "it would take a mail to us; the test stops here" in html
    tested = {name: getattr(mailbox, name) for name in TESTED}
    for kind in (ProbeRun.Kind.SMTP, ProbeRun.Kind.ROUND_TRIP):
        ProbeRun.objects.create(
            company=mailbox.company, mailbox=mailbox, kind=kind, tested=tested, state="failed"
        )
    html = desk.get(PAGE).text
    assert "Not tested yet" not in html
    assert "Test connection</b>:" not in html


def test_the_server_that_sends_is_filled_in_for_an_address_and_nothing_is_saved(
    desk: Client, company: Company
) -> None:
    asked = {**FORM, "address": "jobs@gmx.de", "smtp_host": "", "then": "presets"}
    answer = desk.post(MAIN, asked)
    assert answer.status_code == 200
    form = answer.context["form"]
    filled = {name: form[name].value() for name in ("smtp_host", "smtp_port", "smtp_account")}
    assert filled == {
        "smtp_host": "mail.gmx.net",
        "smtp_port": 587,
        "smtp_account": "jobs@gmx.de",
    }
    assert (form["use_for_sending"].value(), form["imap_host"].value()) == ("yes", "")
    assert "<b>GMX</b>" in answer.text
    answer = desk.post(MAIN, {**asked, "address": "jobs"})
    assert "This provider is not known here" in answer.text
    assert not Mailbox.objects.exists()
