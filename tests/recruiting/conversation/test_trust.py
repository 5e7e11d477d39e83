"""A forged sender: our own receiver's verdict is shown with the message, nobody else's is believed."""

import pytest
from django.test import Client
from pytest_django import Settings

from companies.models import Membership
from mailsettings.mime.trace import list_failed
from recruiting.conversation.receiving import intake
from recruiting.models import Application, Message
from tests import factories

FORGED = b"Authentication-Results: mx.evil.example; spf=pass; dkim=pass; dmarc=pass\r\n"


@pytest.mark.parametrize(
    ("said", "is_redirected", "failed"),
    [
        ("dmarc=fail spf=pass", False, "dmarc"),
        ("dmarc=fail arc=pass", True, ""),
        ("dmarc=fail arc=pass", False, "dmarc"),
        ("spf=fail dkim=pass", False, ""),
        ("spf=fail", True, ""),  # as every redirect makes it
        ("spf=softfail dkim=fail", False, "spf dkim"),
        ("spf=fail dkim=fail", True, "dkim"),
        ("spf=pass dkim=fail", False, ""),
        ("spf=fail dmarc=pass", False, ""),
        ("spf=none dkim=none dmarc=none", False, ""),
        ("spf=temperror", False, ""),
    ],
)
def test_only_what_speaks_against_the_sender_counts(
    said: str, is_redirected: bool, failed: str
) -> None:
    results = dict(word.split("=") for word in said.split())
    assert list_failed(results, is_redirected=is_redirected) == failed.split()


def test_a_mail_that_fails_at_our_receiver_says_so_in_the_conversation(
    application: Application, ben: Membership, client: Client, settings: Settings
) -> None:
    settings.AUTHSERV_IDS = ["mx.posthorn.example"]
    ours = b"Authentication-Results: mx.posthorn.example; spf=fail; dkim=none; dmarc=fail\r\n"
    company = application.position.company
    for number, above in enumerate((FORGED + ours, ours.replace(b"=fail", b"=pass"), FORGED)):
        mail = factories.raw_mail(Message_ID=f"<{number}@mail.example>")
        factories.DeliveryFactory(company=company, content=above + mail)
    intake.file_received()
    failed, passed, unknown = Message.objects.order_by("pk")
    assert failed.failed_checks == "DMARC"
    assert failed.authentication == {"spf": "fail", "dkim": "none", "dmarc": "fail"}
    assert (passed.failed_checks, passed.authentication["dmarc"]) == ("", "pass")
    assert (unknown.failed_checks, unknown.authentication) == ("", {})
    client.force_login(ben.user)
    page = client.get(f"/applications/{application.pk}/").text
    assert page.count("The sender may be forged.") == 1
