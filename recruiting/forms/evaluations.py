"""Forms of scorecards and evaluations."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.forms.lines import LinesForm, as_lines
from recruiting.forms.naming import NamedForm
from recruiting.models import Criterion, Recommendation, Review, Scorecard

MARKS = [(str(mark), str(mark)) for mark in range(1, 6)]


class ScorecardForm(NamedForm):
    taken_message = _("There is a scorecard of this name.")

    class Meta:
        model = Scorecard
        fields = ["name"]


class CriterionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    class Meta:
        model = Criterion
        fields = ["section", "name", "kind", "weight"]


class CriteriaForm(LinesForm):
    empty_message = _("Write at least one criterion.")


CriteriaFormSet = as_lines(CriterionForm, CriteriaForm)


class EvaluationForm(forms.Form):
    """The lines of a scorecard; without one, stars. Always a recommendation and room for words."""

    def __init__(
        self, *args: Any, criteria: Sequence[Criterion], mine: Review | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        given = {(each["section"], each["name"]): each for each in (mine.answers if mine else [])}
        for each in criteria:
            before = given.get((each.section, each.name), {})
            self.fields[_key(each)] = _field(each, before.get("score") or before.get("text", ""))
        if not any(each.kind == Criterion.Kind.SCALE for each in criteria):
            stars = mine.stars if mine else None
            self.fields["stars"] = _marks(_("Overall"), stars, required=True)
        self.fields["recommendation"] = forms.ChoiceField(
            label=_("Would you hire this person?"),
            choices=Recommendation.choices,
            widget=forms.RadioSelect,
            initial=mine.recommendation if mine else "",
        )
        self.fields["text"] = forms.CharField(
            label=_("What matters most"),
            required=False,
            max_length=5000,
            widget=forms.Textarea({"rows": 4}),
            initial=mine.text if mine else "",
        )

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The bound lines under the headings of their sections."""
        found: dict[str, list[forms.BoundField]] = {}
        for each in self.criteria:
            found.setdefault(each.section, []).append(self[_key(each)])
        return list(found.items())

    def last(self) -> list[forms.BoundField]:
        return [self[name] for name in ("stars", "recommendation", "text") if name in self.fields]

    def answers(self) -> list[dict[str, Any]]:
        """What was given, as ``Review.answers`` keeps it."""
        found: list[dict[str, Any]] = []
        for each in self.criteria:
            given = self.cleaned_data.get(_key(each), "")
            line: dict[str, Any] = {"section": each.section, "name": each.name}
            if given and each.kind == Criterion.Kind.SCALE:
                found.append(line | {"score": int(given), "weight": each.weight})
            elif given:
                found.append(line | {"text": given})
        return found

    def clean(self) -> dict[str, Any]:
        needs_a_mark = "stars" not in self.fields and not self.errors
        if needs_a_mark and not any("score" in each for each in self.answers()):
            raise forms.ValidationError(_("Give a mark for one criterion at least."))
        return self.cleaned_data


class AskForm(forms.Form):
    """Whom to ask for an evaluation, and until when."""

    colleague = forms.ChoiceField(label=_("Colleague"))
    due_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, colleagues: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(each.pk): each for each in colleagues}
        choice = self.fields["colleague"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(key, each.user.get_full_name()) for key, each in self.known.items()]

    def clean_colleague(self) -> Membership:
        return self.known[self.cleaned_data["colleague"]]

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return day


def _key(criterion: Criterion) -> str:
    return f"criterion-{criterion.pk}"


def _field(criterion: Criterion, before: object) -> forms.Field:
    if criterion.kind == Criterion.Kind.SCALE:
        return _marks(criterion.name, before, required=False)
    return forms.CharField(
        label=criterion.name,
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 2}),
        initial=before,
    )


def _marks(label: Any, before: object, *, required: bool) -> forms.ChoiceField:
    none = [] if required else [("", _("no mark"))]
    return forms.ChoiceField(
        label=label,
        required=required,
        choices=[*none, *MARKS],
        widget=forms.RadioSelect({"class": "marks"}),
        initial=str(before or ""),
    )
