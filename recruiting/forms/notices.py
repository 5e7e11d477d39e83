"""The rule of a stage: what is written to a candidate who enters it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.choices import StageKind
from recruiting.conversation.writing import placeholders
from recruiting.models import MessageTemplate
from recruiting.models.notices import StageNotice


class NoticeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = StageNotice
        fields = ["mode", "template", "delay_minutes"]

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        kwargs["prefix"] = f"s{kwargs['instance'].stage_id}"
        super().__init__(*args, **kwargs)
        if self.instance.position:
            mode = self.fields["mode"]
            assert isinstance(mode, forms.ChoiceField)
            mode.choices = [("", _("As for all positions")), *StageNotice.Mode.choices]
            mode.required = False
        field = self.fields["template"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = MessageTemplate.objects.visible_to(member)
        field.label = _("Template")
        field.empty_label = _("No template")

    def clean(self) -> dict[str, Any]:
        """Whatever is sent by itself must be fillable by a machine."""
        data = super().clean() or {}
        mode, template = data.get("mode"), data.get("template")
        if mode and mode != StageNotice.Mode.OFF and template is None:
            self.add_error("template", _("Choose what is written."))
        elif mode == StageNotice.Mode.AUTO and self.instance.stage.kind == StageKind.UNASSIGNED:
            known = {name: "x" for name in placeholders.NAMES if name != "recruiter_name"}
            text = f"{template.subject} {template.body}" if template else ""
            if placeholders.render(text, known).unresolved:
                self.add_error(
                    "template",
                    _("Nobody sends an acknowledgement, so recruiter_name needs words instead."),
                )
        return data
