"""Forms about one application."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recruiting.hiring.applications.ending import Ending
from recruiting.models import Application, MessageTemplate, RejectionReason, Stage

DELAYS = [
    ("0", _("At once")),
    ("1", _("In an hour")),
    ("24", _("In a day")),
    ("72", _("In three days")),
]


class MoveForm(forms.Form):
    stage = forms.ModelChoiceField(
        label=_("Move to"),
        queryset=Stage.objects.none(),
        error_messages={"invalid_choice": _("This stage is not one of this position's.")},
    )
    seen_in = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stage"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = application.position.pipeline.stages.all()
        self.initial.setdefault("stage", application.stage_id)


class RejectForm(forms.Form):
    reason = forms.ModelChoiceField(
        label=_("Reason"), queryset=RejectionReason.objects.none(), required=False
    )
    template = forms.ModelChoiceField(
        label=_("Mail to the candidate"),
        queryset=MessageTemplate.objects.none(),
        required=False,
        empty_label=_("No mail"),
    )
    delay = forms.ChoiceField(
        label=_("Send the mail"), choices=DELAYS, required=False, initial="24"
    )

    def __init__(
        self, *args: Any, application: Application, kind: str = "rejection", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ModelChoiceField)
        company = application.position.company_id
        field.queryset = RejectionReason.objects.filter(company=company, kind=kind)
        template = self.fields["template"]
        assert isinstance(template, forms.ModelChoiceField)
        template.queryset = MessageTemplate.objects.filter(company=company, category="rejection")

    def ending(self) -> Ending:
        """What the form says, once it is valid."""
        data = self.cleaned_data
        hours = int(data["delay"] or 0)
        return Ending(data["reason"], data["template"], timedelta(hours=hours))


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
