"""Names that stand once in a company."""

from typing import Any

from django import forms


class NamedForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A row of a company whose ``name`` no other row of its kind there may have."""

    taken_message: Any

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        rows = self._meta.model._default_manager
        same = rows.filter(company=self.instance.company_id, name=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(self.taken_message)
        return name
