"""``make screenshots``: every page of the demo company at three widths, light and dark, and what is wrong with it.

Whatever a link leads to is found by itself, one set of pictures a route; what needs a click is named in STATES.
Each page is held to what every page owes (see ``looks``). The pictures go to ``var/screenshots``; with words
(``python -m tests.screenshots board thread``) only pages whose names contain one of them are looked at.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from tests import looks

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "screenshots"
PATIENCE = 60  # seconds for the server to start
LINK = re.compile(r'<a\b[^>]*?\shref="([^"#][^"]*)"')

# Who looks, and where they begin. The first address found for a route is the one that is looked at.
PEOPLE = {
    "owner": "owner@acme.example",
    "founder": "founder@initech.example",
    "operator": "operator@posthorn.example",
}
NOBODY = ("/login", "/accounts/password/reset/", "/careers/acme/", "/v1/")
ERRORS = tuple(f"/styleguide/errors/{name}/" for name in ("400", "403", "403_csrf", "404", "500"))
OWNER = (
    "/",
    "/positions/1/board/",
    "/candidates/?q=Mia",
    "/candidates/1/duplicates/",
    "/applications/refused/",
    "/search/?q=developer",
    "/messages/all/",
    "/messages/unreplied/",
    "/messages/unassigned/",
    "/settings/",
    "/profile/",
    "/styleguide/",
    "/sandbox/",
)
# What lists say of which nothing is on them yet: a company that has just been founded.
FOUNDER = (
    "/",
    "/positions/",
    "/candidates/",
    "/messages/all/",
    "/messages/unassigned/",
    "/interviews/",
    "/reports/",
    "/search/?q=nothing",
    "/notifications/",
    "/settings/",
)
ADMIN = (
    "/admin/",
    "/admin/mailsettings/mailbox/",
    "/admin/mailsettings/mailbox/1/change/",
    "/admin/mailsettings/outgoingmail/",
    "/admin/mailsettings/outgoingmail/1/change/",
    "/admin/recruiting/position/1/change/",
    "/admin/recruiting/candidate/",
)
OPERATOR = (
    "/admin/companies/company/1/change/",
    "/admin/companies/user/",
    "/admin/mailsettings/mailfolder/facts/",
)

# What a click opens on a page: its name, the route it stands on, what is clicked one after the other.
STATES = (
    ("board-move", "recruiting:board", "[data-move]"),
    ("board-chosen", "recruiting:board", ".kcard .check"),
    ("table-save-view", "recruiting:table", ".views summary"),
    ("application-menu", "recruiting:application", "main .menu summary"),
    ("application-write", "recruiting:application", "#write > summary"),
    ("thread-write", "recruiting:thread-unreplied", "#write > summary"),
    ("application-reject", "recruiting:application", "summary.btn--danger"),
    ("user-menu", "recruiting:positions", ".nav__user summary"),
    ("keys", "recruiting:positions", "?"),
)
# An operator, and an owner whose company has nothing yet.
MORE_PEOPLE = """
from ats.demo import tenants
from ats.management.commands import up
up.make_operator()
tenants.USERS["initech"] = [("founder", "Ida Neumann", "owner")]
tenants.make("initech", "Initech UG")
"""
Sessions = dict[str, StorageState]


class Look(NamedTuple):
    """One page as one visitor sees it, after a click on something or a key, if there is one."""

    visitor: str
    address: str
    name: str
    click: str = ""


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """A server with the demo company; yields its address and the password of every login it has."""
    with tempfile.TemporaryDirectory() as state, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        base = f"http://127.0.0.1:{port}"
        env = {**os.environ, "DEBUG": "1", "VAR_DIR": state, "PUBLIC_URL": base}
        env = {name: value for name, value in env.items() if name != "DATABASE_URL"}

        def manage(*arguments: str) -> str:
            command = [sys.executable, "manage.py", *arguments]
            done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
            return done.stdout.decode()

        manage("migrate", "--verbosity", "0")
        described: dict[str, Any] = json.loads(manage("demo", "--json"))
        password = described["companies"][0]["users"][0]["password"]
        manage("shell", "-c", MORE_PEOPLE)
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        server = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(f"{base}/healthz")
            yield base, password
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(URLError, ConnectionError), urlopen(url):
            return
        if time.monotonic() > until:
            raise TimeoutError(url)
        time.sleep(0.1)


def log_in(browser: Browser, base: str, email: str, password: str) -> BrowserContext:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}/login")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{base}/")
    page.close()
    return context


def route_of(address: str) -> str:
    """The name of the route an address belongs to; empty for what is no page of ours."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def find_pages(context: BrowserContext, base: str, starts: tuple[str, ...]) -> dict[str, str]:
    """Follow every link from the given addresses; one address for each route that answers with a page."""
    waiting, pages = list(starts), {}
    while waiting:
        address = waiting.pop(0)
        route = route_of(address)
        if not route or route in pages or route.startswith("admin:") or route.endswith("_logout"):
            continue
        answer = context.request.get(base + address)
        if (
            "text/html" not in answer.headers.get("content-type", "")
            or route_of(answer.url) != route
        ):
            continue
        pages[route] = address
        found = (urljoin(answer.url, unescape(link)) for link in LINK.findall(answer.text()))
        waiting += [link.removeprefix(base) for link in found if link.startswith(base)]
    return pages


def looks_of(browser: Browser, base: str, password: str) -> tuple[Sessions, list[Look]]:
    """Who is logged in, and everything there is to look at."""
    visitors = {who: log_in(browser, base, email, password) for who, email in PEOPLE.items()}
    visitors["nobody"] = browser.new_context()
    outside = find_pages(visitors["nobody"], base, NOBODY)
    pages = find_pages(visitors["owner"], base, OWNER)
    todo = [Look("nobody", address, f"nobody {route}") for route, address in outside.items()]
    todo += [
        Look("owner", address, route.removeprefix("recruiting:"))
        for route, address in pages.items()
        if route not in outside
    ]
    todo += [Look("owner", pages[route], name, click) for name, route, click in STATES]
    todo += [Look("nobody", address, address) for address in ERRORS]
    todo += [Look("founder", address, f"empty {address}") for address in FOUNDER]
    todo += [Look("owner", address, address.removesuffix("change/")) for address in ADMIN]
    todo += [Look("operator", address, address.removesuffix("change/")) for address in OPERATOR]
    return {who: context.storage_state() for who, context in visitors.items()}, todo


def look_at_all(base: str, sessions: Sessions, todo: list[Look]) -> list[str]:
    """Look at all of it, a browser for each processor; what is wrong, said as soon as it is seen."""
    waiting = deque(todo)
    complaints: list[str] = []

    def work() -> None:
        with a_browser() as browser:
            visitors = {
                who: browser.new_context(storage_state=state) for who, state in sessions.items()
            }
            while waiting:
                with suppress(IndexError):
                    look = waiting.popleft()
                    name = file_name(look)
                    for found in looks.look(
                        visitors[look.visitor], base + look.address, FOLDER / name, look.click
                    ):
                        complaints.append(f"{name}: {found}")
                        sys.stdout.write(f"{name}: {found}\n")
                        sys.stdout.flush()

    processors = max(2, os.cpu_count() or 1)
    with ThreadPoolExecutor(processors) as pool:
        for worker in [pool.submit(work) for _ in range(processors)]:
            worker.result()
    return complaints


def file_name(look: Look) -> str:
    return re.sub(r"[^a-z0-9]+", "-", look.name.lower()).strip("-")


@contextmanager
def a_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser
        browser.close()


def main(words: list[str]) -> int:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "ats.settings", "DEBUG": "1"}
    django.setup()
    if not words:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with demo() as (base, password):
        with a_browser() as browser:
            sessions, todo = looks_of(browser, base, password)
        if words:
            todo = [look for look in todo if any(word in file_name(look) for word in words)]
        complaints = look_at_all(base, sessions, todo)
    sys.stdout.write(f"{len(todo)} looks at pages; the pictures are in {FOLDER}\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
