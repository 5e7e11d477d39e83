"""Getting started: the checklist, and sample data to try things out on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from recruiting.hiring.starting import onboarding, samples
from recruiting.models import Onboarding


@require_GET
@member_view(Can.USE_ADMIN)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    found = Onboarding.objects.visible_to(member).select_related("sample").first()
    steps = onboarding.steps(member)
    context = {
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "next": next((step for step in steps if not step.is_done), None),
        "onboarding": found,
        "sample": found.sample if found else None,
    }
    return render(request, "recruiting/onboarding.html", context)


@require_POST
@member_view(Can.USE_ADMIN)
def dismiss(request: HttpRequest, member: Membership) -> HttpResponse:
    """Put the checklist away, or with ``back`` onto the first page again."""
    onboarding.dismiss(member, back="back" in request.POST)
    return redirect("recruiting:home")


@require_POST
@member_view(Can.USE_ADMIN)
def load_sample(request: HttpRequest, member: Membership) -> HttpResponse:
    position = samples.load(member)
    messages.success(request, _("Here is the sample. Nobody outside sees it."))
    return redirect("recruiting:board", pk=position.pk)


@require_POST
@member_view(Can.USE_ADMIN)
def remove_sample(request: HttpRequest, member: Membership) -> HttpResponse:
    count = samples.remove(member)
    text = ngettext(
        "The sample is gone, and %(count)d person with it.",
        "The sample is gone, and %(count)d people with it.",
        count,
    )
    messages.success(request, text % {"count": count})
    return redirect("recruiting:onboarding")
