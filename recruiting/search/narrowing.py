"""Narrowing a search to people with an application of some kind: tag, source, stage, attribute, date."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from companies.models import Membership
from recruiting.models import (
    Application,
    Attribute,
    AttributeOption,
    Document,
    Message,
    Position,
    SearchEntry,
)
from recruiting.models.applications import ApplicationQuerySet

Kind = SearchEntry.Kind


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

    def targets(self, member: Membership, kind: str) -> QuerySet[Any, Any] | None:
        """Ids of people, messages or documents of such applications; None when nothing is asked for.

        Positions are about no application.
        """
        if not self:
            return None
        found = self.applications(member).order_by()
        if kind == Kind.PERSON:
            return found.values("candidate")
        if kind == Kind.POSITION:
            return Position.objects.none().values("pk")
        model = Message if kind == Kind.MESSAGE else Document
        return model._default_manager.filter(application__in=found.values("pk")).values("pk")

    @cached_property
    def _options(self) -> list[int] | None:
        """The options of the attribute with the value in their name; None if it is none of options."""
        kind = (
            Attribute.objects.filter(pk=self.attribute or 0).values_list("type", flat=True).first()
        )
        if kind != Attribute.Type.OPTIONS:
            return None
        options = AttributeOption.objects.filter(attribute=self.attribute)
        return list(options.filter(name__icontains=self.value).values_list("pk", flat=True))

    def _value(self) -> Q:
        """One row of values with the attribute and, if one is asked for, the value."""
        mine = {"attribute_values__attribute": self.attribute}
        if not self.value:
            return Q(**mine)
        if self._options is not None:  # an index has them, while a text is looked for in each row
            return Q(**mine, attribute_values__option__in=self._options)
        found = Q(**mine, attribute_values__text__icontains=self.value)
        with suppress(ValueError):
            found |= Q(**mine, attribute_values__date=date.fromisoformat(self.value))
        return found


def _begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
