"""The application form of the career pages, and how it tells people from programs.

It works without JavaScript, cookies and sessions. A program fills in the field nobody sees, or is done
before a person could have read the first line; both see the form again, so that nobody is lost.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from careers.applicant import forms as wire
from careers.receiving.uploads import Upload
from careers.site.hosts import Site
from companies.models import Company
from recruiting.choices import DocumentCategory, FieldUse, FormField
from recruiting.hiring.applying import Applicant
from recruiting.models import Position
from recruiting.people import addresses, categories, uploads
from recruiting.people.uploads import Paper

MIN_SECONDS = 2  # nobody writes a name and an address faster
MAX_SECONDS = 3 * 24 * 3600  # how long a page may stay open
MAX_MESSAGE = 20_000  # characters
TRAP = "homepage"  # the field people do not see
# The categories a field's documents may have: the one their names tell, if it is one of these, else the first.
DOCUMENTS = {
    "cv": [DocumentCategory.CV],
    "cover_letter": [DocumentCategory.COVER_LETTER],
    "certificates": [DocumentCategory.CERTIFICATE, DocumentCategory.EMPLOYMENT_REFERENCE],
    "documents": [DocumentCategory.OTHER, *DocumentCategory],
}


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class DocumentsField(forms.FileField):
    """Any number of files, each of a kind and size we take."""

    widget = SeveralFiles

    def clean(self, data: Sequence[Upload] | None, initial: Any = None) -> list[Upload]:
        received = [super(DocumentsField, self).clean(upload, initial) for upload in data or ()]
        for upload in received:
            try:
                uploads.check(upload)
            except uploads.Refused:
                raise ValidationError(
                    _("“%(name)s” is larger than 20 MB, or of a kind we cannot read."),
                    params={"name": uploads.safe_name(upload.name or "")},
                ) from None
        return received


def _text(name: str, label: Any, autocomplete: str = "", **options: Any) -> forms.CharField:
    """A field as long as the endpoint takes it; empty unless ``required``."""
    attributes = {"autocomplete": autocomplete} if autocomplete else {}
    widget = options.pop("widget", forms.TextInput)(attrs=attributes)
    limit = wire.LENGTHS.get(name)
    options.setdefault("required", False)
    return forms.CharField(label=label, max_length=limit, widget=widget, **options)


class ApplicationForm(forms.Form):
    """What an applicant tells; ``started`` is signed and says when the page was opened, and for what."""

    first_name = _text("first_name", _("First name"), "given-name", required=True)
    last_name = _text("last_name", _("Last name"), "family-name", required=True)
    email = _text("email", _("E-mail address"), "email", required=True, widget=forms.EmailInput)
    phone = _text("phone", _("Phone"), "tel")
    location = _text("location", _("Where you live"), "address-level2")
    available_from = _text("available_from", _("Available from"))
    salary_expectations = _text("salary_expectations", _("Salary expectations"))
    message = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=MAX_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    cv = DocumentsField(label=_("CV"), required=False)
    cover_letter = DocumentsField(label=_("Cover letter"), required=False)
    certificates = DocumentsField(label=_("Certificates and references"), required=False)
    documents = DocumentsField(label=_("Other documents"), required=False)
    homepage = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    started = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        position: Position,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Upload] | None = None,
    ) -> None:
        super().__init__(data, files, initial={"started": start(position)})
        self.position = position
        for name in FormField.values:
            if position.asks(name) == FieldUse.OFF:
                del self.fields[name]
            else:
                self.fields[name].required = position.asks(name) == FieldUse.REQUIRED

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not addresses.is_valid(email):
            raise ValidationError(_("Enter an address like name@example.com."))
        return email

    def clean(self) -> dict[str, Any]:
        if self.errors:  # there is enough to say; who sends again is asked again
            return self.cleaned_data
        token = self.cleaned_data["started"]
        if self.cleaned_data[TRAP] or not _was_written(token, self.position):
            raise ValidationError(
                _("Please check what you wrote and send it once more. It has not been sent yet.")
            )
        return self.cleaned_data

    def begin_anew(self) -> None:
        """Make the form that is shown again one that can be sent: no trap sprung, no token too old."""
        data = {name: self.data.get(name, "") for name in self.data} | {TRAP: ""}
        if not _is_current(data.get("started", ""), self.position):
            data["started"] = start(self.position)
        self.data = data

    def applicant(self, site: Site, documents: Sequence[Paper]) -> Applicant:
        """Return who applies, read by the endpoint's rules; tracking of the link names the source."""
        given = {name: self.cleaned_data[name] for name in wire.LENGTHS if name in self.fields}
        message = self.cleaned_data.get("message", "").replace("\r\n", "\n")
        values = given | {
            "message": message,
            "recruiting_channel_id": site.tracking.get("_pc", ""),
            "external_posting_id": site.tracking.get("pid", ""),
        }
        applicant = wire.read_applicant(wire.Fields(values), site.company)
        return replace(applicant, documents=documents)

    def keep_documents(self, company: Company) -> list[Paper]:
        """Store every file; raises ``OSError`` where storage fails."""
        return [
            uploads.receive(company, upload, category=_category(upload, possible))
            for name, possible in DOCUMENTS.items()
            for upload in self.cleaned_data.get(name, ())
        ]


def start(position: Position) -> str:
    """Return the token of a form that is opened now; it is good for this position only."""
    return _signer().sign(str(position.number))


def _category(upload: Upload, possible: Sequence[DocumentCategory]) -> DocumentCategory:
    told = categories.guess(upload.name or "")
    return told if told in possible else possible[0]


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt="careers.site.application_form")


def _is_current(token: str, position: Position) -> bool:
    """Whether we gave this token out for this position, less than ``MAX_SECONDS`` ago."""
    try:
        return _signer().unsign(token, max_age=MAX_SECONDS) == str(position.number)
    except signing.BadSignature:  # too old is a kind of bad
        return False


def _was_written(token: str, position: Position) -> bool:
    """Whether a person may have written the form between opening and sending it."""
    if not _is_current(token, position):
        return False
    try:
        _signer().unsign(token, max_age=MIN_SECONDS)
    except signing.SignatureExpired:
        return True
    return False
