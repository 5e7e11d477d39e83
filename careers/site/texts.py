"""What a position says in a language, and in which one instead if it has no text in that."""

import nh3
from django.utils.safestring import SafeString, mark_safe

from recruiting.models import Position, PositionText

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "dl", "dt", "em", "h3", "h4", "h5", "h6"),
    *("i", "li", "ol", "p", "s", "small", "span", "strong", "sub", "sup", "u", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}


def in_language(position: Position, language: str) -> PositionText | None:
    """Return the text in exactly this language. Reads ``texts``, which should be prefetched."""
    return next((text for text in position.texts.all() if text.language == language), None)


def find(position: Position, language: str) -> PositionText | None:
    """Return the text in this language, else the company's, else any."""
    texts = sorted(position.texts.all(), key=lambda text: text.language)
    wanted = (language, position.company.default_language)
    preferred = [text for code in wanted for text in texts if text.language == code]
    return next(iter(preferred + texts), None)


def title(position: Position, language: str) -> str:
    """Return the public title; the internal one only where no text has a title."""
    text = find(position, language)
    return (text.title if text else "") or position.name


def offices(position: Position) -> list[str]:
    """Return the main office and the others, none twice and none empty."""
    more = position.additional_offices if isinstance(position.additional_offices, list) else []
    named = [position.office, *(str(office) for office in more)]
    return list(dict.fromkeys(office.strip() for office in named if office.strip()))


def clean(html: str) -> SafeString:
    """Return a section's HTML as it may stand in a page of ours.

    It was sanitised when it was stored; once more, as this page shares its origin with the desk.
    """
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow",
    )
    return mark_safe(cleaned)  # noqa: S308 -- nh3 lets nothing through but the tags above
