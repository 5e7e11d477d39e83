"""How people want to be told."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Company, Membership
from recruiting.conversation.colleagues import notify
from recruiting.models import NotificationChoice, TeamNotifications
from recruiting.models.notifications import WISHES, NewsKind


class ChoicesForm(forms.Form):
    """A row for each kind: whether the bell tells it, and whether a mail does."""

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {row.kind: row for row in NotificationChoice.objects.filter(member=member)}
        self.kinds = [
            kind
            for kind in NewsKind
            if kind != NewsKind.CONNECTION or member.can.edit_mail_settings or kept.get(kind)
        ]
        for kind in self.kinds:
            row = kept.get(kind)
            self.fields[f"{kind}_app"] = forms.BooleanField(
                label=_("In Posthorn"), required=False, initial=row.in_app if row else True
            )
            self.fields[f"{kind}_mail"] = forms.ChoiceField(
                label=_("By mail"),
                choices=WISHES,
                initial=row.mail if row else notify.DEFAULTS[kind],
            )

    def rows(self) -> Iterator[tuple[str, forms.BoundField, forms.BoundField]]:
        for kind in self.kinds:
            yield str(kind.label), self[f"{kind}_app"], self[f"{kind}_mail"]

    def wishes(self) -> dict[str, tuple[bool, str]]:
        """What the form says, once it is valid."""
        data = self.cleaned_data
        return {kind: (data[f"{kind}_app"], data[f"{kind}_mail"]) for kind in self.kinds}


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    kinds = forms.MultipleChoiceField(
        label=_("What is told there"),
        choices=[
            (kind, label) for kind, label in NewsKind.choices if kind not in ("mention", "assigned")
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = TeamNotifications
        fields = ["address", "kinds", "mail", "with_names"]


class ReplyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Company
        fields = ["reply_hours"]
