"""Choosing colleagues by ticking them."""

from collections.abc import Sequence
from typing import Any

from django import forms

from companies.models import Membership


class MembersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """Members by name and role; the form says which ones are offered."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(Membership.objects.none(), required=False, **options)

    def clean(self, value: Sequence[str] | None) -> Any:
        # SQLite refuses to look for a number that no key can have.
        for key in value or ():
            if len(key) > 18:
                message = self.error_messages["invalid_choice"]
                raise forms.ValidationError(message, "invalid_choice", {"value": key[:18]})
        return super().clean(value)
