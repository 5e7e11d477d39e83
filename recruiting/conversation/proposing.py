"""What a mail that belongs to nobody proposes: an application of its writer, for the position it names."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from recruiting.models import Message, Position
from recruiting.models.positions import FIRST_PUBLIC_NUMBER, PositionQuerySet

MAX_TEXT = 20_000  # characters looked through for a telephone number
SHORTEST_TITLE = 6  # characters; "Chef" stands in many a subject
LISTED = 500  # published positions whose titles are compared

_TAG = re.compile(r"\+(\d{6,9})@")
_NUMBER = re.compile(r"(?<!\d)\d{6,9}(?!\d)")
_PHONE = re.compile(
    r"(?:\b(?:tel|telefon|phone|mobil|mobile|handy|fon)\b\.?[\s:]{0,3}|(?=\+\d))"
    r"(\+?\(?\d[\d ()/.-]{5,24}\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Proposal:
    """The writer as the mail shows them; ``position`` with the reason in a sentence, if one is named."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    position: Position | None = None
    reason: str = ""


def propose(message: Message, positions: PositionQuerySet) -> Proposal:
    """Read a proposal out of an unassigned mail; ``positions`` are those that may be meant.

    The address it was written to names a position surest (``acme-jobs+100123@…``), then a number in the
    subject, then the title of a published position in it.
    """
    position, reason = _position(message, positions)
    first_name, last_name = _names(message.from_name)
    found = _PHONE.search(message.text[:MAX_TEXT])
    return Proposal(
        first_name=first_name[:255],
        last_name=last_name[:255],
        email=message.from_address,
        phone=" ".join(found[1].split()) if found else "",
        position=position,
        reason=reason,
    )


def _position(message: Message, positions: PositionQuerySet) -> tuple[Position | None, str]:
    address = message.delivery.address if message.delivery else ""
    if tag := _TAG.search(address):
        position = positions.filter(number=int(tag[1])).first()
        if position:
            return position, _("It was written to the position's own address.")
    numbers = [int(word) for word in _NUMBER.findall(message.subject)]
    numbers = [number for number in numbers if number >= FIRST_PUBLIC_NUMBER][:10]
    position = positions.filter(number__in=numbers).first() if numbers else None
    if position:
        return position, _("Its subject names the position's number.")
    position = _by_title(message.subject, positions)
    return position, _("Its subject names the position.") if position else ""


def _by_title(subject: str, positions: PositionQuerySet) -> Position | None:
    """The published position whose longest title stands in the subject; None where several do equally."""
    said = _plain(subject)
    found: dict[int, Position] = {}
    best = SHORTEST_TITLE - 1
    for position in positions.published().prefetch_related("texts")[:LISTED]:
        for title in {position.name, *(text.title for text in position.texts.all())}:
            plain = _plain(title)
            if len(plain) >= max(best, SHORTEST_TITLE) and plain in said:
                if len(plain) > best:
                    best, found = len(plain), {}
                found[position.pk] = position
    return next(iter(found.values())) if len(found) == 1 else None


def _plain(text: str) -> str:
    """Words alone, with blanks around, without what is in brackets, such as (m/w/d)."""
    words = re.findall(r"[^\W_]+", re.sub(r"\([^)]*\)", " ", text.casefold()))
    return f" {' '.join(words)} "


def _names(shown: str) -> tuple[str, str]:
    """``Mia Muster`` and ``Muster, Mia`` are the same person."""
    shown = " ".join(shown.split())
    if shown.count(",") == 1:
        last_name, _comma, first_name = shown.partition(",")
        return first_name.strip(), last_name.strip()
    first_name, _space, last_name = shown.rpartition(" ")
    return first_name, last_name
