"""What every page owes, whoever looks at it: a picture of each appearance, and nothing to complain of.

Not one finding of axe, no sideways scrolling, no error in the console, no request to another host, and a first
view of at most 12 requests and 150 kB, as a browser with an empty cache loads it.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request
from playwright.sync_api import TimeoutError as PlaywrightTimeout

STATIC = Path(__file__).resolve().parent.parent / "static"
WIDTHS = (1440, 768, 375)
HEIGHT = 900
MOST_REQUESTS = 12
MOST_BYTES = 150_000
TALLEST = 3000  # pixels of a page that are kept in its picture
PATIENCE = 5000  # milliseconds for what is clicked to be there
# Colours that are still on their way are no finding; when those of a parent have arrived, its children's set out.
ARRIVED = """
for (let depth = 0; depth < 50 && document.getAnimations().length; depth++)
    document.getAnimations().forEach(animation => animation.finish());
"""
RULES: dict[str, Any] = {"resultTypes": ["violations"]}
# between the schemes nothing but colours changes
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": RULES,
    "dark": {**RULES, "runOnly": ["color-contrast"]},
}


class Loading:
    """What a page asks for while it loads, and what it complains of."""

    def __init__(self, page: Page, url: str) -> None:
        self.url = url
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        self.asked: list[Request] = []
        self.heard: list[str] = []
        page.on("request", self._ask)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.heard.append(f"script: {error}"))

    def complaints(self) -> Iterator[str]:
        yield from self.heard
        if urlsplit(self.url).path.startswith(("/admin/", "/styleguide/")):
            return  # Django brings the files of its admin itself; the style guide shows everything at once
        if len(self.asked) > MOST_REQUESTS:
            yield f"{len(self.asked)} requests"
        size = sum(map(self._size, self.asked))
        if size > MOST_BYTES:
            yield f"{size // 1000} kB"

    def _ask(self, request: Request) -> None:
        if request.url.startswith(self.base):
            self.asked.append(request)
        elif not request.url.startswith(("data:", "blob:", "chrome", "about:")):
            self.heard.append(f"left our host: {request.url}")

    def _hear(self, message: ConsoleMessage) -> None:
        # "verbose" is what Chromium advises developers and hides
        if str(message.type) != "verbose":
            self.heard.append(f"console: {message.text}")

    def _size(self, request: Request) -> int:
        """Bytes on the wire; files of ours as they are served in production, which is compressed."""
        name = urlsplit(request.url).path.removeprefix("/static/")
        if (file := STATIC / name).is_file():
            return len(gzip.compress(file.read_bytes()))
        return int(request.sizes()["responseBodySize"])


def look(context: BrowserContext, url: str, file: Path, click: str = "") -> list[str]:
    """Open a page (and click on something, or press a key named by one character); what is wrong with it."""
    page = context.new_page()
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    page.emulate_media(reduced_motion="reduce")
    loading = Loading(page, url)
    try:
        page.goto(url)
        page.wait_for_load_state("networkidle")
        complaints = list(loading.complaints())
        if len(click) == 1:
            page.keyboard.press(click)
        elif click:
            page.locator(click).first.click(force=True, timeout=PATIENCE)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for scheme, rules in SCHEMES.items():
                page.emulate_media(color_scheme=scheme)
                page.evaluate(ARRIVED)
                complaints += [f"{width} {scheme}: {found}" for found in complaints_of(page, rules)]
            _make_tall(page, width)
            for scheme in reversed(SCHEMES):
                page.emulate_media(color_scheme=scheme)
                picture = file.with_name(f"{file.name}-{width}-{scheme}.png")
                page.screenshot(path=picture, animations="disabled")
        return complaints
    except PlaywrightTimeout as error:
        return [f"could not be opened: {error.message.splitlines()[0]}"]
    finally:
        page.close()


def complaints_of(page: Page, rules: dict[str, Any]) -> Iterator[str]:
    """What axe says, and whether the page must be scrolled sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        yield f"{wide} pixels too wide"
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for violation in page.evaluate("rules => axe.run(rules)", rules)["violations"]:
        nodes = violation["nodes"]
        markup = " ".join(nodes[0]["html"].split())[:200]
        why = nodes[0]["failureSummary"].splitlines()[-1].strip()
        yield f"{violation['id']} ({len(nodes)}): {markup} {why}"


def _make_tall(page: Page, width: int) -> None:
    """As in a window so tall that the whole page is seen, with what sticks to its edges in place."""
    tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    page.set_viewport_size({"width": width, "height": max(tall, HEIGHT)})
