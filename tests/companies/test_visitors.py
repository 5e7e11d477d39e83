"""Whose request it is when a proxy stands in between, and what login attempts count by."""

import ipaddress

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from companies import visitors
from companies.models import Membership

PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
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
def test_the_address_of_a_visitor_is_what_our_proxies_say(
    settings: Settings, rf: RequestFactory, remote: str, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    request = rf.post("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert visitors.address(request) == address


def test_forwarded_addresses_count_for_nothing_without_a_proxy(rf: RequestFactory) -> None:
    request = rf.post("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert visitors.address(request) == "127.0.0.1"


def test_wrong_passwords_from_one_address_lock_out_nobody_elsewhere(
    client: Client, settings: Settings, ada: Membership
) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    ada.user.set_password("a long enough phrase")
    ada.user.save()

    def log_in(login: str, origin: str) -> int:
        form = {"login": login, "password": "a long enough phrase"}
        headers = {"X-Forwarded-For": origin}
        return client.post("/login", form, headers=headers, REMOTE_ADDR="10.0.0.1").status_code

    for number in range(12):
        log_in(f"nobody{number}@acme.example", "198.51.100.1")
    assert log_in(ada.user.email, "203.0.113.5") == 302
