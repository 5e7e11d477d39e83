"""Forms for writing and sorting messages."""

import mimetypes
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership
from mailsettings.mime.compose import Attachment
from recruiting.conversation.writing import drafts
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application, DraftFile, MessageAttachment, Position, TemplateFile
from recruiting.people import uploads

INPUT = {"class": "input", "autocomplete": "off"}
# Words that promise a file, in English and German.
_PROMISE = re.compile(
    r"\b(attached|attachments?|enclosed|enclosure|anbei|im anhang|angehängt|beigefügt\w*|anlagen?)\b",
    re.IGNORECASE,
)


class AddressesField(forms.CharField):
    """Several addresses in one line, separated by commas or semicolons."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        parts = text.replace(";", ",").split(",")
        return [part.strip() for part in parts if part.strip()]

    def validate(self, value: Any) -> None:
        super().validate(value)
        for address in value:
            try:
                validate_email(address)
            except forms.ValidationError as error:
                text = _("%(address)s is not an e-mail address.") % {"address": address}
                raise forms.ValidationError(text) from error

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        listed: Sequence[Any] = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in listed if one]


def read_files(chosen: "Sequence[UploadedFile[Any]]") -> list[Attachment]:
    """Uploads as attachments of a mail."""
    return [
        Attachment(
            name=uploads.safe_name(upload.name or ""),
            content_type=mimetypes.guess_type(upload.name or "")[0] or uploads.OTHER_TYPE,
            content=upload.read(),
        )
        for upload in chosen
    ]


class AttachForm(forms.Form):
    """Files for a message, which may still be without a word."""

    attachments = FilesField(label=_("Files"), required=False)


class ComposeForm(AttachForm):
    to = AddressesField(label=_("To"), max_length=1000, widget=forms.TextInput(INPUT))
    cc = AddressesField(
        label=_("Cc"), max_length=1000, required=False, widget=forms.TextInput(INPUT)
    )
    bcc = AddressesField(
        label=_("Bcc"), max_length=1000, required=False, widget=forms.TextInput(INPUT)
    )
    subject = forms.CharField(label=_("Subject"), max_length=300, widget=forms.TextInput(INPUT))
    text = forms.CharField(
        label=_("Message"), max_length=100_000, widget=forms.Textarea({"rows": 8})
    )
    sent_from = forms.ChoiceField(
        label=_("From"), choices=[("company", ""), ("me", "")], required=False
    )
    without_files = forms.BooleanField(label=_("Send without a file"), required=False)
    quote = forms.BooleanField(label=_("Quote the last answer below"), required=False)
    send_at = forms.DateTimeField(
        label=_("Send later"),
        required=False,
        widget=forms.DateTimeInput({"class": "input", "type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"],
    )
    template = forms.IntegerField(required=False, widget=forms.HiddenInput)
    with_template_files = forms.BooleanField(required=False, initial=True)
    again = forms.ModelMultipleChoiceField(
        MessageAttachment.objects.none(), to_field_name="code", required=False
    )

    kept = forms.ModelMultipleChoiceField(
        DraftFile.objects.none(),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": _("A file is not here any more. Attach it again.")},
    )

    def __init__(self, *args: Any, application: Application, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "again": drafts.sent_before(application),
            "kept": drafts.uploaded(application, by=by),
        }
        for name, files in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = files.select_related("file")

    def clean_send_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["send_at"]
        if at and at < timezone.now():
            raise forms.ValidationError(_("This moment is over. Choose a later one."))
        return at

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        promised = _PROMISE.search(data.get("text", ""))
        has_files = (
            data.get("kept")
            or data.get("again")
            or (
                data.get("with_template_files")
                and TemplateFile.objects.filter(template=data.get("template")).exists()
            )
        )
        if promised and not has_files and not data.get("without_files"):
            self.add_error(
                "without_files",
                _("The text says “%(word)s”, but no file is attached.") % {"word": promised[0]},
            )
        return data

    def letter(self) -> Letter:
        """What the form says, once it is valid."""
        data = self.cleaned_data
        return Letter(
            subject=data["subject"],
            text=data["text"],
            to=data["to"],
            from_me=data["sent_from"] == "me",
            cc=data["cc"],
            bcc=data["bcc"],
            quote=data["quote"],
            not_before=data["send_at"],
            template=data["template"],
            with_template_files=data["with_template_files"],
            attachments=[
                Attachment(each.name, each.content_type, each.file.read())
                for each in (*data["kept"], *data["again"])
            ],
        )


class MailingForm(forms.Form):
    """A letter with placeholders, for many."""

    subject = forms.CharField(label=_("Subject"), max_length=300)
    text = forms.CharField(
        label=_("Message"), max_length=100_000, widget=forms.Textarea({"rows": 12})
    )
    template = forms.IntegerField(required=False, widget=forms.HiddenInput)


class AssignForm(forms.Form):
    application = forms.ModelChoiceField(
        label=_("Application"), queryset=Application.objects.none()
    )
    remember_address = forms.BooleanField(
        label=_("Remember this address"), required=False, initial=True
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["application"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Application.objects.visible_to(member).select_related(
            "candidate", "position"
        )


class CreateApplicationForm(forms.Form):
    """The basic data of a person who applied by mail, prefilled from the message."""

    position = forms.ModelChoiceField(
        label=_("Position"), queryset=Position.objects.none(), empty_label=_("Choose…")
    )
    first_name = forms.CharField(label=_("First name"), max_length=255, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=255)
    email = forms.EmailField(label=_("E-mail"), max_length=255)
    phone = forms.CharField(label=_("Phone"), max_length=255, required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["position"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = (
            Position.objects.visible_to(member).exclude(state="archived").order_by("name")
        )
