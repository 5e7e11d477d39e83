"""What each code means, what servers say in their own words, and what providers want."""

import pytest
from django.utils import translation
from pytest_django import Settings

from mailsettings import oauth
from mailsettings.encryption import UNREADABLE
from mailsettings.proofs.explanations import BY_CODE, Task, explain, refine
from mailsettings.proofs.explanations.said import translated

# The classes that reference and issue ask for.
ASKED_FOR = [
    *("dns_nxdomain", "dns_no_address", "blocked_private_address", "refused", "timeout_connect"),
    *("timeout_banner", "wrong_protocol", "port_is_imap", "tls_on_plain_port"),
    *("plain_on_tls_port", "tls_cert_name", "tls_cert_expired", "tls_cert_untrusted"),
    *("tls_version", "starttls_not_offered", "starttls_stripped", "auth_not_offered"),
    *(
        "auth_mech_unsupported",
        "auth_rejected",
        "auth_app_password_required",
        "auth_basic_disabled_tenant",
    ),
    *("auth_security_defaults", "auth_basic_retired", "auth_oauth_required", "auth_locked"),
    *("sender_refused", "sender_not_owned", "relay_denied", "recipient_refused"),
    *("quota_daily", "too_many_connections", "message_too_large", "mailbox_full"),
    *("folder_missing", "imap_disabled"),
]


def test_each_class_says_what_to_do_and_whose_task_it_is() -> None:
    assert set(ASKED_FOR) <= set(BY_CODE)
    fields = {"", "address", "host", "port", "encryption", "account", "password", "folder"}
    for code in BY_CODE.keys() - {"header_changed"}:
        found = explain(code)
        assert str(found.sentence).endswith("."), code
        assert found.advice, code
        assert found.task in Task, code
        assert found.field in fields, code
    unknown = explain("no_such_code", "Something new.")
    assert (unknown.sentence, unknown.task) == ("Something new.", Task.IT)


def test_it_is_asked_to_allow_addresses_only_where_somebody_has_said_which(
    settings: Settings,
) -> None:
    settings.OUTBOUND_ADDRESSES = ["192.0.2.7"]
    assert "they are named here" in str(explain("ip_not_allowed").advice[0])
    settings.OUTBOUND_ADDRESSES = []
    assert "Ask whoever runs this installation" in str(explain("ip_not_allowed").advice[0])


def test_what_was_written_down_in_english_is_said_in_the_readers_language() -> None:
    with translation.override("de"):
        said = translated("The server refused account and password. 535 5.7.8 no")
        assert said == "Der Server lehnt dieses Konto und Passwort ab. 535 5.7.8 no"
        assert translated("OSError: disk full") == "OSError: disk full"
        for written in (UNREADABLE, oauth.RECONNECT, "No password is stored for this account."):
            assert translated(f"{written} x") != f"{written} x"
            assert translated(f"{written} x").endswith(" x")
    assert translated("The server refused the command. no") == "The server refused the command. no"


# ---- servers' own words


@pytest.mark.parametrize(
    ("code", "reply", "refined"),
    [
        (
            "auth_rejected",
            "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy",
            "auth_security_defaults",
        ),
        (
            "auth_rejected",
            "550 5.7.30 Basic authentication is not supported for Client Submission",
            "auth_basic_retired",
        ),
        ("auth_rejected", "534 5.7.14 Please log in via your web browser", "auth_locked"),
        ("auth_rejected", "535 Too many failed login attempts", "auth_locked"),
        (
            "auth_rejected",
            "[ALERT] Application-specific password required",
            "auth_app_password_required",
        ),
        ("auth_rejected", "Your account is not enabled for IMAP use", "imap_disabled"),
        ("auth_rejected", "IMAP Zugriff ist nicht aktiviert", "imap_disabled"),
        (
            "auth_temporary",
            "432 4.3.2 STOREDRV; concurrent connections limit exceeded",
            "too_many_connections",
        ),
        (
            "sender_refused",
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            "sender_not_owned",
        ),
        ("recipient_refused", "550 5.7.1 Unable to relay", "relay_denied"),
        (
            "recipient_refused",
            "554 Service unavailable; blocked using zen.spamhaus.org",
            "ip_not_allowed",
        ),
        ("auth_rejected", "535 5.7.8 Username and Password not accepted", "auth_rejected"),
        ("tls_failed", "mailbox full", "tls_failed"),
    ],
)
def test_words_of_servers_say_more_than_the_step(code: str, reply: str, refined: str) -> None:
    assert refine(code, reply) == refined


@pytest.mark.parametrize(
    ("host", "word"),
    [
        ("mail.gmx.net", "GMX"),
        ("smtp.web.de", "WEB.DE"),
        ("securesmtp.t-online.de", "T-Online"),
        ("smtp.gmail.com", "Google"),
        ("smtp.mail.me.com", "iCloud"),
        ("smtp.ionos.de", "IONOS"),
    ],
)
def test_a_refused_login_adds_what_its_provider_wants(host: str, word: str) -> None:
    advice = explain("auth_rejected", "", "535 no", host).advice
    assert word in str(advice[0])
    assert len(advice) > len(BY_CODE["auth_rejected"].advice)


def test_a_stranger_gets_no_advice_of_a_provider() -> None:
    advice = explain("auth_rejected", "", "535 no", "smtp.notgmail.community").advice
    assert advice == BY_CODE["auth_rejected"].advice
