"""Forms that bring candidates in: one by hand, many from a file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from recruiting.forms.messages import CreateApplicationForm, FilesField
from recruiting.hiring.starting import importing
from recruiting.models import Position, Source
from recruiting.people import addresses, uploads


class CandidateForm(CreateApplicationForm):
    """A person somebody met, was recommended, or whose CV came by another way."""

    location = forms.CharField(label=_("Location"), max_length=255, required=False)
    source = forms.ModelChoiceField(
        label=_("Source"),
        queryset=Source.objects.none(),
        required=False,
        empty_label=_("No source"),
    )
    message = forms.CharField(
        label=_("What they said"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    documents = FilesField(label=_("Documents"), required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        source = self.fields["source"]
        assert isinstance(source, forms.ModelChoiceField)
        source.queryset = Source.objects.visible_to(member).filter(is_active=True)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not addresses.is_valid(email):
            raise forms.ValidationError(_("Enter an address like name@example.com."))
        return email

    def clean_documents(self) -> list[Any]:
        received: list[Any] = self.cleaned_data["documents"]
        for upload in received:
            try:
                uploads.check(upload)
            except uploads.Refused:
                raise forms.ValidationError(
                    _("“%(name)s” is larger than 20 MB, or of a kind we cannot read."),
                    params={"name": uploads.safe_name(upload.name or "")},
                ) from None
        return received


class ImportForm(forms.Form):
    position = forms.ModelChoiceField(
        label=_("Position"), queryset=Position.objects.none(), empty_label=_("Choose…")
    )
    table = forms.FileField(
        label=_("CSV or Excel file"),
        help_text=_("The first row names the columns; up to 20,000 rows and 5 MB."),
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        position = self.fields["position"]
        assert isinstance(position, forms.ModelChoiceField)
        position.queryset = (
            Position.objects.visible_to(member).exclude(state="archived").order_by("name")
        )


class MappingForm(forms.Form):
    """Which column holds which field."""

    def __init__(
        self, *args: Any, heads: Sequence[str], mapping: dict[str, int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = [("", _("Not in the file"))]
        choices += [(str(number), head or f"({number + 1})") for number, head in enumerate(heads)]
        for name, label in importing.FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=name == "email",
                initial=str(mapping.get(name, "")),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("last_name") and not data.get("full_name") and not data.get("first_name"):
            self.add_error("last_name", _("Choose the column with the name."))
        return data

    def mapping(self) -> dict[str, int]:
        """Field and number of its column, once the form is valid."""
        return {name: int(column) for name, column in self.cleaned_data.items() if column}
