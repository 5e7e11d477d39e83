"""Narrowing a search to people with an application of some kind: tag, source, stage, attribute, date."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from companies.models import Membership
from recruiting.models import Application, SearchEntry
from recruiting.models.applications import ApplicationQuerySet

Kind = SearchEntry.Kind
# How an entry of a kind is about an application; positions are about none.
OF_APPLICATION = {
    Kind.PERSON: ("candidate__in", "candidate"),
    Kind.MESSAGE: ("message__application__in", "pk"),
    Kind.DOCUMENT: ("document__application__in", "pk"),
}


@dataclass(frozen=True)
class Narrowing:
    """What one and the same application must have; empty asks for nothing. Stages count by their name."""

    tag: int | None = None
    source: int | None = None
    stage: str = ""
    attribute: int | None = None
    value: str = ""
    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self != Narrowing()

    def applications(self, member: Membership) -> ApplicationQuerySet:
        """The applications that fit, of those the member sees."""
        found = Application.objects.visible_to(member)
        if self.tag:
            found = found.filter(tags=self.tag)
        if self.source:
            found = found.filter(source=self.source)
        if self.stage:
            found = found.filter(stage__name=self.stage)
        if self.attribute:
            found = found.filter(self._value())
        if self.first:
            found = found.filter(applied_at__gte=_begins(self.first))
        if self.last:
            found = found.filter(applied_at__lt=_begins(self.last + timedelta(days=1)))
        return found

    def entries(self, member: Membership, kind: str) -> Q:
        """The entries of a kind that are about such an application."""
        if not self:
            return Q()
        if kind not in OF_APPLICATION:
            return Q(pk=None)
        path, key = OF_APPLICATION[Kind(kind)]
        return Q(**{path: self.applications(member).order_by().values(key)})

    def _value(self) -> Q:
        """One row of values with the attribute and, if one is asked for, the value."""
        mine = {"attribute_values__attribute": self.attribute}
        if not self.value:
            return Q(**mine)
        found = Q(**mine, attribute_values__text__icontains=self.value)
        found |= Q(**mine, attribute_values__option__name__icontains=self.value)
        with suppress(ValueError):
            found |= Q(**mine, attribute_values__date=date.fromisoformat(self.value))
        return found


def _begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
