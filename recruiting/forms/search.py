"""What narrows a search."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F, Value
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.models import Attribute, Source, Stage, Tag
from recruiting.search.narrowing import Narrowing

DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
# a year that a calendar reaches in every time zone; as the period of a report
DAYS = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2200, 12, 31))]


class NarrowForm(forms.Form):
    """Choices of the member's company; what is none of them narrows nothing."""

    tag = forms.TypedChoiceField(label=_("Tag"), coerce=int, empty_value=None, required=False)
    source = forms.TypedChoiceField(label=_("Source"), coerce=int, empty_value=None, required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    attribute = forms.TypedChoiceField(
        label=_("Attribute"), coerce=int, empty_value=None, required=False
    )
    value = forms.CharField(label=_("Its value"), max_length=100, required=False)
    first = forms.DateField(label=_("Applied from"), widget=DAY, validators=DAYS, required=False)
    last = forms.DateField(label=_("Applied until"), widget=DAY, validators=DAYS, required=False)

    def __init__(self, data: Mapping[str, Any], *, member: Membership) -> None:
        super().__init__(data)
        for name, choices in _offered(member).items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("any")), *choices]

    def narrowing(self) -> Narrowing:
        self.is_valid()
        asked = {name: self.cleaned_data.get(name) for name in self.fields}
        return Narrowing(**{name: value for name, value in asked.items() if value})


def _offered(member: Membership) -> dict[str, list[tuple[Any, str]]]:
    """The choices of each field, in one query."""
    tags, *more = (
        rows.order_by().values_list("pk", "name", place, Value(listed))
        for listed, rows, place in (
            ("tag", Tag.objects.visible_to(member), Value(0)),
            ("source", Source.objects.visible_to(member), Value(0)),
            ("stage", Stage.objects.visible_to(member), F("order")),
            ("attribute", Attribute.objects.visible_to(member), F("order")),
        )
    )
    found: dict[str, list[tuple[Any, str]]] = {
        "tag": [],
        "source": [],
        "stage": [],
        "attribute": [],
    }
    rows = sorted(tags.union(*more, all=True), key=lambda row: (row[2], row[1]))
    for pk, name, _place, listed in rows:
        choice = (name, name) if listed == "stage" else (pk, name)
        if choice not in found[listed]:  # stages of several pipelines have one name
            found[listed].append(choice)
    return found
