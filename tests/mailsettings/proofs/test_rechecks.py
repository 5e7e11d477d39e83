"""The daily check: what it looks at, when it tells people, and when it falls silent again."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings import mailboxes
from mailsettings.models import Mailbox, OutgoingMail, ProbeRun, Proof
from mailsettings.proofs import probe, rechecks, roundtrip, runs
from tests.mailservers import SmtpServer


@pytest.fixture
def proof(mailbox: Mailbox, ada: Membership) -> Proof:
    """The mailbox's server, proven by a test."""
    check(probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada).pk)
    rechecks.settle()
    return Proof.objects.get(mailbox=mailbox, kind="smtp")


def check(run_id: int) -> None:
    probe.perform(run_id)


def pass_a_day() -> None:
    """Make every proof due and settle what its check found."""
    Proof.objects.update(next_check_at=timezone.now() - timedelta(minutes=1))
    rechecks.run_due(wake=check)
    rechecks.settle()


def fails(proof: Proof) -> bool:
    return Proof.objects.failing().filter(pk=proof.pk).exists()


def told() -> set[str]:
    queued = OutgoingMail.objects.filter(subject__contains="stopped working", mailbox=None)
    return {
        address for mail in queued for address in mail.recipients.values_list("address", flat=True)
    }


def test_a_test_that_passed_is_due_again_after_about_a_day(proof: Proof) -> None:
    wait = proof.next_check_at - timezone.now()
    assert timedelta(hours=21) < wait < timedelta(hours=27)
    assert proof.failing_since is None


def test_a_due_check_is_begun_by_one_worker(proof: Proof) -> None:
    Proof.objects.update(next_check_at=timezone.now() - timedelta(minutes=1))
    woken: list[int] = []
    assert [rechecks.run_due(wake=woken.append) for _ in range(2)] == [1, 0]
    assert ProbeRun.objects.filter(is_automatic=True).count() == len(woken) == 1


def test_what_breaks_is_told_once_to_those_who_can_repair_it(
    proof: Proof, smtp_server: SmtpServer, ada: Membership, ben: Membership
) -> None:
    smtp_server.mail = "550 not you"
    for _ in range(2):
        pass_a_day()
    proof.refresh_from_db()
    assert proof.failing_since is not None
    assert told() == {ada.user.email}
    assert OutgoingMail.objects.filter(subject__contains="stopped working").count() == 1


def test_the_banner_stands_until_it_works_again(
    proof: Proof, smtp_server: SmtpServer, client: Client, ada: Membership, ben: Membership
) -> None:
    smtp_server.mail = "550 not you"
    pass_a_day()
    for member, word in ((ada, "Repair</a>"), (ben, "Can be repaired by: Ada.")):
        client.force_login(member.user)
        page = client.get(reverse("recruiting:home")).content.decode()
        assert f"{proof.mailbox.address} ({proof.target}) fails since" in page
        assert word in page
    smtp_server.mail = "250 2.1.0 Ok"
    pass_a_day()
    client.force_login(ada.user)
    page = client.get(reverse("mailsettings:email-settings")).content.decode()
    assert "fails since" not in page
    assert "works" in page


def test_a_redirect_that_broke_is_noticed_and_a_late_arrival_heals_it(
    mailbox: Mailbox, ada: Membership
) -> None:
    now = timezone.now()
    proof = Proof.objects.create(
        company=mailbox.company,
        mailbox=mailbox,
        kind="round_trip",
        target=mailbox.address,
        proven_at=now - timedelta(days=1),
    )
    rechecks.run_due(wake=check)
    run = ProbeRun.objects.get(is_automatic=True)
    ProbeRun.objects.update(started_at=now - runs.PATIENCE[ProbeRun.Kind.ROUND_TRIP] * 2)
    rechecks.settle()
    assert not fails(proof), "our own mail has not left yet"
    OutgoingMail.objects.filter(pk=run.outgoing.pk).update(state="sent")
    rechecks.settle()
    assert fails(proof)
    ProbeRun.objects.update(state="passed", finished_at=timezone.now())
    rechecks.settle()
    assert not fails(proof)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"smtp_host": "other.example"}, {"round_trip", "imap"}),
        ({"imap_folder": "Jobs"}, {"smtp", "round_trip"}),
        ({"address": "new@acme.example"}, {"imap"}),
        ({"use_for_sending": False}, {"smtp", "imap", "round_trip"}),
    ],
)
def test_another_address_or_server_has_to_be_proven_anew(
    mailbox: Mailbox, ada: Membership, change: dict[str, Any], left: set[str]
) -> None:
    mailbox.use_for_sending = True
    mailbox.save()
    for kind in ProbeRun.Kind.values:
        mailbox.proofs.create(
            company=mailbox.company, kind=kind, target="x", proven_at=timezone.now()
        )
    mailboxes.change(mailbox.company, mailbox.subcompany, change, by=ada)
    assert set(mailbox.proofs.values_list("kind", flat=True)) == left


def test_a_test_of_settings_that_are_not_in_use_proves_nothing(
    mailbox: Mailbox, company: Company, ada: Membership
) -> None:
    run = roundtrip.start(mailbox, by=ada)
    ProbeRun.objects.filter(pk=run.pk).update(
        state="passed", finished_at=timezone.now(), address="former@acme.example"
    )
    rechecks.settle()
    assert not Proof.objects.exists()


def test_a_personal_mailbox_that_broke_concerns_its_user_only(
    mailbox: Mailbox, smtp_server: SmtpServer, client: Client, ada: Membership, ben: Membership
) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(user=ben.user)
    mailbox.refresh_from_db()
    check(probe.start(mailbox, ProbeRun.Kind.SMTP, by=ben).pk)
    rechecks.settle()
    smtp_server.mail = "550 not you"
    pass_a_day()
    assert told() == {ben.user.email}
    for member, seen in ((ada, False), (ben, True)):
        client.force_login(member.user)
        page = client.get(reverse("recruiting:home")).content.decode()
        assert ("fails since" in page) is seen


def test_what_was_typed_and_then_saved_is_proven_by_the_stored_password(
    mailbox: Mailbox, smtp_server: SmtpServer, ada: Membership
) -> None:
    smtp_server.accounts = {"anna": "typed"}
    mailbox.smtp_account = "anna"
    check(probe.start(mailbox, ProbeRun.Kind.SMTP, by=ada, secret="typed").pk)
    rechecks.run_due(wake=check)
    assert not Proof.objects.exists(), "nothing of it is saved"
    mailboxes.change(
        mailbox.company,
        mailbox.subcompany,
        {"smtp_account": "anna", "smtp_password": "typed"},
        by=ada,
    )
    rechecks.run_due(wake=check)
    rechecks.settle()
    assert Proof.objects.get().failing_since is None
    assert ProbeRun.objects.filter(is_automatic=True, state="passed").count() == 1
