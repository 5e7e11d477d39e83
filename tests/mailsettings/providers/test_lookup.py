"""The provider table is consistent, and an address finds its provider by domain or by MX."""

from collections import Counter

import pytest

from mailsettings.providers import lookup
from mailsettings.providers.shape import MX_HOST, Password
from mailsettings.wire.net import MAIL_PORTS, Encryption


def test_the_table_knows_at_least_forty_providers() -> None:
    assert len({provider.name for provider in lookup.PROVIDERS}) >= 40


def test_no_domain_and_no_exchanger_belongs_to_two_providers() -> None:
    for names in (
        [domain for provider in lookup.PROVIDERS for domain in provider.domains],
        [suffix for provider in lookup.PROVIDERS for suffix in provider.mx],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_every_server_is_one_we_may_connect_to_under_tls() -> None:
    for provider in lookup.PROVIDERS:
        for server in filter(None, (provider.smtp, provider.imap)):
            assert server.port in MAIL_PORTS
            assert Encryption(server.encryption) is not Encryption.NONE
            assert server.host == MX_HOST or server.host.islower()


def test_who_takes_no_account_password_says_what_to_do() -> None:
    for provider in lookup.PROVIDERS:
        if provider.password in (Password.APP, Password.RETIRED, Password.NONE, Password.SEPARATE):
            assert provider.advice, provider.name


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("erika@gmx.de", "GMX"),
        ("erika@WEB.DE ", "WEB.DE"),
        ("erika@googlemail.com", "Google"),
        ("erika@hotmail.de", "Outlook.com"),
        ("erika@t-online.de", "Telekom (T-Online)"),
    ],
)
def test_a_provider_is_found_by_the_domain_of_the_address(address: str, name: str) -> None:
    assert lookup.by_address(address).name == name


def test_a_domain_of_a_customer_is_not_in_the_table() -> None:
    assert lookup.by_address("erika@muster.example") is None
    assert lookup.by_address("erika") is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("muster-example.mail.protection.outlook.com.", "Microsoft 365"),
        ("outlook-com.olc.protection.outlook.com.", "Outlook.com"),
        ("ASPMX.L.GOOGLE.COM.", "Google"),
        ("mx00.kundenserver.de.", "IONOS (1&1)"),
        ("smtpin.rzone.de.", "STRATO"),
    ],
)
def test_a_provider_is_found_by_the_mail_exchanger_of_the_domain(host: str, name: str) -> None:
    assert lookup.by_mx("muster.example", lambda _domain: [host]).name == name


def test_another_name_that_only_ends_alike_is_no_provider() -> None:
    assert lookup.by_mx("muster.example", lambda _domain: ["mx.notgoogle.com."]) is None


def test_a_hoster_with_a_machine_for_each_customer_gets_its_name_from_mx() -> None:
    found = lookup.by_mx("muster.example", lambda _domain: ["w01a2b3c.kasserver.com."])
    assert found.smtp.host == found.imap.host == "w01a2b3c.kasserver.com"


def test_the_user_name_is_the_local_part_where_the_provider_wants_it() -> None:
    icloud = lookup.by_address("erika@icloud.com")
    assert icloud
    assert icloud.smtp
    assert icloud.imap
    assert lookup.username(icloud.smtp, "erika@icloud.com") == "erika@icloud.com"
    assert lookup.username(icloud.imap, "erika@icloud.com") == "erika"
