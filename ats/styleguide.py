"""The tokens of the design, read from the style sheet, so that what the style guide shows is what is used."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

SHEET = Path(settings.BASE_DIR) / "static" / "css" / "base.css"
TOKEN = re.compile(r"^\s*--(?P<name>[a-z0-9-]+): (?P<value>[^;]+);\s*(?:/\* (?P<use>.*?) \*/)?$")
HEADING = re.compile(r"^\s*/\* (?P<title>[^:,;*]+)(?:[:,;] (?P<text>.*?))? \*/$")
ROOT_SIZE = 16


@dataclass(frozen=True)
class Token:
    name: str
    value: str
    use: str

    @property
    def is_colour(self) -> bool:
        return self.value.startswith(("#", "light-dark(#", "light-dark(rgb"))

    @property
    def pixels(self) -> float | None:
        """The length in pixels at the usual size of text; None for what is no length."""
        number, unit = self.value[:-3], self.value[-3:]
        return float(number) * ROOT_SIZE if unit == "rem" else None


@dataclass
class Group:
    title: str
    text: str
    tokens: list[Token] = field(default_factory=list)


def groups() -> list[Group]:
    """What stands under each comment of the tokens' layer, in its order."""
    found: list[Group] = []
    layer = SHEET.read_text().partition("@layer tokens {")[2].partition("@media")[0]
    for line in layer.splitlines():
        if heading := HEADING.match(line):
            found.append(Group(heading["title"], heading["text"] or ""))
        elif (token := TOKEN.match(line)) and found:
            found[-1].tokens.append(Token(token["name"], token["value"], token["use"] or ""))
    return found
