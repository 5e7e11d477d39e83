"""The form of a message template."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from recruiting.conversation.writing import drafts, placeholders
from recruiting.forms.messages import FilesField
from recruiting.models import MessageTemplate, TemplateFile


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Refuses placeholders no mail can fill in, and a name that is taken in the same language."""

    attachments = FilesField(
        label=_("Add files"),
        required=False,
        help_text=_("They go along with every mail written with this template."),
    )

    class Meta:
        model = MessageTemplate
        fields = ["name", "category", "language", "subject", "body"]
        widgets = {"body": forms.Textarea({"rows": 14})}

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.company = company
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = settings.LANGUAGES
        language.initial = get_language()

    def clean_attachments(self) -> "list[UploadedFile[Any]]":
        chosen: list[UploadedFile[Any]] = self.cleaned_data["attachments"]
        kept = TemplateFile.objects.filter(template=self.instance.pk) if self.instance.pk else ()
        size = sum(upload.size or 0 for upload in chosen) + sum(one.file.size for one in kept)
        if size > drafts.MAX_ATTACHMENTS:
            raise forms.ValidationError(drafts.TOO_LARGE)
        return chosen

    def clean_subject(self) -> str:
        return _known(" ".join(self.cleaned_data["subject"].split()))

    def clean_body(self) -> str:
        return _known(self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taken = MessageTemplate.objects.filter(
            company=self.instance.company, name=data.get("name"), language=data.get("language")
        )
        if taken.exclude(pk=self.instance.pk).exists():
            self.add_error("name", _("There is a template of this name in this language already."))
        return data


def _known(text: str) -> str:
    if unknown := placeholders.unknown(text):
        raise forms.ValidationError(
            _("Nothing can be filled in for %(names)s.") % {"names": ", ".join(unknown)}
        )
    return text
