"""The form of a webhook."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mailsettings.models import Event
from mailsettings.wire import http


class WebhookForm(forms.Form):
    """An address and what it is told. Valid means storable; the host is judged at each call."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "spellcheck": "false"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"), choices=Event.choices, widget=forms.CheckboxSelectMultiple
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            http.check_url(url)
        except http.HttpError as error:
            raise forms.ValidationError(_("This is not the address of a web page.")) from error
        return url
