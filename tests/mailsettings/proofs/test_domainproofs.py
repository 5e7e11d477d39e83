"""The daily proof: what leaves, what our receiver says of it, and who hears when it fails."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.inbound import routing, spool
from mailsettings.inbound.proving import judge
from mailsettings.models import Delivery, DomainProof, OutgoingMail, SenderDomain
from mailsettings.outbound import outbox
from mailsettings.proofs import domainproofs
from tests import factories
from tests.mailservers import ReceivedMail, SmtpServer

BELIEVED = "spf=pass smtp.mailfrom=in.posthorn.example; dkim=pass header.d=acme.example; dmarc=pass"


@pytest.fixture
def domain(company: Company, smtp_server: SmtpServer, settings: Any) -> SenderDomain:
    """A verified domain, of whose two addresses the main company's speaks; the provider is on loopback."""
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    settings.DKIM_SELECTORS = ["ph1"]
    settings.RECRUITING_DOMAIN = "in.posthorn.example"
    settings.AUTHSERV_IDS = ["in.posthorn.example"]
    berlin = factories.SubcompanyFactory(company=company)
    for subcompany, address in ((berlin, "berlin@acme.example"), (None, "Jobs@acme.example")):
        factories.MailboxFactory(
            company=company, subcompany=subcompany, address=address, smtp_host=""
        )
    return SenderDomain.objects.create(
        company=company, name="acme.example", verified_at=timezone.now()
    )


def prove(domain: SenderDomain, smtp_server: SmtpServer) -> ReceivedMail:
    """Let a day pass and return the mail that the provider took."""
    before = len(smtp_server.mails)
    SenderDomain.objects.update(next_proof_at=timezone.now() - timedelta(minutes=1))
    assert [domainproofs.run_due() for _ in range(2)] == [1, 0]
    outbox.deliver_due()
    return smtp_server.wait_for(before + 1)[-1]


def arrive(mail: ReceivedMail, said: str, by: str = "in.posthorn.example") -> None:
    raw = f"Authentication-Results: {by}; {said}\r\n".encode() + mail.raw
    spool.store("smtp", raw, envelope_sender=mail.sender, envelope_recipients=mail.recipients)
    routing.route_received()
    domainproofs.run_due()


def told() -> list[str]:
    found = OutgoingMail.objects.filter(subject__contains="proof of your domain failed")
    return [one.address for mail in found for one in mail.recipients.all()]


def test_a_domain_is_proven_each_day_and_a_failure_is_told_once_until_it_is_healed(
    domain: SenderDomain, smtp_server: SmtpServer, client: Client, ada: Membership
) -> None:
    mail = prove(domain, smtp_server)
    assert b"From: Acme GmbH <Jobs@acme.example>" in mail.raw
    assert mail.sender == "acme-jobs@in.posthorn.example"  # SPF is asked about our own domain
    assert mail.recipients == ["acme-jobs+proof@in.posthorn.example"]
    arrive(mail, BELIEVED)
    proof = domain.proofs.get()
    assert (proof.state, proof.results["dkim"]) == ("passed", "pass")
    assert Delivery.objects.get().state == "ignored"

    for _ in range(2):
        arrive(prove(domain, smtp_server), "spf=pass; dkim=fail (bad key); dmarc=fail")
    domain.refresh_from_db()
    assert domain.failing_since
    assert told() == [ada.user.email]
    client.force_login(ada.user)
    page = client.get(reverse("mailsettings:email-settings")).content.decode()
    assert "Neither SPF nor DKIM vouched for the address in From." in page

    arrive(prove(domain, smtp_server), BELIEVED)
    domain.refresh_from_db()
    assert domain.failing_since is None


def test_only_our_own_receiver_is_believed(domain: SenderDomain, smtp_server: SmtpServer) -> None:
    arrive(prove(domain, smtp_server), BELIEVED, by="mx.forger.example")
    proof = domain.proofs.get()
    assert (proof.state, proof.code, proof.results) == ("unclear", "said_nothing", {})
    domain.refresh_from_db()
    assert domain.failing_since is None


def test_a_proof_that_does_not_arrive_fails_and_a_late_one_heals_it(
    domain: SenderDomain, smtp_server: SmtpServer
) -> None:
    mail = prove(domain, smtp_server)
    DomainProof.objects.update(started_at=timezone.now() - timedelta(hours=2))
    domainproofs.run_due()
    domain.refresh_from_db()
    assert domain.failing_since
    assert domain.proofs.get().code == "not_arrived"
    arrive(mail, BELIEVED)
    domain.refresh_from_db()
    assert domain.failing_since is None


def test_the_button_proves_a_verified_domain_once_a_minute(
    domain: SenderDomain, client: Client, ada: Membership, ben: Membership
) -> None:
    SenderDomain.objects.update(next_proof_at=timezone.now() + timedelta(days=1))
    client.force_login(ada.user)
    url = reverse("mailsettings:domain-prove", args=[domain.pk])
    for begun in (1, 0):
        client.post(url)
        assert domainproofs.run_due() == begun
    client.force_login(ben.user)
    assert client.post(url).status_code == 403
    SenderDomain.objects.update(verified_at=None)
    DomainProof.objects.all().delete()
    domain.refresh_from_db()
    assert not domainproofs.ask(domain, by=ada)


@pytest.mark.parametrize(
    ("said", "state", "code"),
    [
        ({"spf": "pass", "dkim": "pass", "dmarc": "none"}, "passed", ""),
        ({"spf": "none", "dkim": "pass"}, "passed", ""),
        ({"spf": "softfail", "dkim": "pass", "dmarc": "pass"}, "failed", "spf"),
        ({"spf": "pass", "dkim": "none", "dmarc": "pass"}, "failed", "dkim"),
        ({"spf": "pass", "dkim": "temperror"}, "unclear", "said_too_little"),
        ({}, "unclear", "said_nothing"),
    ],
)
def test_what_a_receiver_says_is_judged(said: dict[str, str], state: str, code: str) -> None:
    assert judge(said) == (state, code)
