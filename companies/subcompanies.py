"""The legal entities inside a company."""

from django.db import transaction

from companies import audit
from companies.models import Membership, Subcompany


def add(by: Membership, name: str) -> Subcompany:
    """Add a subcompany to the member's company; the name must be free there."""
    with transaction.atomic():
        subcompany = Subcompany.objects.create(company=by.company, name=name)
        audit.record(by.company, "subcompany.added", subcompany, by=by, name=name)
    return subcompany
