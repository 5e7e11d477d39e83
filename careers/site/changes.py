"""Whether anything has changed that a career site says."""

import hashlib

from companies.models import Company
from recruiting.models import PositionSection, PositionText


def fingerprint(company: Company) -> str:
    """Return what is another one once anything has changed that feed and list say; reads no position."""
    published = company.positions.published()
    facts = [
        company.name,
        company.default_language,
        list(company.subcompanies.order_by("pk").values_list("pk", "name")),
        published.fingerprint(),
        PositionText.objects.filter(position__in=published).fingerprint(),
        PositionSection.objects.filter(text__position__in=published).fingerprint(),
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
