"""Settings: the channels applications come through, and the company's own fields, with their API names."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies import audit
from companies.access import Can, member_view
from companies.models import Membership
from recruiting.forms.lists import AttributeForm, ChannelForm
from recruiting.hiring.positions import attributes as hiring_attributes
from recruiting.models import Attribute, Source

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
@member_view(Can.USE_ADMIN)
def channels(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every channel with the id integrators send; POST adds one."""
    form = ChannelForm(request.POST or None, instance=Source(company=member.company))
    if request.method == "POST" and form.is_valid():
        _save(form, member, "source.created")
        return redirect("recruiting:channels")
    found = Source.objects.visible_to(member).annotate(applied=Count("applications"))
    context = {"form": form, "rows": found.order_by("-is_active", "name")}
    return render(request, "recruiting/channels.html", context, status=_status(form))


@form_view
@member_view(Can.USE_ADMIN)
def channel(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = get_object_or_404(Source.objects.visible_to(member), pk=pk)
    form = ChannelForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        _save(form, member, "source.changed")
        return redirect("recruiting:channels")
    return render(
        request, "recruiting/channel.html", {"form": form, "channel": found}, status=_status(form)
    )


@form_view
@member_view(Can.USE_ADMIN)
def attributes(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every attribute with its API names; POST adds one."""
    form = AttributeForm(request.POST or None, company=member.company)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data["type"] = Attribute.Type(data["type"])
        hiring_attributes.create(member.company, **data, by=member)
        messages.success(request, _("Saved."))
        return redirect("recruiting:attributes")
    found = Attribute.objects.visible_to(member).prefetch_related("options")
    context = {"form": form, "rows": found}
    return render(request, "recruiting/attributes.html", context, status=_status(form))


@form_view
@member_view(Can.USE_ADMIN)
def attribute(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found = get_object_or_404(Attribute.objects.visible_to(member).select_related("company"), pk=pk)
    options = "\n".join(found.options.values_list("name", flat=True))
    form = AttributeForm(
        request.POST or None,
        company=member.company,
        attribute=found,
        initial={"name": found.name, "options": options, "form_use": found.form_use},
    )
    if request.method == "POST" and form.is_valid():
        hiring_attributes.change(found, **form.cleaned_data, by=member)
        messages.success(request, _("Saved."))
        return redirect("recruiting:attributes")
    return render(
        request,
        "recruiting/attribute.html",
        {"form": form, "attribute": found},
        status=_status(form),
    )


def _save(form: ChannelForm, member: Membership, verb: str) -> None:
    saved = form.save()
    audit.record(member.company, verb, saved, by=member, name=saved.name)


def _status(form: ChannelForm | AttributeForm) -> int:
    return 422 if form.is_bound and form.errors else 200
