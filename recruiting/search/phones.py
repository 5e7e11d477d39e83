"""One spelling for telephone numbers: +49 (0)30 555-01, 0049 30 55501 and 030/555 01 are the same."""

import re

SHORTEST = 6  # digits; fewer are an extension or nothing
LONGEST = 15  # of a number with its country (E.164); more are two numbers
_SHAPE = re.compile(r"[\d\s()/.+-]{6,60}")
_OTHERS = re.compile(r"[A-Za-z;,|]")  # what comes after is an extension or another number
_SHORT_COUNTRIES = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def key(phone: str) -> str:
    """Return the number without country, leading zeros and punctuation; empty if it is none."""
    first = _OTHERS.split(phone.strip().removeprefix("tel:"))[0]
    if len(_digits(first)) > LONGEST:
        first = first.partition("/")[0]
    digits = _digits(first)
    if first.lstrip(" (").startswith("+"):
        digits = _without_country(digits)
    elif digits.startswith("00"):
        digits = _without_country(digits[2:])
    digits = digits.lstrip("0")
    return digits if SHORTEST <= len(digits) <= LONGEST else ""


def is_number(text: str) -> bool:
    """Whether this is written as a telephone number and nothing else."""
    return bool(_SHAPE.fullmatch(text.strip()) and key(text))


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")


def _without_country(digits: str) -> str:
    if digits[:1] in ("1", "7"):
        return digits[1:]
    return digits[2:] if _SHORT_COUNTRIES.match(digits) else digits[3:]
