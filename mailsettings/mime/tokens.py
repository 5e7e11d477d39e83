"""A linear scanner of HTML: text and tags, one after the other, whatever the page looks like.

The standard library's HTMLParser is quadratic on unclosed comments and tags. This scanner looks at every
character a bounded number of times; it builds no tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsettings.mime import patience

# A tag whose quoted attribute values may contain ">". Possessive and never past a "<": linear on any page.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)((?:[^\"'<>]++|\"[^\"<]*+\"|'[^'<]*+')*+)>")
_START = re.compile(r"<(?=[a-zA-Z/!?])")
_LOOSE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)([^<>]*+)>")
_RAW_CONTENT = ("script", "style", "title", "iframe")

# Elements that end by themselves, so that many of them in a row are no nesting.
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
_SELF_ENDING = _VOID | {
    "p",
    "li",
    "dt",
    "dd",
    "tr",
    "td",
    "th",
    "tbody",
    "thead",
    "tfoot",
    "option",
    "html",
    "body",
}


@dataclass(frozen=True, slots=True)
class Token:
    """Either a piece of text (`tag` is empty) or a tag with its lower-cased name."""

    text: str = ""
    tag: str = ""
    closing: bool = False
    attributes: str = ""


def scan(page: str) -> Iterator[Token]:
    """Cut a page into text and tags; comments, declarations and the content of scripts and styles are left out."""
    position = 0
    exhausted: set[str] = (
        set()
    )  # ends that do not occur any more, so that they are not searched again
    steps = 0
    while position < len(page):
        steps += 1
        if steps % 64 == 0:
            patience.check()
        start = _START.search(page, position)
        if not start:
            yield Token(text=page[position:])
            return
        begin = start.start()
        if begin > position:
            yield Token(text=page[position:begin])
        end = _skip(page, begin, exhausted)
        if end > begin:
            position = end
            continue
        match = _TAG.match(page, begin) or _LOOSE_TAG.match(page, begin)
        if not match:
            yield Token(text="<")
            position = begin + 1
            continue
        name = match.group(2).lower()
        yield Token(tag=name, closing=bool(match.group(1)), attributes=match.group(3))
        position = match.end()
        if name in _RAW_CONTENT and not match.group(1):
            position = _find_end(page, position, f"</{name}", exhausted)


def depth(page: str) -> int:
    """How deeply elements are nested at most, counting only those that need an end tag."""
    level = deepest = 0
    for token in scan(page):
        if token.tag and token.tag not in _SELF_ENDING:
            level = max(0, level - 1) if token.closing else level + 1
            deepest = max(deepest, level)
    return deepest


def _skip(page: str, begin: int, exhausted: set[str]) -> int:
    """The end of a comment, declaration or processing instruction at `begin`; `begin` if there is none."""
    for opening, closing in (("<!--", "-->"), ("<!", ">"), ("<?", ">")):
        if page.startswith(opening, begin):
            end = _find_end(page, begin + len(opening), closing, exhausted)
            return begin if end == begin + len(opening) else end
    return begin


def _find_end(page: str, position: int, end: str, exhausted: set[str]) -> int:
    """The offset after the next `end`, or of a closing tag itself; `position` when there is none."""
    if end in exhausted:
        return position
    found = _search(page, end, position)
    if found < 0:
        exhausted.add(end)
        return position
    return found if end.startswith("</") else found + len(end)


def _search(page: str, wanted: str, position: int) -> int:
    if not wanted.startswith("</"):
        return page.find(wanted, position)
    match = re.compile(re.escape(wanted), re.IGNORECASE).search(page, position)
    return match.start() if match else -1
