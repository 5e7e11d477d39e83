"""Mail addresses of people: one spelling to compare by, and which addresses a person writes from."""

import re
import unicodedata
from functools import lru_cache

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, models
from django.db.models import Q

from recruiting.models import Candidate, CandidateAddress
from recruiting.search import index

MAX_LENGTH = 255
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def normalise(address: str) -> str:
    """Return the spelling that matching compares: case-folded, the domain in its ASCII form.

    Plus-tags and dots are kept: whether they matter is for the receiving server to know (RFC 5321,
    2.3.11). Never fails; what is no address comes back case-folded.
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return local.casefold() + at + ascii_domain(domain)


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """Return a domain in lower-case ASCII (IDNA 2008, UTS 46); unchanged but lower-case if it has none."""
    domain = domain.rstrip(".")
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except idna.IDNAError:
        return domain.lower()


def is_valid(address: str) -> bool:
    """Whether this looks like one deliverable address; letters beyond ASCII are fine (RFC 6531)."""
    local, _, domain = address.rpartition("@")
    try:
        validate_email(f"{_BEYOND_ASCII.sub('x', local)}@{ascii_domain(domain)}")
    except ValidationError:
        return False
    return len(normalise(address)) <= MAX_LENGTH


def begin_with(local: str) -> Q:
    """Addresses (``normalised``) with this before the @. SQLite's LIKE knows no index; PostgreSQL's does."""
    if connection.vendor == "sqlite":
        return Q(normalised__gte=f"{local}@", normalised__lt=f"{local}A")
    return Q(normalised__startswith=f"{local}@")


def begin(candidate: Candidate, address: str) -> list[models.Model]:
    """Return the first address of somebody new, and what they are found by: to be inserted behind them."""
    row = CandidateAddress(
        candidate=candidate,
        company_id=candidate.company_id,
        address=address.strip(),
        normalised=normalise(address),
        is_primary=True,
    )
    return [row, index.new_person(candidate, row)]


def knows(candidate: Candidate, address: str) -> bool:
    """Whether the person is known to write from ``address``."""
    return candidate.addresses.filter(normalised=normalise(address)).exists()


def forget(candidate: Candidate, address: str) -> None:
    """Undo ``learn``; the address a person is written to stays."""
    learned = candidate.addresses.filter(normalised=normalise(address), is_primary=False)
    if learned.delete()[0]:
        index.person(Candidate.objects.prefetch_related("addresses").get(pk=candidate.pk))


def learn(candidate: Candidate, address: str) -> CandidateAddress:
    """Remember that the person writes from ``address``; the first one becomes the primary. Idempotent."""
    row, is_new = CandidateAddress.objects.get_or_create(
        candidate=candidate,
        normalised=normalise(address),
        defaults={
            "company_id": candidate.company_id,
            "address": address.strip(),
            "is_primary": lambda: not candidate.addresses.exists(),  # type: ignore[misc]  # it calls what it makes one of
        },
    )
    if is_new:
        index.person(Candidate.objects.prefetch_related("addresses").get(pk=candidate.pk))
    return row
