"""Rules and fixtures for every test: stay on this machine, skip with a reason, use real servers."""

import asyncio
import ipaddress
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import Playwright

from tests.servers import certs, places, world
from tests.servers.certs import Certificate
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.world import World

pytest_plugins = ["tests.fixtures"]

MAIL_DOMAIN = "example.test"  # local to the mail servers
SKIPS_ARE_FORBIDDEN = os.environ.get("FORBID_SKIPS") == "1"

# ---- nobody leaves this machine

departures: list[str] = []


def _is_here(address: object) -> bool:
    """Whether a socket address is this machine: a Unix socket, ``localhost`` or a loopback IP."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _watch_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and not _is_here(arguments[1]):
        departures.append(str(arguments[1]))
        raise PermissionError(f"tests talk to this machine only, not to {arguments[1]}")


sys.addaudithook(_watch_sockets)


@pytest.fixture(autouse=True)
def stay_here() -> Iterator[None]:
    """Fail the test that connected to another machine, even if its code survived the refusal."""
    departures.clear()
    yield
    assert departures == [], "tests talk to this machine only"


@pytest.fixture(scope="session", autouse=True)
def state_directory() -> Iterator[None]:
    """Where this run keeps its files."""
    settings.STATE_DIR.mkdir(exist_ok=True)
    yield
    shutil.rmtree(settings.STATE_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """No test finds what another one left in the cache, such as a used-up rate limit."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def fresh_storage() -> Iterator[None]:
    """No test finds files of another, whose rows were rolled back: to us they are what a crash left."""
    yield
    shutil.rmtree(settings.STATE_DIR / "files", ignore_errors=True)


LONGEST = ("tests/e2e/", "tests/ats/test_up.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest and mostly waits, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


# ---- skips


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if SKIPS_ARE_FORBIDDEN and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"FORBID_SKIPS=1 and this was skipped. {reason}"


@contextmanager
def _skip_where_absent() -> Iterator[None]:
    try:
        yield
    except places.Absent as reason:
        pytest.skip(str(reason))


# ---- servers, one of each for a whole (worker's) run


@pytest.fixture(scope="session")
def certificate() -> Iterator[Certificate]:
    """A certificate for localhost; who shall trust it sets ``SSL_CERT_FILE`` to its authority."""
    with places.directory("certs") as folder:
        yield certs.make(folder)


@pytest.fixture(scope="session")
def session_world() -> Iterator[World]:
    with _skip_where_absent(), world.run(domains=[MAIL_DOMAIN]) as servers:
        yield servers


@pytest.fixture
def mail_world(session_world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Dovecot and Postfix, wired, for ``example.test`` and trusted by this test.

    They live as long as the run, so every test adds users of its own (``mail_world.dovecot.add``).
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(session_world.certificate.authority))
    return session_world


@pytest.fixture
def dovecot(mail_world: World) -> Dovecot:
    return mail_world.dovecot


@pytest.fixture
def postfix(mail_world: World) -> Postfix:
    return mail_world.postfix


# ---- the browser


playwright_loop: asyncio.AbstractEventLoop | None = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Show the event loop that Playwright keeps running in this thread to the tests that play with it only.

    Django has a connection of its own for a thread with a running loop, so one that appears between two
    fixtures splits a test's database in two; and nobody closes it when the loop is gone.
    """
    plays = "playwright" in getattr(item, "fixturenames", ())
    asyncio.events._set_running_loop(playwright_loop if plays else None)
    try:
        return (yield)
    finally:
        if plays:
            connections.close_all()


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """Playwright, whose loop runs again when it is stopped, whichever test is the last one."""
    global playwright_loop  # noqa: PLW0603 -- a hook cannot ask for a fixture
    playwright_loop = asyncio.get_running_loop()
    yield playwright
    asyncio.events._set_running_loop(playwright_loop)
    playwright_loop = None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a downloaded one, with no way to another machine."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed (apt install chromium)")
    # the browser's event loop makes Django believe that the whole test is asynchronous
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    local = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
    switches = "no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": [
            *(f"--{switch}" for switch in switches.split()),
            "--disable-component-update",
            "--disable-sync",
            f"--host-resolver-rules={local}",
        ],
    }
