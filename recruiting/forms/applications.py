"""Forms about one application."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recruiting.models import Application, RejectionReason, Stage


class MoveForm(forms.Form):
    stage = forms.ModelChoiceField(
        label=_("Move to"),
        queryset=Stage.objects.none(),
        error_messages={"invalid_choice": _("This stage is not one of this position's.")},
    )

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

    def __init__(
        self, *args: Any, application: Application, kind: str = "rejection", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = RejectionReason.objects.filter(
            company=application.position.company_id, kind=kind
        )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
