"""Forms about a position: its details, its texts, its application form and its team."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.choices import FieldUse, FormField, YearsOfExperience
from recruiting.forms.people import MembersField
from recruiting.hiring.positions import prose
from recruiting.models import Pipeline, Position, PositionText, Scorecard

SECTIONS = (
    8  # of a description, unless an import brought more; two empty ones are offered up to that
)


class LinesField(forms.CharField):
    """A list of short texts, typed one a line."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip()[:200] for line in str(value or "").splitlines() if line.strip()]


class PositionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    additional_offices = LinesField(
        label=_("Additional offices"), help_text=_("One a line."), required=False
    )

    class Meta:
        model = Position
        fields = [
            "name",
            "subcompany",
            "pipeline",
            "scorecard",
            "openings",
            "office",
            "additional_offices",
            "department",
            "recruiting_category",
            "employment_type",
            "schedule",
            "seniority",
            "years_of_experience",
            "occupation_category",
            "occupation",
            "keywords",
            "salary_min",
            "salary_max",
            "salary_currency",
            "salary_period",
            "accepts_mail",
        ]

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pipeline, subcompany = self.fields["pipeline"], self.fields["subcompany"]
        assert isinstance(pipeline, forms.ModelChoiceField)
        assert isinstance(subcompany, forms.ModelChoiceField)
        pipeline.queryset = Pipeline.objects.visible_to(member)
        pipeline.empty_label = None
        experience = self.fields["years_of_experience"]
        assert isinstance(experience, forms.ChoiceField)
        experience.choices = [("", _("Not said")), *YearsOfExperience.choices]
        scorecard = self.fields["scorecard"]
        assert isinstance(scorecard, forms.ModelChoiceField)
        scorecard.queryset = Scorecard.objects.visible_to(member)
        scorecard.empty_label = _("Stars and a text")
        scorecard.help_text = _("What evaluations of its candidates ask for.")
        subcompany.queryset = member.company.subcompanies.all()
        subcompany.empty_label = member.company.name
        subcompany.help_text = _("Decides which address and server write to candidates.")
        if member.subcompany_id:
            subcompany.queryset = subcompany.queryset.filter(pk=member.subcompany_id)
            subcompany.empty_label, subcompany.required = None, True
        if self.instance.pk:
            address = _("Its address is %(address)s.") % {
                "address": self.instance.recruiting_address
            }
            told = self.fields["accepts_mail"].help_text
            self.fields["accepts_mail"].help_text = f"{told} {address}"
        if self.instance.is_general:
            subcompany.disabled = True
        if self.instance.pk and self.instance.applications.exists():
            pipeline.disabled = True
            pipeline.help_text = _("It stays as it is while there are applications in its stages.")
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def clean_salary_currency(self) -> str:
        currency: str = self.cleaned_data["salary_currency"].strip().upper()
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            raise forms.ValidationError(_("Three letters, such as EUR."))
        return currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        low, high = data.get("salary_min"), data.get("salary_max")
        if low is not None and high is not None and low > high:
            self.add_error("salary_max", _("Less than where it begins."))
        return data


class SectionForm(forms.Form):
    heading = forms.CharField(label=_("Heading"), max_length=200, required=False)
    body = forms.CharField(
        label=_("Text"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("An empty line begins a paragraph, a line that begins with “- ” a list."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("body") and not data.get("heading"):
            self.add_error("heading", _("Give this section a heading."))
        return data


class TextForm(forms.Form):
    title = forms.CharField(
        label=_("Public title"),
        max_length=200,
        required=False,
        help_text=_("Leave everything empty to take this language off."),
    )

    def __init__(self, data: Any = None, *, text: PositionText | None = None) -> None:
        super().__init__(data, prefix="text", initial={"title": text.title if text else ""})
        stored = list(text.sections.all()) if text else []
        known = [{"heading": each.heading, "body": prose.to_text(each.body)} for each in stored]
        offered = [*known, *({} for _each in range(2))][: max(SECTIONS, len(known))]
        if data is not None:  # what was typed, however many the page offered
            offered = [{} for _each in range(max(SECTIONS, len(stored)))]
        self.sections = [
            SectionForm(data, prefix=f"section-{number}", initial=initial)
            for number, initial in enumerate(offered)
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(section.is_valid() for section in self.sections)])

    def written(self) -> list[tuple[str, str]]:
        """Pairs of heading and clean HTML, in order, without what was left empty."""
        return [
            (section.cleaned_data["heading"], prose.to_html(section.cleaned_data["body"]))
            for section in self.sections
            if section.cleaned_data["heading"]
        ]


class FieldsForm(forms.Form):
    """One choice for each field a position may ask for."""

    def __init__(self, *args: Any, position: Position, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in FormField.choices:
            self.fields[name] = forms.ChoiceField(
                label=label, choices=FieldUse.choices, initial=position.asks(name)
            )


class TeamForm(forms.Form):
    members = MembersField(label=_("Who hires for this position"))

    def __init__(self, *args: Any, position: Position, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["members"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        others = position.company.subcompanies.all()
        if position.subcompany:
            others = others.exclude(pk=position.subcompany.pk)
        field.queryset = (
            position.company.memberships.active()
            .exclude(subcompany__in=others)
            .select_related("user")
            .order_by("user__name", "pk")
        )
        self.initial["members"] = list(position.team.values_list("membership_id", flat=True))
