"""Domains as rows: who asks, what is stored, and when we may speak for one."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import Mailbox, OutgoingMail, SenderDomain
from mailsettings.outbound import senders
from mailsettings.proofs import domains
from mailsettings.wire.dns import DnsError, Resolver
from tests import factories
from tests.mailsettings.proofs.test_dnsadvice import World, google


@pytest.fixture
def domain(company: Company, settings: Any) -> SenderDomain:
    settings.DKIM_SELECTORS = ["ph1", "ph2"]
    settings.RECRUITING_DOMAIN = "in.posthorn.example"
    factories.MailboxFactory(
        company=company, address="Jobs@Acme.example", smtp_host="", use_for_sending=False
    )
    return SenderDomain.objects.create(company=company, name="acme.example")


def published(domain: SenderDomain) -> World:
    world = google(**{"_posthorn.acme.example": [f"posthorn-verification={domain.token}"]})
    world.aliases = {
        f"{one}._domainkey.acme.example": f"{one}._domainkey.in.posthorn.example"
        for one in ("ph1", "ph2")
    }
    return world


def look(domain: SenderDomain, world: World) -> SenderDomain:
    SenderDomain.objects.update(next_check_at=timezone.now() - timedelta(seconds=1))
    assert domains.run_due(lambda: world) == 1
    domain.refresh_from_db()
    return domain


def test_the_page_asks_and_a_worker_answers(
    client: Client, ada: Membership, domain: SenderDomain
) -> None:
    SenderDomain.objects.update(next_check_at=timezone.now() + timedelta(hours=20))
    client.force_login(ada.user)
    client.post(reverse("mailsettings:domains-check"))
    page = client.get(reverse("mailsettings:email-settings")).content.decode()
    assert "Being checked." in page
    pages: list[str] = []

    def resolver() -> Resolver:
        pages.append(client.get(reverse("mailsettings:email-settings")).text)
        return google()

    assert domains.run_due(resolver) == 1
    assert "Being checked." in pages[0], "also while a worker is at it"
    page = client.get(reverse("mailsettings:email-settings")).content.decode()
    assert "DKIM keys are published: google." in page
    assert 'hx-select="#domain-now"' not in page


def test_a_due_domain_is_checked_by_one_worker(domain: SenderDomain) -> None:
    assert [domains.run_due(google) for _ in range(2)] == [1, 0]


def test_a_machine_without_name_servers_could_not_check(domain: SenderDomain) -> None:
    def offline() -> Resolver:
        raise DnsError

    assert domains.run_due(offline) == 1
    domain.refresh_from_db()
    assert {finding["tone"] for finding in domain.findings} == {"unknown"}


def test_published_records_verify_and_we_send_from_the_address(
    domain: SenderDomain, company: Company
) -> None:
    before = senders.resolve(company, None)
    assert (before.level, before.address) == ("platform", company.recruiting_address)
    assert look(domain, published(domain)).verified_at
    after = senders.resolve(company, None)
    assert (after.address, after.mailbox, after.level) == ("Jobs@Acme.example", None, "company")


def test_a_domain_that_only_ends_alike_is_not_spoken_for(
    domain: SenderDomain, company: Company
) -> None:
    SenderDomain.objects.update(name="me.example", verified_at=timezone.now())
    assert senders.resolve(company, None).level == "platform"


@pytest.mark.parametrize("missing", ["_posthorn.acme.example", "ph2._domainkey.acme.example"])
def test_one_missing_record_is_not_enough_and_ends_a_verification(
    domain: SenderDomain, ada: Membership, ben: Membership, missing: str
) -> None:
    SenderDomain.objects.update(verified_at=timezone.now())
    domain.refresh_from_db()
    world = published(domain)
    world.texts.pop(missing, None)
    world.aliases.pop(missing, None)
    assert [look(domain, world).verified_at for _ in range(2)] == [None, None]
    told = OutgoingMail.objects.filter(subject__contains="no longer verified")
    assert [one.address for mail in told for one in mail.recipients.all()] == [ada.user.email]


def test_records_that_vanish_are_told_on_every_page_until_they_are_back_or_given_up(
    client: Client, domain: SenderDomain, ada: Membership, ben: Membership
) -> None:
    page, home = reverse("mailsettings:email-settings"), reverse("recruiting:home")
    SenderDomain.objects.update(verified_at=timezone.now())
    domain.refresh_from_db()
    whole = published(domain)
    look(domain, google())
    assert domain.next_check_at - timezone.now() < timedelta(hours=2), "they are looked for soon"
    client.force_login(ben.user)
    assert "Mail does not leave in the name of acme.example since" in client.get(home).text
    client.force_login(ada.user)
    assert "Mail does not leave in the name of acme.example since" in client.get(home).text
    assert "are gone since" in client.get(page).text
    look(domain, whole)
    assert "Mail does not leave in the name" not in client.get(home).text
    look(domain, google())
    Mailbox.objects.update(use_for_sending=True, smtp_host="smtp.acme.example")
    assert "Mail does not leave in the name" not in client.get(home).text, (
        "a server of its own sends"
    )
    Mailbox.objects.update(use_for_sending=False, smtp_host="")
    client.post(reverse("mailsettings:domain-forget", args=[domain.pk]))
    assert "Mail does not leave in the name" not in client.get(home).text
    assert "are gone since" not in client.get(page).text
    look(domain, google())
    domain.refresh_from_db()
    assert domain.failing_since is None, "what was given up stays so"


def test_silence_of_dns_ends_no_verification(domain: SenderDomain) -> None:
    SenderDomain.objects.update(verified_at=timezone.now())
    domain.refresh_from_db()
    world = published(domain)
    world.silent = {"_posthorn.acme.example"}
    assert look(domain, world).verified_at


def test_another_companys_token_verifies_nothing(domain: SenderDomain, cleo: Membership) -> None:
    other = SenderDomain.objects.create(company=cleo.company, name="acme.example")
    world = published(domain)
    SenderDomain.objects.filter(pk=domain.pk).delete()
    assert look(other, world).verified_at is None


def test_a_button_pressed_again_asks_dns_no_more_often(
    client: Client, ada: Membership, domain: SenderDomain
) -> None:
    look(domain, google())
    client.force_login(ada.user)
    for checked, due in ((timezone.now(), 0), (timezone.now() - timedelta(minutes=1), 1)):
        an_hour_ago = checked - timedelta(hours=1)
        next_check = an_hour_ago + timedelta(days=1)
        SenderDomain.objects.update(checked_at=checked, next_check_at=next_check)
        client.post(reverse("mailsettings:domains-check"))
        assert domains.run_due(google) == due


def test_a_recruiter_may_not_ask_for_a_check(
    client: Client, ben: Membership, domain: SenderDomain
) -> None:
    client.force_login(ben.user)
    assert client.post(reverse("mailsettings:domains-check")).status_code == 403
