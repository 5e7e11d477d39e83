"""Lists that are written on one page: a line each, put into order by numbers, removed by a tick."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

EMPTY_LINES = 3
MOST_LINES = 40


class LinesForm(forms.BaseFormSet):  # type: ignore[type-arg]  # generic in its stubs only
    """``lines`` are what is left and was added, in the order of their numbers."""

    empty_message: Any = _("Write at least one line.")

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("Place")
        form.fields["DELETE"].label = _("Remove")

    def lines(self) -> list[forms.Form]:
        kept = [form for form in self.forms if form.has_changed() or form.initial]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE")]
        return sorted(kept, key=lambda form: form.cleaned_data.get("ORDER") or MOST_LINES + 1)

    def clean(self) -> None:
        if not any(self.errors) and not self.lines():
            raise forms.ValidationError(self.empty_message)


def as_lines(form: type[Any], base: type[LinesForm]) -> Any:
    """The form set of that form, with some empty lines at the end."""
    return forms.formset_factory(
        form,
        formset=base,
        extra=EMPTY_LINES,
        max_num=MOST_LINES,
        absolute_max=MOST_LINES + EMPTY_LINES,
        can_order=True,
        can_delete=True,
    )
