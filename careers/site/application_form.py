"""The application form of the career pages, and how it tells people from programs.

It works without JavaScript, cookies and sessions. A program fills in the field nobody sees, or sends no
token of ours; both see the form again, so that nobody is lost. Who is quick is not asked twice. Files
that came with a form that is shown again are kept ahead, and named in it by signed tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from careers.applicant import forms as wire
from careers.receiving.uploads import Upload
from careers.site import captcha
from careers.site.hosts import Site
from companies.models import Company
from recruiting.choices import DocumentCategory, FieldUse, FormField
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import Attribute, Position, UploadedDocument
from recruiting.people import addresses, categories, uploads
from recruiting.people.uploads import Paper

MAX_SECONDS = 3 * 24 * 3600  # how long a page may stay open
MAX_MESSAGE = 20_000  # characters
TRAP = "homepage"  # the field people do not see
MAX_KEPT = 30  # files sent ahead that one form may name
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
    solution = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        position: Position,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Upload] | None = None,
    ) -> None:
        super().__init__(data, files, initial={"started": start(position)})
        self.position = position
        self.company = position.company
        self.kept = _kept(self.company, data.getlist("kept") if data else [])
        self.custom = custom_fields(self.company)
        for attribute, field in self.custom.items():
            self.fields[attribute.api_name] = field
        if self.company.consent_text:
            self.fields["consent"] = forms.BooleanField(label=self.company.consent_text)
        for name in FormField.values:
            if position.asks(name) == FieldUse.OFF:
                del self.fields[name]
            else:
                is_here = any(row.field == name for row in self.kept)
                must = position.asks(name) == FieldUse.REQUIRED
                self.fields[name].required = must and not is_here

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not addresses.is_valid(email):
            raise ValidationError(_("Enter an address like name@example.com."))
        return email

    def clean(self) -> dict[str, Any]:
        if self.errors:  # there is enough to say; who sends again is asked again
            return self.cleaned_data
        token = self.cleaned_data["started"]
        solved = captcha.passes(self.company.captcha, self.cleaned_data["solution"])
        if self.cleaned_data[TRAP] or not _is_current(token, self.position) or not solved:
            raise ValidationError(
                _("Please check what you wrote and send it once more. It has not been sent yet.")
            )
        return self.cleaned_data

    def begin_anew(self) -> None:
        """Make the form that is shown again one that can be sent: no trap sprung, no token too old."""
        data = {name: self.data.get(name, "") for name in self.data} | {TRAP: "", "solution": ""}
        if not _is_current(data.get("started", ""), self.position):
            data["started"] = start(self.position)
        self.data = data

    def applicant(self, site: Site, documents: Sequence[Paper]) -> Applicant:
        """Return who applies, read by the endpoint's rules; tracking of the link names the source."""
        given = {name: self.cleaned_data[name] for name in wire.LENGTHS if name in self.fields}
        message = self.cleaned_data.get("message", "").replace("\r\n", "\n")
        values = (
            given
            | self._custom_values()
            | {
                "message": message,
                "recruiting_channel_id": site.tracking.get("_pc", ""),
                "external_posting_id": site.tracking.get("pid", ""),
            }
        )
        applicant = wire.read_applicant(wire.Fields(values), site.company)
        extra = dict(applicant.extra)
        if self.company.consent_text:
            extra["consent"] = self.company.consent_text
        return replace(applicant, documents=documents, extra=extra)

    def _custom_values(self) -> dict[str, str]:
        said = {row.api_name: self.cleaned_data[row.api_name] for row in self.custom}
        return {name: str(value) for name, value in said.items() if value}

    def keep_documents(self, company: Company) -> list[Paper]:
        """Store every file, after those that were kept ahead; raises ``OSError`` where storage fails."""
        sent = [
            (upload, _category(upload, possible))
            for name, possible in DOCUMENTS.items()
            for upload in self.cleaned_data.get(name, ())
        ]
        return [row.paper for row in self.kept] + uploads.receive_all(company, sent)

    def keep_ahead(self) -> None:
        """Keep the sound files of a form that is shown again, so that nobody chooses them twice."""
        for name, possible in DOCUMENTS.items():
            if name not in self.fields:
                continue
            for upload in self.cleaned_data.get(name) or []:
                paper = uploads.receive(self.company, upload, category=_category(upload, possible))
                waiting = UploadedDocument.objects.create(
                    company=self.company,
                    file=paper.file,
                    name=paper.name,
                    content_type=paper.content_type,
                )
                token = _kept_signer().sign_object([str(waiting.uuid), name, paper.category])
                self.kept.append(Kept(token, name, paper))


@dataclass(frozen=True)
class Kept:
    """A file that came with an earlier sending of the form: its token, its field, and what it is."""

    token: str
    field: str
    paper: Paper


def custom_fields(company: Company) -> dict[Attribute, forms.Field]:
    """Return a field for each attribute the company asks for on its form.

    None that an administrator named like a field of the form, which would take its place.
    """
    asked = company.attributes.exclude(form_use=FieldUse.OFF).prefetch_related("options")
    asked = asked.exclude(api_name__in=[*ApplicationForm.base_fields, "consent", "kept"])
    return {attribute: _custom_field(attribute) for attribute in asked}


def _custom_field(attribute: Attribute) -> forms.Field:
    options: dict[str, Any] = {
        "label": attribute.name,
        "required": attribute.form_use == FieldUse.REQUIRED,
    }
    if attribute.type == Attribute.Type.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options)
    if attribute.type == Attribute.Type.OPTIONS:
        choices = [(option.api_name, option.name) for option in attribute.options.all()]
        return forms.ChoiceField(choices=[("", "–"), *choices], **options)
    return forms.CharField(max_length=1000, **options)


def _kept(company: Company, tokens: Sequence[str]) -> list[Kept]:
    """Return the files the tokens stand for; those expired, forged or of others are gone."""
    found: list[Kept] = []
    for token in tokens[:MAX_KEPT]:
        try:
            uuid, name, category = _kept_signer().unsign_object(token)
        except signing.BadSignature:
            continue
        row = UploadedDocument.objects.waiting().filter(company=company, uuid=uuid)
        for waiting in row.select_related("file"):
            paper = Paper(waiting.file, waiting.name, waiting.content_type, category)
            found.append(Kept(token, name, paper))
    return found


def _kept_signer() -> signing.Signer:
    return signing.Signer(salt="careers.site.application_form.kept")


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
