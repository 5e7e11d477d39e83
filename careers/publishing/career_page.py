"""Settings > Career page > Activations: what of the company is public, and where."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from careers.site import hosts, look
from companies import audit, files
from companies.access import Can, member_view
from companies.models import Company, Membership, Subcompany
from recruiting.hiring.positions import general

READABLE = 4.5  # WCAG AA
MAIN = "main"  # the company itself, among its subcompanies
LARGEST_LOGO = 500_000  # bytes


class ActivationsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Company
        fields = [
            "feed_enabled",
            "older_errors",
            "consent_text",
            "thanks_urls",
            "accent",
            "captcha",
        ]
        widgets = {
            "consent_text": forms.Textarea({"rows": 3}),
            "thanks_urls": forms.Textarea({"rows": 2}),
        }

    picture = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG, JPEG, WebP or GIF, up to 500 kB.")
    )
    no_picture = forms.BooleanField(label=_("Remove the logo"), required=False)

    general = forms.MultipleChoiceField(
        label=_("Unsolicited applications"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Who takes them has a page for it below the open positions, on a pipeline of its own."
            " The XML feed leaves it out."
        ),
    )

    accent = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=_("Colour"),
        required=False,
        help_text=_("Of links and buttons on the career site, as #2857cf."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company: Company = self.instance
        self.subcompanies = {str(row.pk): row for row in company.subcompanies.order_by("name")}
        field = self.fields["general"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            (MAIN, company.name),
            *((pk, row.name) for pk, row in self.subcompanies.items()),
        ]
        self.initial["general"] = [str(pk or MAIN) for pk in general.takers(company)]

    def takers(self) -> list[Subcompany | None]:
        """Return who is to take unsolicited applications, None for the main company."""
        return [self.subcompanies.get(pk) for pk in self.cleaned_data["general"]]

    def clean_thanks_urls(self) -> str:
        lines: list[str] = self.cleaned_data["thanks_urls"].split()
        is_address = URLValidator(
            schemes=["https"], message=_("Write one https:// address on each line.")
        )
        for line in lines:
            is_address(line)
        return "\n".join(lines)

    def clean_accent(self) -> str:
        colour: str = self.cleaned_data["accent"]
        if colour and look.contrast_on_white(colour) < READABLE:
            raise forms.ValidationError(
                _("Text in this colour is hard to read on white. Choose a darker one.")
            )
        return colour

    def clean_picture(self) -> "UploadedFile[Any] | None":
        picture: UploadedFile[Any] | None = self.cleaned_data["picture"]
        if picture is None:
            return None
        if (picture.size or 0) > LARGEST_LOGO or not look.picture_type(picture.read(261)):
            raise forms.ValidationError(_("Choose a PNG, JPEG, WebP or GIF of up to 500 kB."))
        picture.seek(0)
        return picture

    def place_logo(self) -> None:
        """Put the chosen picture in the place of the logo, or none."""
        if self.cleaned_data["no_picture"]:
            self.instance.logo = None
        elif self.cleaned_data["picture"]:
            content = self.cleaned_data["picture"].read()
            self.instance.logo = files.store(self.instance, content)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.USE_ADMIN)
def activations(request: HttpRequest, member: Membership) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = ActivationsForm(posted, request.FILES or None, instance=member.company)
    if posted is not None and form.is_valid():
        form.place_logo()
        saved = form.save()
        if "general" in form.changed_data:
            general.choose(saved, form.takers(), by=member)
        changed = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        audit.record(saved, "company.career_page_changed", saved, by=member, **changed)
        messages.success(request, _("Saved."))
        return redirect("publishing:career-page")
    site = hosts.site_url(member.company)
    context = {"form": form, "site_url": f"{site}/", "feed_url": f"{site}/xml"}
    status = 422 if form.errors else 200
    return render(request, "publishing/career_page.html", context, status=status)
