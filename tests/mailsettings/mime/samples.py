"""The mails of `tests/corpus`, each named for what is odd about it. The people are made up."""

from pathlib import Path

from mailsettings.mime import parse
from mailsettings.mime.parse import ParsedMail

FOLDER = Path(__file__).parents[2] / "corpus"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def mail(name: str) -> ParsedMail:
    return parse.parse(raw(name))
