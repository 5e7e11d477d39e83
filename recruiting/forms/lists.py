"""Forms of the lists a company keeps: channels, and fields of its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from recruiting.choices import FieldUse
from recruiting.forms.naming import NamedForm, free
from recruiting.models import Attribute, Source


class ChannelForm(NamedForm):
    taken_message = _("There is a channel of this name.")

    class Meta:
        model = Source
        fields = ["name", "cost", "currency", "note", "is_active", "acknowledge"]
        widgets = {"note": forms.Textarea({"rows": 2})}

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].upper()
        if len(currency) != 3 or not currency.isalpha():
            raise forms.ValidationError(_("Three letters, such as EUR."))
        return currency


class AttributeForm(forms.Form):
    """A field of an application; its type and its API name are chosen once."""

    name = forms.CharField(label=_("Name"), max_length=100)
    type = forms.ChoiceField(label=_("Type"), choices=Attribute.Type.choices)
    form_use = forms.ChoiceField(
        label=_("On the application form"), choices=FieldUse.choices, initial=FieldUse.OFF
    )
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("For a list of options: one a line."),
    )

    def __init__(
        self, *args: Any, company: Company, attribute: Attribute | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.attribute = company, attribute
        if attribute:
            del self.fields["type"]
            if attribute.type != Attribute.Type.OPTIONS:
                del self.fields["options"]

    def clean_name(self) -> str:
        return free(
            Attribute.objects.filter(company=self.company),
            self.cleaned_data["name"],
            besides=self.attribute.pk if self.attribute else None,
            taken=_("There is an attribute of this name."),
        )

    def clean_options(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["options"].splitlines())
        options = list(dict.fromkeys(line for line in lines if line))
        if any(len(option) > 100 for option in options):
            raise forms.ValidationError(_("An option has at most 100 characters."))
        return options

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        kind = self.attribute.type if self.attribute else data.get("type")
        if kind == Attribute.Type.OPTIONS and not data.get("options") and not self.errors:
            self.add_error("options", _("Write at least one option."))
        return data
