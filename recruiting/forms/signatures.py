"""A team's signature, and whose it is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Membership, Subcompany
from recruiting.models import Position


class SignatureForm(forms.Form):
    """Of a position, a subcompany, or with neither of the company; members of one subcompany stay in it."""

    position = forms.ModelChoiceField(
        Position.objects.none(),
        label=_("Position"),
        required=False,
        empty_label=_("Choose a position"),
    )
    subcompany = forms.ModelChoiceField(Subcompany.objects.none(), required=False)
    text = forms.CharField(
        label=_("Signature"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    with_logo = forms.BooleanField(label=_("Show the logo below it"), required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        seen = Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)
        positions, subcompanies = self.fields["position"], self.fields["subcompany"]
        assert isinstance(positions, forms.ModelChoiceField)
        assert isinstance(subcompanies, forms.ModelChoiceField)
        positions.queryset = seen.order_by("name")
        subcompanies.queryset = Subcompany.objects.visible_to(member)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        is_companys = not (data.get("position") or data.get("subcompany"))
        if self.member.subcompany_id and is_companys and not self.errors:
            self.add_error("position", _("Choose a position."))
        return data
