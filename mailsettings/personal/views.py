"""Email connection: a member connects, tests and disconnects their own mail account."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies import members
from companies.access import Can, member_view
from companies.models import Membership
from mailsettings import mailboxes, overview, permissions, presets, starting, trying
from mailsettings.forms import fix_of
from mailsettings.models import Mailbox, OAuthGrant, Proof, SentCopy
from mailsettings.outbound import senders
from mailsettings.personal.forms import PersonalForm, SignatureForm, initial_address, with_fix

PAGE = "mailsettings:personal"
TEMPLATE = "mailsettings/personal/connection.html"


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.WRITE_MESSAGES)
def connection(request: HttpRequest, member: Membership) -> HttpResponse:
    """The page; POST stores the account or, by ``then``, tests what was entered or fills in its servers.

    Of the tests only that of ``connect`` saves first.
    """
    stored = mailboxes.find_personal(member)
    if request.method != "POST":
        return _page(request, member, stored)
    then = request.POST.get("then", "")
    if then == "presets":
        return _prefilled(request, member, stored)
    form = PersonalForm(with_fix(request.POST), stored=stored)
    if then == "connection" or fix_of(request.POST):
        return _test_draft(request, member, stored, form)
    if not form.is_valid():
        return _page(request, member, stored, form=form, status=422)
    changed = mailboxes.change_personal(member, form.values())
    messages.success(request, _("Saved."))
    saved = mailboxes.find_personal(member)
    if then == "connect":
        trying.begin(request, member, saved, "connection")
    elif changed:
        starting.test_again_if_just_tested(saved, by=member)
    return redirect(PAGE)


@require_GET
@member_view(Can.WRITE_MESSAGES)
def suggestion(request: HttpRequest, member: Membership) -> HttpResponse:
    """The server fields filled in for an address: a fragment."""
    stored = mailboxes.find_personal(member)
    return render(
        request,
        "mailsettings/personal/servers.html",
        _suggested(stored, request.GET.get("address", "")[:254]),
    )


@require_POST
@member_view(Can.WRITE_MESSAGES)
def test(request: HttpRequest, member: Membership) -> HttpResponse:
    """Test the account as it is stored: ``then`` is connection or own-server."""
    stored = mailboxes.find_personal(member)
    target = redirect(PAGE)
    target["Location"] += trying.begin(
        request, member, stored, request.POST.get("then", "connection")
    )
    return target


@require_POST
@member_view(Can.WRITE_MESSAGES)
def try_again(request: HttpRequest, member: Membership) -> HttpResponse:
    """Try the queue of a paused account now."""
    stored = mailboxes.find_personal(member)
    if stored.pk:
        mailboxes.try_again(stored, by=member)
        starting.deliver_now()
    messages.info(request, _("Trying again. The queue empties as soon as the server takes a mail."))
    return redirect(PAGE)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def disconnect(request: HttpRequest, member: Membership) -> HttpResponse:
    """Forget the account's servers and password."""
    stored = mailboxes.find_personal(member)
    if stored.pk:
        mailboxes.disconnect(stored, by=member)
    messages.success(request, _("Disconnected. Servers and passwords are deleted."))
    return redirect(PAGE)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def signature(request: HttpRequest, member: Membership) -> HttpResponse:
    """Store the member's signature."""
    form = SignatureForm(request.POST)
    if not form.is_valid():
        stored = mailboxes.find_personal(member)
        return _page(request, member, stored, signature_form=form, status=422)
    members.change_signature(member, form.cleaned_data["signature"])
    messages.success(request, _("Saved."))
    return redirect(PAGE)


def _test_draft(
    request: HttpRequest, member: Membership, stored: Mailbox, form: PersonalForm
) -> HttpResponse:
    """Test the form's servers without saving; answer with the tests, or the page where there is no script."""
    by_script = trying.is_by_script(request)
    if not form.is_valid():
        if by_script:
            return trying.refuse(request, form)
        return _page(request, member, stored, form=form, status=422)
    draft = form.draft(mailboxes.ensure_personal(member).pk)
    secrets = dict.fromkeys(("smtp", "imap"), form.cleaned_data["password"])
    begun = trying.try_out(request, member, draft, secrets)
    if by_script:
        fixed = trying.fixed_by(request, "found")
        return trying.answer(request, draft, form, [*fixed, "uses_tls"] if fixed else [])
    target = redirect(PAGE)
    target["Location"] += (f"?tried={begun[0].pk}" if begun else "") + "#tests"
    return target


def _suggested(stored: Mailbox, address: str) -> dict[str, Any]:
    found = presets.suggest(address)
    values = {"address": address} | (found.values if found else {})
    return {
        "form": PersonalForm(stored=stored, initial=values),
        "suggestion": found,
        "asked_for": address,
    }


def _prefilled(request: HttpRequest, member: Membership, stored: Mailbox) -> HttpResponse:
    """The page without JavaScript: servers filled in, the password to be typed afterwards."""
    suggested = _suggested(stored, request.POST.get("address", "")[:254])
    return _page(request, member, stored, **suggested)


def _page(
    request: HttpRequest,
    member: Membership,
    stored: Mailbox,
    *,
    status: int = 200,
    **given: Any,
) -> HttpResponse:
    tried = trying.find_draft(request, member, stored)
    start = {"address": initial_address(member, tried or stored)}
    grant = OAuthGrant.objects.filter(mailbox=stored.pk).first() if stored.pk else None
    context: dict[str, Any] = {
        "form": PersonalForm(stored=stored, shown=tried, initial=start),
        "is_draft": tried is not None,
        **overview.tests_of(stored),
        "signature_form": SignatureForm(initial={"signature": member.signature}),
        "suggestion": presets.known(stored.address),
        "stored": stored,
        "without": senders.resolve(member.company, member.subcompany),
        "grant": grant,
        "ways": permissions.ways_of(stored, grant, permissions.PERSONAL),
        **permissions.offers(),
        "proofs": list(Proof.objects.filter(mailbox=stored.pk)) if stored.pk else [],
        "unread": stored.folders.filter(
            failing_since__isnull=False, next_poll_at__isnull=False
        ).first()
        if stored.pk
        else None,
        "copies_missing": SentCopy.objects.filter(
            mail__mailbox=stored.pk, state=SentCopy.State.FAILED
        ).count()
        if stored.pk
        else 0,
        "waiting": overview.waiting(member.company).get(stored.pk or 0, 0),
    }
    context |= given
    trying.mark_blamed(context["form"], context["tests"])
    return render(request, TEMPLATE, context, status=status)
