"""Writing a mail as somebody in the world outside."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ats.sandbox import world


class LetterForm(forms.Form):
    """A mail from a candidate; the world's servers decide whether the recipient exists."""

    sender = forms.EmailField(
        label=_("From"), help_text=_("Any address outside Acme; its mailbox is made on the fly.")
    )
    to = forms.EmailField(
        label=_("To"), widget=forms.EmailInput({"list": "recipients", "autocomplete": "off"})
    )
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea({"rows": 10}))
    attachment = forms.FileField(label=_("Attach a file"), required=False)

    def clean_sender(self) -> str:
        sender = str(self.cleaned_data["sender"]).lower()
        if sender.endswith((f"@{world.CUSTOMER_DOMAIN}", f"@{settings.RECRUITING_DOMAIN}")):
            raise forms.ValidationError(_("Write as a candidate, not as Acme or as Posthorn."))
        return sender

    def clean_to(self) -> Any:
        to = self.cleaned_data["to"]
        try:
            world.check_recipient(to)
        except world.Refused as refusal:
            raise forms.ValidationError(
                _("The server refuses this address: %(reply)s"), params={"reply": str(refusal)}
            ) from refusal
        return to
