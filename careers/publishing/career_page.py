"""Settings > Career page > Activations: what of the company is public, and where."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from careers.site import hosts
from companies import audit
from companies.access import Can, member_view
from companies.models import Company, Membership


class ActivationsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Company
        fields = ["feed_enabled", "older_errors"]


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.USE_ADMIN)
def activations(request: HttpRequest, member: Membership) -> HttpResponse:
    form = ActivationsForm(request.POST or None, instance=member.company)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        audit.record(saved, "company.career_page_changed", saved, by=member, **changed)
        messages.success(request, _("Saved."))
        return redirect("publishing:career-page")
    site = hosts.site_url(member.company)
    context = {"form": form, "site_url": f"{site}/", "feed_url": f"{site}/xml"}
    return render(request, "publishing/career_page.html", context)
