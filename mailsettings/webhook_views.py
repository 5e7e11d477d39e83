"""Settings > Webhooks: the addresses that are told what happens, a test, and the log of each."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.models import WebhookDelivery, WebhookEndpoint
from mailsettings.outbound import webhooks
from mailsettings.webhook_forms import WebhookForm

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_view(Can.MANAGE_CREDENTIALS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """The list; POST registers an address and shows its secret, this once."""
    form = WebhookForm(request.POST or None)
    created, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            created, secret = webhooks.create(member.company, **form.cleaned_data, by=member)
            form = WebhookForm()
        except webhooks.TooMany:
            text = _("A company may have %(number)d webhooks. Delete one first.")
            form.add_error(None, text % {"number": webhooks.MOST})
    found = WebhookEndpoint.objects.visible_to(member).order_by("pk")
    context = {"form": form, "created": created, "secret": secret, "rows": found}
    status = 422 if form.errors else 200
    return render(request, "mailsettings/webhooks.html", context, status=status)


@require_GET
@member_view(Can.MANAGE_CREDENTIALS)
def endpoint(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """One address and what it was told in the last month."""
    found = _endpoint(member, pk)
    log = found.deliveries.order_by("-created_at", "-pk")
    page = Paginator(log, PAGE).get_page(request.GET.get("page"))
    return render(request, "mailsettings/webhook.html", {"endpoint": found, "page": page})


@require_POST
@member_view(Can.MANAGE_CREDENTIALS)
def test(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Send an event that says that it is a test."""
    found = _endpoint(member, pk)
    try:
        webhooks.send_test(found)
    except webhooks.AskedTooOften as error:
        messages.error(request, str(error))
    else:
        words = _("The test is on its way. Load the page again to see the answer.")
        messages.success(request, words)
    return redirect("mailsettings:webhook", pk=found.pk)


@require_POST
@member_view(Can.MANAGE_CREDENTIALS)
def delete(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Call the address no more."""
    webhooks.delete(_endpoint(member, pk), by=member)
    messages.success(request, _("Deleted. The address is not called any more."))
    return redirect("mailsettings:webhooks")


@require_POST
@member_view(Can.MANAGE_CREDENTIALS)
def repeat(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Deliver once more what failed."""
    found = get_object_or_404(
        WebhookDelivery.objects.visible_to(member).select_related("endpoint"), pk=pk
    )
    try:
        if webhooks.send_again(found):
            messages.success(request, _("Queued again."))
    except webhooks.AskedTooOften as error:
        messages.error(request, str(error))
    return redirect("mailsettings:webhook", pk=found.endpoint_id)


def _endpoint(member: Membership, pk: int) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.visible_to(member).select_related("company")
    return get_object_or_404(found, pk=pk)
