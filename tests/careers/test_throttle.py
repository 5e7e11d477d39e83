"""One hundred applications a minute for one client address, whoever it says it is."""

import ipaddress
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client
from pytest_django import Settings
from time_machine import TimeMachineFixture

from careers.receiving import throttle
from tests.careers.conftest import URL, Post


@pytest.fixture
def limit(settings: Settings) -> int:
    settings.APPLICATIONS_PER_MINUTE = 3
    return 3


def proxied(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


def test_limit_answers_429_with_a_time_to_wait(
    post: Post, client: Client, limit: int, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-11-22 12:00:00Z", tick=False)
    answers = [post(email=f"mia{n}@mail.example").status_code for n in range(limit)]
    assert answers == [200] * limit
    response = post()
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert response.content == (
        b'{"success":false,"error":'
        b'{"message":"Too many applications from this address, please try again later."}}'
    )
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.post(URL, {}, REMOTE_ADDR="192.0.2.9").status_code == 400


def test_window_slides(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-22 12:00:50Z", tick=False)
    assert [throttle.count("x", 2) for _ in range(3)] == [0, 0, 60]
    time_machine.shift(30)
    assert throttle.count("x", 2) == 30
    assert throttle.count("y", 2) == 0
    time_machine.shift(30)
    assert [throttle.count("x", 2) for _ in range(2)] == [0, 0]
    time_machine.shift(59)
    assert throttle.count("x", 2) == 1
    time_machine.shift(1)
    assert throttle.count("x", 2) == 0


def test_of_many_at_once_as_many_pass_as_may(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to("2026-11-22 12:00:00Z", tick=False)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: throttle.count("x", 20), range(100)))
    assert waits.count(0) == 20


def test_limit_counts_an_ipv6_site_as_one(client: Client, limit: int, db: None) -> None:
    sites = ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3", "2001:db8:1:2::4"]
    codes = [client.post(URL, {}, REMOTE_ADDR=address).status_code for address in sites]
    assert codes == [400, 400, 400, 429]


def test_preflights_are_not_counted(client: Client, limit: int, db: None) -> None:
    assert {client.options(URL).status_code for _ in range(limit + 2)} == {204}
