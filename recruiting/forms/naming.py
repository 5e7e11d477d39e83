"""Names that stand once in a company."""

from typing import Any

from django import forms
from django.db.models import QuerySet


class NamedForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A row of a company whose ``name`` no other row of its kind there may have."""

    taken_message: Any

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        rows = self._meta.model._default_manager.filter(company=self.instance.company_id)
        return free(rows, name, besides=self.instance.pk, taken=self.taken_message)


def free(rows: QuerySet[Any], name: str, *, besides: int | None, taken: Any) -> str:
    """Return the name unless another of the rows has it; ``taken`` says so."""
    if rows.filter(name=name).exclude(pk=besides).exists():
        raise forms.ValidationError(taken)
    return name
