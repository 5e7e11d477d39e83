"""Results of tests go to the earlier ones when what they are about is replaced, disconnected or not saved."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import Mailbox, ProbeRun, Proof
from mailsettings.models.probes import TESTED
from tests import factories
from tests.mailsettings.test_views import FORM, MAIN, PAGE

PERSONAL = reverse("mailsettings:personal")
Kind, State = ProbeRun.Kind, ProbeRun.State


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


def run_of(mailbox: Mailbox, kind: ProbeRun.Kind, state: str, **other: str) -> ProbeRun:
    """A test of ``mailbox``, of ``other`` settings where they were typed and not saved."""
    is_mail = kind == Kind.ROUND_TRIP
    settings = {name: getattr(mailbox, name) for name in TESTED}
    step = {"name": "login", "ok": state == State.PASSED, "code": "auth_rejected", "ms": 12}
    return ProbeRun.objects.create(
        company=mailbox.company,
        mailbox=mailbox,
        kind=kind,
        state=state,
        address=mailbox.address if is_mail else "smtp.acme.example:587",
        steps=[] if is_mail else [{**step, "message": "", "reply": "535 5.7.8 no"}],
        tested=other if is_mail else settings | other,
        finished_at=timezone.now(),
    )


def current(client: Client, page: str = PAGE) -> set[ProbeRun]:
    """The tests the page shows as those that count; each other one is among the earlier."""
    context = client.get(page).context
    shown = {test["run"] for test in context["tests"]}
    assert {test["run"] for test in context["earlier"]} == set(ProbeRun.objects.all()) - shown
    return shown


def test_after_disconnecting_no_test_of_the_deleted_servers_counts(
    desk: Client, mailbox: Mailbox
) -> None:
    failed = run_of(mailbox, Kind.SMTP, State.FAILED)
    draft = run_of(mailbox, Kind.IMAP, State.PASSED, imap_host="imap.acme.example")
    there_and_back = run_of(mailbox, Kind.ROUND_TRIP, State.PASSED, server="smtp.acme.example")
    assert current(desk) == {failed, draft, there_and_back}
    assert "This works, and is not saved yet" in desk.get(PAGE).text
    desk.post(reverse("mailsettings:mailbox-disconnect", args=[mailbox.pk]))
    assert current(desk) == set()
    html = desk.get(PAGE).text
    assert "data-blamed" not in html
    assert "not saved yet" not in html
    assert "not saved yet" not in desk.get(reverse("mailsettings:test-run", args=[draft.pk])).text


def test_a_result_counts_until_what_it_is_about_is_replaced(desk: Client, mailbox: Mailbox) -> None:
    desk.post(MAIN, FORM)
    mailbox.refresh_from_db()
    redirect = run_of(mailbox, Kind.ROUND_TRIP, State.PASSED)
    draft = run_of(mailbox, Kind.SMTP, State.PASSED, smtp_host="other.acme.example")
    assert current(desk) == {redirect, draft}
    desk.post(MAIN, {**FORM, "smtp_password": "", "per_minute_limit": "12"})
    assert current(desk) >= {redirect}, "its address is the same"
    assert draft not in current(desk), "its values were given up"
    failed = run_of(mailbox, Kind.SMTP, State.FAILED)
    assert failed in current(desk)
    assert "Test failed" in desk.get(PAGE).text
    desk.post(MAIN, {**FORM, "smtp_password": "the right one"})
    assert failed not in current(desk), "another password is another test"
    assert redirect in current(desk)
    desk.post(MAIN, {**FORM, "smtp_password": "", "address": "work@acme.example"})
    assert redirect not in current(desk)


@pytest.fixture
def own(ada: Membership) -> Mailbox:
    return factories.MailboxFactory(
        company=ada.company,
        user=ada.user,
        address="ada@gmx.de",
        smtp_host="mail.gmx.net",
        smtp_port=2525,
        smtp_encryption="ssl",
        smtp_account="ada@gmx.de",
        imap_host="imap.gmx.net",
    )


def test_a_members_own_account_does_not_keep_results_of_what_was_replaced_either(
    desk: Client, own: Mailbox
) -> None:
    failed = run_of(own, Kind.SMTP, State.FAILED)
    assert "data-blamed" in desk.get(PERSONAL).text
    form = {"address": "ada@gmx.de", "smtp_host": "mail.gmx.net", "smtp_port": "2525"}
    imap = {"imap_host": "imap.gmx.net", "imap_port": "993"}
    desk.post(PERSONAL, form | imap | {"uses_tls": "on"})
    own.refresh_from_db()
    assert own.smtp_encryption == "starttls"
    assert failed not in current(desk, PERSONAL)
    assert "data-blamed" not in desk.get(PERSONAL).text
    passed = run_of(own, Kind.SMTP, State.PASSED)
    assert passed in current(desk, PERSONAL)
    desk.post(reverse("mailsettings:personal-disconnect"))
    assert current(desk, PERSONAL) == set()


def test_the_badge_of_a_members_own_account_says_only_what_is_proven(
    desk: Client, own: Mailbox
) -> None:
    def badge() -> str:
        html = " ".join(desk.get(PERSONAL).text.split())
        return html.partition('id="account-now"')[2].partition("</header>")[0]

    def prove(kind: ProbeRun.Kind) -> Proof:
        return own.proofs.create(
            company=own.company, kind=kind, target="gmx", proven_at=timezone.now()
        )

    assert "not tested" in badge()
    smtp = prove(Kind.SMTP)
    assert "not tested" in badge(), "nobody knows whether answers can be read"
    prove(Kind.IMAP)
    assert "works" in badge()
    run_of(own, Kind.SMTP, State.FAILED, smtp_host="typo.gmx.net")
    assert "works" in badge(), "what is stored was not tried"
    run_of(own, Kind.SMTP, State.FAILED)
    assert "Test failed" in badge()
    smtp.failing_since = timezone.now()
    smtp.save()
    assert "fails since" in badge()
    desk.post(reverse("mailsettings:personal-disconnect"))
    assert "badge" not in badge()
