"""HTML of strangers, made safe to show: nothing runs, nothing is fetched, nothing can be submitted."""

import html
import re
from collections.abc import Mapping
from urllib.parse import unquote

import nh3

from mailsettings.mime import text, tokens

# Deeper nesting than any mail program writes; the cleaner's time grows with the square of the depth.
MAX_DEPTH = 500
MAX_LENGTH = 5_000_000  # characters
MAX_AMPERSANDS = 100_000  # and with the square of their number

_TAGS = {
    *(
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
    ),
    *(
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "ol",
    ),
    *(
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
    ),
    *("th", "thead", "tr", "tt", "u", "ul", "var"),
}
_CELL = {"align", "colspan", "rowspan", "valign", "width"}
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "col": {"span", "width"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"align", "border", "cellpadding", "cellspacing", "width"},
    "td": _CELL,
    "th": _CELL,
}
_DROPPED_WITH_CONTENT = {
    "script",
    "style",
    "title",
    "template",
    "noscript",
    "iframe",
    "object",
    "select",
    "svg",
    "math",
}
_LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
# Raster images inside the mail itself; SVG is a document that can do more than be seen.
_EMBEDDED_IMAGE = re.compile(
    r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE
)
# The cleaner writes every attribute in double quotes, so that this finds real tags only.
_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_CID = re.compile(r'(<img(?: [a-z-]+="[^"]*")*? src=")cid:([^"]*)"', re.IGNORECASE)
REMOTE_MARK = '<span title="http'
_MARK = re.compile(r'<span title="(https?://[^"]*)">\[([^<\]]*)\]</span>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


def sanitise(page: str, *, allow_images: bool = False) -> str:
    """HTML that is safe to show in a sandboxed frame.

    Scripts, styles, forms and everything that loads are gone. Links open elsewhere and tell nothing about
    us. Remote images become a mark `<span title="address">[alt]</span>`, unless `allow_images`; images
    carried inside the mail stay, those that refer to attachments (`cid:`) for `fill_in`.
    """
    is_too_much = len(page) > MAX_LENGTH or page.count("&") > MAX_AMPERSANDS
    if is_too_much or tokens.depth(page) > MAX_DEPTH:
        return f"<pre>{html.escape(text.from_html(page))}</pre>"
    cleaned = nh3.clean(
        page,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return cleaned if allow_images else _IMAGE.sub(_mark_image, cleaned)


def content_ids(page: str) -> set[str]:
    """The content ids of the attachments that a sanitised page shows as images."""
    return {_content_id(source) for _, source in _CID.findall(page)}


def fill_in(page: str, images: Mapping[str, str]) -> str:
    """A sanitised page with `images`, addresses by content id, where it refers to them (RFC 2392)."""

    def put(match: re.Match[str]) -> str:
        return f'{match[1]}{html.escape(images.get(_content_id(match[2]), ""))}"'

    return _CID.sub(put, page)


def show_remote(page: str) -> str:
    """A sanitised page with the remote images in the place of their marks: who opens it tells the sender."""
    return _MARK.sub(r'<img src="\1" alt="\2">', page)


def _content_id(source: str) -> str:
    return unquote(html.unescape(source)).strip("<> ")


def _filter_attribute(_tag: str, attribute: str, value: str) -> str | None:
    """Keep an address only where its kind belongs: links lead out, images come from the mail or the web."""
    address = value.strip().lower()
    if attribute == "href":
        return value if address.startswith(_LINK_SCHEMES) else None
    if attribute == "src":
        embedded = _EMBEDDED_IMAGE.fullmatch(value.strip()) is not None
        return value if embedded or address.startswith(("http:", "https:", "cid:")) else None
    return value


def _mark_image(match: re.Match[str]) -> str:
    """Put a mark in the place of an image that would be fetched; drop one that has no source."""
    attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(match.group(1))}
    source = attributes.get("src", "")
    if source.lower().startswith(("cid:", "data:")):
        return match.group()
    if not source or {attributes.get("width"), attributes.get("height")} & {"0", "1"}:
        return ""  # nothing to see: a counting pixel
    return f'<span title="{html.escape(source)}">[{html.escape(attributes.get("alt", "").strip() or "🖼")}]</span>'
