"""The crowd's files: CVs that many share, and raw mails. They are not flushed: a demo is loaded again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import default_storage

from ats.demo import pdf, words
from ats.demo.rows import Table
from companies.models import Company, StoredFile
from recruiting.search import index

MOST = 1000  # different CVs, however many people there are


@dataclass(frozen=True)
class Cv:
    """A stored PDF and the words in it."""

    file: int
    text: str
    words: str  # as the search knows them


class Files:
    """Files of a company, written at once; their rows wait for ``table.write()``."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.table = Table(StoredFile)
        self._folders: set[str] = set()

    def keep(self, content: bytes) -> int:
        """Return the key of the row; the content must be new to the company."""
        digest = hashlib.sha256(content).hexdigest()
        path = f"{self.company.pk}/{digest[:2]}/{digest}"
        target = Path(default_storage.path(path))
        if digest[:2] not in self._folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(digest[:2])
        target.write_bytes(content)
        return self.table.add(
            company_id=self.company.pk, digest=digest, size=len(content), path=path
        )


def cvs(company: Company, count: int) -> list[Cv]:
    """Return that many CVs, trade after trade; those that are stored already are not stored again."""
    texts = ["\n".join(_lines(number)) for number in range(count)]
    contents = [pdf.page(text.splitlines()) for text in texts]
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    known = dict(
        StoredFile.objects.filter(company=company, digest__in=digests).values_list("digest", "pk")
    )
    files = Files(company)
    found = [
        Cv(known.get(digest) or files.keep(content), text, index.words(text, ""))
        for digest, content, text in zip(digests, contents, texts, strict=True)
    ]
    files.table.write()
    return found


def of_trade(found: Sequence[Cv], trade: int, number: int) -> Cv:
    """One of the CVs of a trade; any where there are too few."""
    fitting = number - number % len(words.TRADES) + trade
    return found[fitting if fitting < len(found) else number]


def _lines(number: int) -> list[str]:
    trade, skills = words.TRADES[number % len(words.TRADES)]
    begun = 2004 + number % 17
    first = words.EMPLOYERS[number % len(words.EMPLOYERS)]
    second = words.EMPLOYERS[number // 3 % len(words.EMPLOYERS)]
    city = words.CITIES[number // 7 % len(words.CITIES)]
    return [
        "Curriculum vitae",
        "",
        trade,
        f"Profile {number + 1}, {city}",
        "",
        "Experience",
        f"{begun + 6} to today: {trade.lower()}, {first}, {city}",
        f"{begun} to {begun + 6}: {trade.lower()}, {second}",
        f"Led {1 + number % 6} projects; trained {number % 4} apprentices",
        "",
        "Skills",
        skills,
        "",
        "Languages",
        f"German {words.LEVELS[number % len(words.LEVELS)]}, English B2",
    ]
