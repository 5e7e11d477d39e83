"""Descriptions as recruiters type them: paragraphs and lists, without a tag."""

import re
from html import escape

from mailsettings.mime import html, text

_BULLET = re.compile(r"^\s*[-*•]\s+")


def to_html(typed: str) -> str:
    """Return what was typed as clean HTML; what holds tags already is cleaned and kept."""
    typed = typed.replace("\r\n", "\n").replace("\0", "").strip()
    if typed.startswith("<"):
        return html.sanitise(typed)
    return "\n".join(_block(block) for block in re.split(r"\n\s*\n", typed) if block.strip())


def to_text(stored: str) -> str:
    """Return stored HTML as it would be typed, or as it is where typing could not give it back."""
    typed = re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text.from_html(stored)).strip()
    return typed if _plain(to_html(typed)) == _plain(stored) else stored


def _block(block: str) -> str:
    out: list[str] = []
    words: list[str] = []
    items: list[str] = []
    for line in block.split("\n"):
        if _BULLET.match(line):
            items.append(f"<li>{escape(_BULLET.sub('', line).strip(), quote=False)}</li>")
        elif items and line.startswith(" "):  # a bullet that goes on
            items[-1] = items[-1].replace("</li>", f" {escape(line.strip(), quote=False)}</li>")
        else:
            words.append(escape(line.strip(), quote=False))
    if words:
        out.append(f"<p>{'<br>'.join(words)}</p>")
    if items:
        out.append(f"<ul>{''.join(items)}</ul>")
    return "\n".join(out)


def _plain(stored: str) -> str:
    return re.sub(r"\s+", "", stored)
