"""The HTML of a letter, made of its plain text: the same words, as mail programs show them best.

Simple enough for Outlook, which lays pages out as Word does: paragraphs, line breaks and blockquotes with
styles of their own, no tables, no style sheet. No colour is set but that of the line beside a quote, so
that text stands out on white as on black.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from django.utils.html import urlize

from mailsettings.mime import images
from mailsettings.mime.flowed import SIGNATURE

MAX_DEPTH = 8  # blockquotes in each other
LARGEST = (200, 72)  # pixels of a logo
_SPACES = re.compile(r"^ | (?= )", re.MULTILINE)
_PAGE = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8">\n'
    '<meta name="color-scheme" content="light dark">\n'
    '<meta name="supported-color-schemes" content="light dark">\n</head><body>\n'
    '<div style="font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5">\n%s</div>\n'
    "</body></html>\n"
)
_P = '<p style="margin:0 0 1em 0">%s</p>\n'
_QUOTE = (
    '<blockquote type="cite" style="margin:0 0 1em 0;padding:0 0 0 1em;border-left:2px solid #8c959f">\n'
    "%s</blockquote>\n"
)
_SIGNATURE = '<div style="margin:1.5em 0 0 0;font-size:13px;line-height:1.4">\n%s</div>\n'
# White behind it: a dark logo on nothing would be lost where the page is dark.
_LOGO = (
    '<p style="margin:0 0 1em 0"><img src="cid:%s" alt="%s" width="%d" height="%d"'
    ' style="border:0;background:#ffffff"></p>\n'
)
# As newsletters hide their preview: nobody sees it, and it goes along when the letter is quoted.
_HIDDEN = (
    '<div style="display:none;mso-hide:all;font-size:0;line-height:0;max-height:0;overflow:hidden">'
    "%s</div>\n"
)


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture at the end of the signature: the id of its part, words for who does not see it, its size."""

    content_id: str
    words: str
    width: int
    height: int


def logo_for(content: bytes, content_id: str, words: str) -> Logo | None:
    """A logo as large as it may stand below a letter; None for what is no picture that Outlook shows."""
    size = images.size(content)
    if size is None:
        return None
    scale = min(1.0, LARGEST[0] / size[0], LARGEST[1] / size[1])
    return Logo(content_id, words, max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))


def from_text(text: str, *, logo: Logo | None = None, hidden: str = "") -> str:
    """Return the page of a text. Its links can be clicked, lines and lists stay lines.

    What follows "-- " is set apart as the signature, up to a quotation with the line that introduces it.
    ``hidden`` is a word that only programs read.
    """
    written, signature, quotation = _divide(text.replace("\r\n", "\n").replace("\r", "\n"))
    parts = [_blocks(written)]
    shown = _LOGO % (logo.content_id, escape(logo.words), logo.width, logo.height) if logo else ""
    if signature or shown:
        parts.append(_SIGNATURE % (_blocks(signature) + shown))
    parts.append(_blocks(quotation))
    if hidden:
        parts.append(_HIDDEN % escape(hidden))
    return _PAGE % "".join(parts)


def _divide(text: str) -> tuple[str, str, str]:
    """What was written, the signature below it, and what is quoted below that."""
    lines = text.split("\n")
    if SIGNATURE not in lines:
        return text, "", ""
    begin = lines.index(SIGNATURE)
    end = len(lines)
    quotes = [index for index in range(begin, end) if lines[index].startswith(">")]
    if quotes:
        end = quotes[0]
        while end - 1 > begin and lines[end - 1].strip():  # who wrote what is quoted
            end -= 1
    written, signature, quotation = lines[:begin], lines[begin + 1 : end], lines[end:]
    return "\n".join(written), "\n".join(signature), "\n".join(quotation)


def _blocks(text: str, depth: int = 0) -> str:
    """Paragraphs, and blockquotes of what lines begin with ">"."""
    return "".join(
        _QUOTE % _blocks(block, depth + 1) if is_quote else _P % _lines(block)
        for is_quote, block in _split(text, can_quote=depth < MAX_DEPTH)
    )


def _split(text: str, *, can_quote: bool) -> Iterator[tuple[bool, str]]:
    """Lines that belong together, without quote marks, and whether they had some."""
    block: list[str] = []
    was_quote = False
    for line in text.split("\n"):
        is_quote = can_quote and line.startswith(">")
        is_end = not is_quote and not line.strip()
        if block and (is_end or is_quote != was_quote):
            yield was_quote, "\n".join(block)
            block = []
        if not is_end:
            block.append(line[1:].removeprefix(" ") if is_quote else line.rstrip())
        was_quote = is_quote
    if block:
        yield was_quote, "\n".join(block)


def _lines(block: str) -> str:
    shown = str(urlize(block, autoescape=True))
    return _SPACES.sub("&nbsp;", shown).replace("\n", "<br>\n")
