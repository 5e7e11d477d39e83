"""EMAIL_URL in all its forms, and Django's own mails through the provider it names."""

from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from mailsettings import checks
from mailsettings.outbound import platform
from mailsettings.outbound.esp import CREDENTIALS, Esp
from mailsettings.wire import smtp
from tests.mailservers import SmtpServer

NONE, SSL, STARTTLS = smtp.Encryption.NONE, smtp.Encryption.SSL, smtp.Encryption.STARTTLS


@pytest.fixture(autouse=True)
def real_backend(settings: Any) -> None:
    """Django's test runner replaces the backend; these tests are about it."""
    settings.EMAIL_BACKEND = "mailsettings.outbound.platform.SystemMailBackend"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", smtp.Server("localhost", 25, NONE)),
        ("smtps://u:p@mx.example", smtp.Server("mx.example", 465, SSL, "u", "p")),
        ("submission://u:p@mx.example", smtp.Server("mx.example", 587, STARTTLS, "u", "p")),
        (
            "submission://jobs%40mx.example:p%3A%2F%C3%BC@[::1]:2525",
            smtp.Server("::1", 2525, STARTTLS, "jobs@mx.example", "p:/ü"),
        ),
    ],
)
def test_url_of_a_server(settings: Any, url: str, server: smtp.Server) -> None:
    settings.EMAIL_URL = url
    assert platform.provider() == server


def test_url_of_a_provider(settings: Any) -> None:
    settings.EMAIL_URL = "anymail+mailjet://key:s%2Fcret@?api_url=https://api.example/v3.1/"
    provider = platform.provider()
    assert isinstance(provider, Esp)
    assert dict(provider.options) == {
        "api_key": "key",
        "secret_key": "s/cret",
        "api_url": "https://api.example/v3.1/",
    }
    assert "cret" not in repr(provider)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mx.example", "must start with"),
        ("imap://u:s3cret@mx.example", "must start with"),
        ("smtp://u:s3cret@", "names no host"),
        ("smtp://u:s3cret@mx.example:mail", "is not a URL"),
        ("submission://u:s3cret/x@mx.example", "is not a URL"),
        ("anymail+pigeon://s3cret@", "unknown provider; known are brevo"),
        ("anymail+mailjet://s3cret@", "anymail\\+mailjet://api_key:secret_key@"),
        ("anymail+postal://s3cret@", "query, such as .*POSTAL_API_URL"),
    ],
)
def test_wrong_url_is_told_in_words_without_the_password(
    settings: Any, url: str, complaint: str
) -> None:
    settings.EMAIL_URL = url
    with pytest.raises(ImproperlyConfigured, match=complaint) as caught:
        platform.check()
    assert "s3cret" not in str(caught.value)
    (error,) = checks.check_email_url(None)
    assert error.id == "mailsettings.E001"


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
def test_every_provider_takes_its_credentials(settings: Any, name: str) -> None:
    credentials = ":".join(CREDENTIALS[name])
    api_url = "?api_url=https://api.example/" if name in ("postal", "unisender_go") else ""
    settings.EMAIL_URL = f"anymail+{name.replace('_', '-')}://{credentials}@{api_url}"
    assert checks.check_email_url(None) == []


def test_system_mail_leaves_by_the_platform(settings: Any, smtp_server: SmtpServer) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    sent = mail.send_mail("Grüße", "Hallo", None, ["Ada <ada@acme.example>"])
    (received,) = smtp_server.wait_for(1)
    assert sent == 1
    assert received.sender == "no-reply@recruiting.posthorn.example"
    assert received.recipients == ["ada@acme.example"]
    assert b"Subject: =?utf-8?" in received.raw


def test_system_mails_share_one_connection(settings: Any, smtp_server: SmtpServer) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{smtp_server.port}"
    messages = [mail.EmailMessage("Hi", "…", to=["ada@acme.example"]) for _ in range(2)]
    messages.append(mail.EmailMessage("For nobody", "…"))
    assert mail.get_connection().send_messages(messages) == 2
    assert smtp_server.connections == 1


def test_failure_reaches_the_caller_unless_asked_to_be_silent(settings: Any) -> None:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    with pytest.raises(smtp.SendError):
        mail.send_mail("Hi", "…", None, ["ada@acme.example"])
    assert mail.send_mail("Hi", "…", None, ["ada@acme.example"], fail_silently=True) == 0
