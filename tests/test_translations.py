"""The German catalogue is whole, and what is read at run time is what was written."""

import gettext
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "locale/de/LC_MESSAGES"
MESSAGE = re.compile(r'^(?:msgid(?:_plural)?|msgstr(?:\[\d\])?) ((?:".*"(?:\n|$))+)', re.MULTILINE)
CONTEXT = re.compile(r'^msgctxt (".*")$', re.MULTILINE)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def entries() -> list[list[str]]:
    """The texts of each entry of the catalogue: the English one(s), then the German.

    A context stands before its text as gettext has it.
    """
    blocks = (FOLDER / "django.po").read_text().split("\n\n")[1:]
    found = []
    for block in blocks:
        texts = [_unquote(text) for text in MESSAGE.findall(block)]
        if context := CONTEXT.search(block):
            texts[0] = f"{_unquote(context[1])}\x04{texts[0]}"
        found.append(texts)
    return found


def _unquote(text: str) -> str:
    lines = (line[1:-1] for line in text.strip().split("\n"))
    return "".join(lines).replace(r"\n", "\n").replace(r"\"", '"').replace(r"\\", "\\")


def test_every_text_has_a_german_one() -> None:
    assert [texts[0] for texts in entries() if not all(texts)] == []


def test_german_texts_name_the_same_values() -> None:
    """The last of the German texts against the last of the English: those for many, where there are two."""
    wrong = [
        texts[0]
        for texts in entries()
        if set(PLACEHOLDER.findall(texts[-1]))
        != set(PLACEHOLDER.findall(texts[len(texts) // 2 - 1]))
    ]
    assert wrong == []


def test_compiled_catalogue_is_the_one_that_was_written() -> None:
    with (FOLDER / "django.mo").open("rb") as compiled:
        german = gettext.GNUTranslations(compiled)
    stale = [
        texts[0] for texts in entries() if len(texts) == 2 and german.gettext(texts[0]) != texts[1]
    ]
    assert stale == []
