"""What the strict Content-Security-Policy and the design contract ask of files on disk."""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
VENDORED_ROW = re.compile(r"^\| `(?P<file>[^`]+)` \|.*`(?P<sha256>[0-9a-f]{64})` \|$", re.MULTILINE)
INLINE = re.compile(r"\sstyle=|\son[a-z]+=|<style\b|<script(?![^>]*\ssrc=)", re.IGNORECASE)
ICON = re.compile(r'components/icon\.html" with name="([^"]+)"|\bicon="([^"]+)"')


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_vendored_files_are_the_ones_written_down() -> None:
    written = dict(VENDORED_ROW.findall((STATIC / "vendor/VENDORED.md").read_text()))
    kept = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").iterdir()
        if path.suffix in {".js", ".woff2"}
    }
    assert kept == written


def test_no_template_carries_inline_style_or_script() -> None:
    pages = [page for page in templates() if "emails" not in page.parts]
    offenders = {page.name: INLINE.findall(page.read_text()) for page in pages}
    assert {name: found for name, found in offenders.items() if found} == {}


def test_no_tag_of_a_template_is_torn_from_its_bracket() -> None:
    """What formats templates once did so, and a button stood on its page as text."""
    torn = {
        page.name
        for page in templates()
        if re.search(r"<\s", re.sub(r"{[{%].*?[%}]}", "", page.read_text(), flags=re.DOTALL))
    }
    assert torn == set()


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img/icons.svg").read_text()))
    named = {a or b for page in templates() for a, b in ICON.findall(page.read_text())}
    assert named - drawn == set()


def test_every_custom_property_used_is_defined() -> None:
    sheets = "".join(sheet.read_text() for sheet in (STATIC / "css").glob("*.css"))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", sheets))
    defined = set(re.findall(r"(--[a-z0-9-]+):", sheets))
    assert used - defined == set()
