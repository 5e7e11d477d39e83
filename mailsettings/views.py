"""Recruiting email settings: addresses and servers of the company and its subcompanies, and their tests."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view, require
from companies.models import Membership, Subcompany
from mailsettings import mailboxes, overview, starting
from mailsettings.forms import EmailSettingsForm, MailboxForm
from mailsettings.models import Mailbox, ProbeRun, Proof
from mailsettings.proofs import roundtrip, runs

RUN_TEMPLATE = "mailsettings/run.html"


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.EDIT_MAIL_SETTINGS)
def email_settings(request: HttpRequest, member: Membership) -> HttpResponse:
    """The page with the main company's mailbox open; POST stores what is not tied to one address."""
    if member.subcompany:  # the rest of the company is not theirs
        if request.method == "POST":
            raise PermissionDenied
        return redirect("mailsettings:mailbox", subcompany_id=member.subcompany.pk)
    form = None
    if request.method == "POST":
        row = mailboxes.settings_of(member.company)
        form = EmailSettingsForm(request.POST, instance=row)
        if form.is_valid():
            mailboxes.change_settings(member.company, form.cleaned_data, by=member)
            messages.success(request, _("Saved."))
            return redirect("mailsettings:email-settings")
    return _page(request, member, None, settings_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.EDIT_MAIL_SETTINGS)
def mailbox(
    request: HttpRequest, member: Membership, subcompany_id: int | None = None
) -> HttpResponse:
    """The page with one mailbox open; POST stores it and, by ``then``, begins a test of what was stored."""
    subcompany = _subcompany(member, subcompany_id)
    if request.method != "POST":
        return _page(request, member, subcompany)
    stored = mailboxes.find(member.company, subcompany)
    form = MailboxForm(request.POST, instance=stored)
    if not form.is_valid():
        return _page(request, member, subcompany, mailbox_form=form)
    mailboxes.change(member.company, subcompany, form.cleaned_data, by=member)
    then = request.POST.get("then", "")
    if then:
        _begin(request, member, mailboxes.find(member.company, subcompany), then)
    else:
        messages.success(request, _("Saved."))
    return _back(subcompany_id, "#tests" if then else "")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def test(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Begin a test of the mailbox as it is stored: ``then`` is connection or mail."""
    found = _mailbox(member, pk)
    _begin(request, member, found, request.POST.get("then", "connection"))
    return _back(found.subcompany_id, "#tests")


@require_GET
@member_view(Can.WRITE_MESSAGES)
def run(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """How a test stands: a fragment that asks again while the test runs."""
    found = get_object_or_404(
        ProbeRun.objects.visible_to(member).select_related("outgoing", "mailbox"), pk=pk
    )
    if found.mailbox is None or found.mailbox.user_id != member.user_id:
        require(member, Can.EDIT_MAIL_SETTINGS)
        if found.mailbox:
            _mailbox(member, found.mailbox.pk)
    return render(request, RUN_TEMPLATE, {"test": overview.shown(found)})


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def check_domains(request: HttpRequest, member: Membership) -> HttpResponse:
    """Have the domains looked at that the member's shared mailboxes write from."""
    shared = Mailbox.objects.visible_to(member).filter(user=None)
    if member.subcompany_id:
        shared = shared.filter(subcompany=member.subcompany_id)
    if not starting.check_domains(member.company, shared, by=member):
        messages.info(request, _("Enter an address first; then its domain can be checked."))
    return _back(member.subcompany_id, "#domain-now")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def try_again(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Try the queue of a paused account now."""
    found = _mailbox(member, pk)
    mailboxes.try_again(found, by=member)
    starting.deliver_now()
    messages.info(request, _("Trying again. The queue empties as soon as the server takes a mail."))
    return _back(found.subcompany_id)


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def disconnect(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Forget the mailbox's servers and passwords; its address stays."""
    found = _mailbox(member, pk)
    mailboxes.disconnect(found, by=member)
    messages.success(request, _("Disconnected. Servers and passwords are deleted."))
    return _back(found.subcompany_id)


def _page(
    request: HttpRequest,
    member: Membership,
    subcompany: Subcompany | None,
    *,
    settings_form: EmailSettingsForm | None = None,
    mailbox_form: MailboxForm | None = None,
) -> HttpResponse:
    key = subcompany.pk if subcompany else None
    owners = overview.owners(member.company)
    if member.subcompany_id:
        owners = [owner for owner in owners if owner.subcompany_id == member.subcompany_id]
    selected = next(owner for owner in owners if owner.subcompany_id == key)
    saved = selected.mailbox
    tests = runs.newest(saved) if saved.pk else {}
    shown = [overview.shown(tests[kind]) for kind in ProbeRun.Kind.values if kind in tests]
    row = mailboxes.settings_of(member.company)
    context: dict[str, Any] = {
        "owners": owners,
        "selected": selected,
        "paused": [owner for owner in owners if owner.sends_itself and owner.mailbox.paused_at],
        "waiting": overview.waiting(member.company),
        "settings_form": settings_form or EmailSettingsForm(instance=row),
        "form": mailbox_form or MailboxForm(instance=_copy(saved)),
        "tests": shown,
        "is_testing": any(test["is_waiting"] for test in shown),
        "proofs": list(Proof.objects.visible_to(member).select_related("mailbox")),
        "outbound_addresses": settings.OUTBOUND_ADDRESSES,
    }
    is_refused = settings_form is not None or mailbox_form is not None
    return render(
        request, "mailsettings/email_settings.html", context, status=422 if is_refused else 200
    )


def _copy(saved: Mailbox) -> Mailbox:
    """A form starts from the values that most mailboxes have: the account is the address."""
    if saved.address and not saved.smtp_host and not saved.smtp_account:
        saved.smtp_account = saved.address
    return saved


def _begin(request: HttpRequest, member: Membership, found: Mailbox, then: str) -> None:
    """Begin the test that was asked for, if there is something to test."""
    try:
        if then == "mail":
            roundtrip.start(found, by=member)
            return
        if not starting.test_connection(found, by=member):
            messages.info(request, _("Enter a server first; then its connection can be tested."))
    except runs.TooManyRuns as error:
        messages.error(request, str(error))
    except roundtrip.NoAddress:
        messages.info(request, _("Enter an address first; then a mail can be sent to it."))


def _subcompany(member: Membership, subcompany_id: int | None) -> Subcompany | None:
    if subcompany_id is None:
        if member.subcompany_id:
            raise PermissionDenied
        return None
    return get_object_or_404(Subcompany.objects.visible_to(member), pk=subcompany_id)


def _mailbox(member: Membership, pk: int) -> Mailbox:
    """Return a shared mailbox of the member's company, or of their subcompany; else 404."""
    shared = Mailbox.objects.visible_to(member).filter(user=None)
    if member.subcompany_id:
        shared = shared.filter(subcompany=member.subcompany_id)
    return get_object_or_404(shared.select_related("company", "subcompany"), pk=pk)


def _back(subcompany_id: int | None, anchor: str = "#mailbox") -> HttpResponse:
    target = (
        redirect("mailsettings:mailbox", subcompany_id=subcompany_id)
        if subcompany_id
        else redirect("mailsettings:email-settings")
    )
    target["Location"] += anchor
    return target
