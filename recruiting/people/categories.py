"""Guessing what a document is from its file name, in the words applicants use (English and German)."""

import re

from recruiting.choices import DocumentCategory

_WORDS = {
    DocumentCategory.CV: ("cv", "lebenslauf", "resume", "résumé", "curriculum", "vita"),
    DocumentCategory.COVER_LETTER: ("anschreiben", "motivation", "cover", "bewerbungsschreiben"),
    DocumentCategory.EMPLOYMENT_REFERENCE: ("arbeitszeugnis", "zwischenzeugnis", "reference", "referenz"),
    DocumentCategory.CERTIFICATE: ("zertifikat", "certificate", "zeugnis", "diplom", "diploma", "urkunde", "degree"),
    DocumentCategory.WORK_SAMPLE: ("arbeitsprobe", "portfolio", "sample"),
}  # fmt: skip


def guess(name: str) -> DocumentCategory:
    """Return the category the file name speaks of, else OTHER. A recruiter can change it."""
    words = re.split(r"[\W_\d]+", name.casefold())
    for category, known in _WORDS.items():
        if any(
            word == start or (len(start) > 3 and start in word) for start in known for word in words
        ):
            return category
    return DocumentCategory.OTHER
