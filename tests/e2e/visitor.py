"""Somebody with a browser who notices everything that is wrong with a page."""

from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

SHOTS = Path(settings.BASE_DIR) / "var" / "screenshots"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 375, "height": 812}
PATIENCE = 120_000  # milliseconds; for what waits for mail


class Visitor:
    """``trouble`` collects console messages (a breach of the content policy is one), errors and strays."""

    def __init__(self, page: Page, url: str, *, name: str) -> None:
        self.page = page
        self.url = url
        self.name = name
        self.trouble: list[str] = []
        self.shots = 0
        page.set_viewport_size(DESK)  # type: ignore[arg-type]  # a TypedDict of just these
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on("request", self._watch)
        page.on("requestfailed", self._miss)
        page.on("response", lambda answer: self._note_status(answer.url, answer.status))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def log_in(self, email: str, password: str) -> None:
        """Log in on the page that asks for it."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def look(self, title: str, *, phone: bool = False) -> None:
        """Keep a screenshot of the page and hold it to the accessibility rules of axe."""
        self.shots += 1
        folder = SHOTS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        for size, view in {"1440": DESK, **({"375": PHONE} if phone else {})}.items():
            self.page.set_viewport_size(view)  # type: ignore[arg-type]  # as above
            self.page.evaluate("document.fonts.ready")
            shot = folder / f"{self.shots:02}-{title}-{size}.png"
            self.page.screenshot(path=shot, animations="disabled")
            self._check_rules(f"{title} at {size}")
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]  # as above

    def sees(self, what: Locator) -> None:
        """Wait for something that mail must bring."""
        expect(what).to_be_visible(timeout=PATIENCE)

    def _check_rules(self, where: str) -> None:
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{where}:\n{found.generate_report()}"

    def _hear(self, message: ConsoleMessage) -> None:
        # "verbose" is what Chromium advises developers and hides: two passwords in one form, here
        if str(message.type) != "verbose":
            where = message.location
            self.trouble.append(
                f"console {message.type}: {message.text} ({where['url']}:{where['lineNumber']})"
            )

    def _watch(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and not request.url.startswith(self.url):
            self.trouble.append(f"left our server: {request.url}")

    def _miss(self, request: Request) -> None:
        # what a page still asked for when the visitor went on is no trouble
        if request.failure != "net::ERR_ABORTED":
            self.trouble.append(f"failed: {request.url} ({request.failure})")

    def _note_status(self, url: str, status: int) -> None:
        if status >= 400:
            self.trouble.append(f"{status}: {url}")
