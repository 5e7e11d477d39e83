"""Forms of pipelines: a name, and the stages as lines."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recruiting.choices import StageKind
from recruiting.forms.lines import LinesForm, as_lines
from recruiting.forms.naming import NamedForm
from recruiting.models import Pipeline, Stage


class PipelineForm(NamedForm):
    taken_message = _("There is a pipeline of this name.")

    class Meta:
        model = Pipeline
        fields = ["name"]


class StageForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """One stage; ``stage`` is its id, nothing for a new one."""

    stage = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Stage
        fields = ["name", "max_days"]

    @property
    def is_fixed(self) -> bool:
        """Whether it is one of the system's own, which can be renamed but not removed."""
        return bool(self.initial.get("kind", StageKind.CUSTOM) != StageKind.CUSTOM)


class StagesForm(LinesForm):
    empty_message = _("Write at least one stage.")

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        names = [form.cleaned_data["name"] for form in self.lines()]
        if len(names) != len(set(names)):
            raise forms.ValidationError(_("Two stages have the same name."))

    def written(self) -> list[dict[str, Any]]:
        """The stages as ``pipelines.save`` takes them."""
        return [
            {name: form.cleaned_data.get(name) for name in ("stage", "name", "max_days")}
            for form in self.lines()
        ]


StagesFormSet = as_lines(StageForm, StagesForm)
