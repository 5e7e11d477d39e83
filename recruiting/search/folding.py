"""One spelling for words that people spell differently: Müller, Mueller and Muller are the same."""

import re
import unicodedata

LONGEST_WORD = 60
_SPACES = re.compile(r"\s+")
_WORDS = re.compile(r"\w+")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ı": "i"})
_TWO = re.compile(r"([aou])e")


def fold(text: str) -> list[str]:
    """Return the words of a text without case, accents and the e of a written-out umlaut."""
    plain = text.casefold().translate(_LETTERS)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = _TWO.sub(r"\1", plain.replace("_", " "))
    return [word[:LONGEST_WORD] for word in _WORDS.findall(plain)]


def excerpt(text: str, wanted: list[str], width: int = 70) -> list[tuple[str, bool]]:
    """Return the text around the first word that begins as one wanted, in pieces: (text, is match)."""
    for match in _WORDS.finditer(text):
        folded = fold(match.group())
        if folded and any(folded[0].startswith(word) for word in wanted):
            before = text[max(match.start() - width, 0) : match.start()]
            after = text[match.end() : match.end() + width]
            return [
                (("… " if match.start() > width else "") + _SPACES.sub(" ", before), False),
                (match.group(), True),
                (
                    _SPACES.sub(" ", after).rstrip()
                    + (" …" if match.end() + width < len(text) else ""),
                    False,
                ),
            ]
    return []
