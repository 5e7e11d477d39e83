"""``make screenshots``: every main page of the demo company at three widths, light and dark.

Runs a server of its own on a database of its own; the pictures go to ``var/screenshots``.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "screenshots"
WIDTHS = (1440, 768, 375)
PATIENCE = 60  # seconds for the server to start

# Pages by name; those with a selector are opened from the page before by that link.
PAGES: dict[str, str] = {
    "todo": "/",
    "positions": "/positions/",
    "board": "/positions/ .table tbody a",
    "candidates": "/candidates/",
    "candidate": "/candidates/ .table tbody a",
    "unassigned": "/messages/unassigned/",
    "unassigned-open": "/messages/unassigned/ .row-mail a",
    "unreplied": "/messages/unreplied/",
    "thread": "/messages/all/ .row-mail a",
    "failed": "/messages/failed/",
    "settings": "/settings/",
    "email-settings": "/settings/recruiting/email/",
    "templates": "/settings/recruiting/templates/",
    "template": "/settings/recruiting/templates/ .table tbody a",
    "notifications": "/settings/recruiting/notifications/",
    "members": "/settings/members/",
    "profile": "/profile/",
}


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, str]]]:
    """A server with the demo company; yields its address and an administrator's login."""
    with tempfile.TemporaryDirectory() as state, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        env = {**os.environ, "DEBUG": "1", "VAR_DIR": state}
        env = {name: value for name, value in env.items() if name != "DATABASE_URL"}

        def manage(*arguments: str) -> str:
            command = [sys.executable, "manage.py", *arguments]
            done = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True)
            return done.stdout.decode()

        manage("migrate", "--verbosity", "0")
        described: dict[str, Any] = json.loads(manage("demo", "--json"))
        logins = described["companies"][0]["users"]
        login = next(one for one in logins if one["role"] in ("owner", "admin"))
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        server = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}", login
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


def shoot(page: Page, base: str, where: str, file: Path) -> None:
    """Open a page, follow the first link that fits if one is named, and keep what is seen."""
    address, _, selector = where.partition(" ")
    page.goto(base + address)
    if selector and page.locator(selector).count():
        page.goto(base + str(page.locator(selector).first.get_attribute("href")))
    page.screenshot(path=file)


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with demo() as (base, login), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{base}/login")
        page.fill("[name=login]", login["email"])
        page.fill("[name=password]", login["password"])
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                for name, where in PAGES.items():
                    shoot(page, base, where, FOLDER / f"{name}-{width}-{scheme}.png")
        browser.close()
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER}\n")


if __name__ == "__main__":
    main()
