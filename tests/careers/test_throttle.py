"""One hundred applications a minute for one client address, whoever it says it is."""

import ipaddress

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from careers import throttle
from tests.careers.conftest import URL, Post


@pytest.fixture
def limit(settings: Settings) -> int:
    settings.APPLICATIONS_PER_MINUTE = 3
    return 3


def proxied(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


def test_limit_answers_429_with_a_time_to_wait(post: Post, client: Client, limit: int) -> None:
    answers = [post(email=f"mia{n}@mail.example").status_code for n in range(limit)]
    assert answers == [200] * limit
    response = post()
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.post(URL, {}, REMOTE_ADDR="192.0.2.9").status_code == 400


def test_limit_counts_an_ipv6_site_as_one(client: Client, limit: int, db: None) -> None:
    sites = ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3", "2001:db8:1:2::4"]
    codes = [client.post(URL, {}, REMOTE_ADDR=address).status_code for address in sites]
    assert codes == [400, 400, 400, 429]


def test_preflights_are_not_counted(client: Client, limit: int, db: None) -> None:
    assert {client.options(URL).status_code for _ in range(limit + 2)} == {204}


@pytest.mark.parametrize(
    ("remote", "forwarded", "client_address"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "rubbish", "rubbish"),
    ],
)
def test_client_address_trusts_our_proxies_only(
    settings: Settings, remote: str, forwarded: str, client_address: str
) -> None:
    proxied(settings)
    request = RequestFactory().post(URL, REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert throttle.client_address(request) == client_address


def test_forwarded_addresses_count_for_nothing_without_a_proxy(rf: RequestFactory) -> None:
    request = rf.post(URL, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert throttle.client_address(request) == "127.0.0.1"
