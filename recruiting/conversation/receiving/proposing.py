"""What a mail that belongs to nobody proposes: an application of its writer, for the position it names."""

import re
from dataclasses import dataclass

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from recruiting.models import Message, Position
from recruiting.models.positions import PositionQuerySet

MAX_TEXT = 20_000  # characters looked through for a telephone number
SHORTEST_TITLE = 6  # characters with a blank around; "Chef" stands in many a subject
LISTED = 2000  # the newest positions, once for each language, whose titles are compared

_TAG = re.compile(r"\+(\d{6,9})@")
_NUMBER = re.compile(r"(?<!\d)\d{6,9}(?!\d)")
_PHONE = re.compile(
    r"(?:\b(?:tel|telefon|phone|mobil|mobile|handy|fon)\b\.?[\s:]{0,3}|(?=\+\d))"
    r"(\+?\(?\d[\d ()/.-]{5,24}\d)",
    re.IGNORECASE,
)


class Reason(models.TextChoices):
    """Why a mail may belong somewhere, in words for the recruiter who decides."""

    SAME_THREAD = "same_thread", _("Answers this conversation")
    KNOWN_ADDRESS = "known_address", _("Writes from a known address")
    SECOND_ADDRESS = "second_address", _("Same name before the @")
    SAME_NAME = "same_name", _("Same name")
    SAME_PHONE = "same_phone", _("Same phone number in the text")
    SAME_POSITION = "same_position", _("Names the position")
    POSITION_ADDRESS = "position_address", _("It was written to the position's own address.")
    POSITION_NUMBER = "position_number", _("Its subject names the position's number.")
    POSITION_TITLE = "position_title", _("Its subject names the position.")


@dataclass(frozen=True)
class Proposal:
    """The writer as the mail shows them; ``position`` with the reason, if one is named."""

    first_name: str
    last_name: str
    email: str
    phone: str = ""
    position: Position | None = None
    reason: Reason | None = None


class Openings:
    """The positions that mails may be about, read once for any number of mails."""

    def __init__(self, positions: PositionQuerySet) -> None:
        listed = positions.annotate(advertised=F("texts__title")).order_by("-number")[:LISTED]
        self._by_number: dict[int, Position] = {}
        self._titles: list[tuple[str, Position]] = []
        for row in listed:
            position = self._by_number.setdefault(row.number, row)
            if position.state == Position.State.PUBLISHED:
                advertised: str | None = row.advertised  # type: ignore[attr-defined]  # annotated
                titles = {_plain(row.name), _plain(advertised or "")}
                self._titles += [(title, position) for title in titles]

    def named_by(self, message: Message) -> tuple[Position | None, Reason | None]:
        """The position a mail names.

        The address it was written to names one surest (``acme-jobs+100123@…``), then a number in the
        subject, then the title of a published position in it.
        """
        address = message.delivery.address if message.delivery else ""
        tag = _TAG.search(address)
        if tag and (position := self._by_number.get(int(tag[1]))):
            return position, Reason.POSITION_ADDRESS
        numbers = [int(word) for word in _NUMBER.findall(message.subject)]
        known = [self._by_number[number] for number in numbers if number in self._by_number]
        if known:
            return known[0], Reason.POSITION_NUMBER
        position = self._by_title(message.subject)
        return position, Reason.POSITION_TITLE if position else None

    def _by_title(self, subject: str) -> Position | None:
        """The one whose longest title stands in the subject; None where several do equally."""
        said = _plain(subject)
        best, found = SHORTEST_TITLE, set[Position]()
        for title, position in self._titles:
            if len(title) >= best and title in said:
                found = {*(found if len(title) == best else ()), position}
                best = len(title)
        return found.pop() if len(found) == 1 else None


def propose(message: Message, openings: Openings) -> Proposal:
    """Read a proposal out of an unassigned mail."""
    position, reason = openings.named_by(message)
    first_name, last_name = names(message.from_name)
    return Proposal(
        first_name=first_name[:255],
        last_name=last_name[:255],
        email=message.from_address,
        phone=phone(message),
        position=position,
        reason=reason,
    )


def phone(message: Message) -> str:
    """The telephone number in a mail as it is written there; empty if there is none."""
    found = _PHONE.search(message.text[:MAX_TEXT])
    return " ".join(found[1].split()) if found else ""


def _plain(text: str) -> str:
    """Words alone, with blanks around, without what is in brackets, such as (m/w/d)."""
    words = re.findall(r"[^\W_]+", re.sub(r"\([^)]*\)", " ", text.casefold()))
    return f" {' '.join(words)} "


def names(shown: str) -> tuple[str, str]:
    """``Mia Muster`` and ``Muster, Mia`` are the same person."""
    shown = " ".join(shown.split())
    if shown.count(",") == 1:
        last_name, _comma, first_name = shown.partition(",")
        return first_name.strip(), last_name.strip()
    first_name, _space, last_name = shown.rpartition(" ")
    return first_name, last_name
