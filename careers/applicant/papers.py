"""Which files belong to an application, and which category each one has.

Files and categories come under many spellings; no file is lost over the name of its field.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from careers.applicant.forms import bare_name
from careers.receiving.uploads import Upload
from recruiting.choices import DocumentCategory

_PART = re.compile(r"categori[sz]ed_documents\[(?P<index>\w*)\]\[(?P<part>file|category)\]")


def read(post: QueryDict, sent: MultiValueDict[str, Upload]) -> Iterator[tuple[Upload, str]]:
    """Yield each file with its category, empty where none was given.

    ``categorised_documents[n][file]`` is paired with ``[category]`` of the same index, by position
    where an index repeats (the documentation's own sample repeats it). Any other field's files have
    the category the field is named for, if it is one.
    """
    files: dict[str, list[Upload]] = {}
    categories: dict[str, list[str]] = {}
    for spelling, uploads in sent.lists():
        part = _PART.fullmatch(bare_name(spelling))
        if part and part["part"] == "file":
            files.setdefault(part["index"], []).extend(uploads)
            continue
        for upload in uploads:
            yield upload, _named_for(bare_name(spelling))
    for spelling, values in post.lists():
        part = _PART.fullmatch(bare_name(spelling))
        if part and part["part"] == "category":
            categories.setdefault(part["index"], []).extend(map(str, values))
    for index, uploads in files.items():
        for paired, category in zip_longest(uploads, categories.get(index, [])):
            if paired is not None:
                yield paired, category or ""


def _named_for(name: str) -> str:
    word = name.partition("[")[0].replace("_", "-").lower()
    return word if word in DocumentCategory.values else ""
