"""Connect with Google or Microsoft: one's own account, or a mailbox of the company."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view, require
from companies.models import Membership, Subcompany
from mailsettings import mailboxes, oauth, permissions, starting
from mailsettings.forms import ApplicationForm
from mailsettings.models import Mailbox, OAuthGrant
from mailsettings.models.mailboxes import SendsBy
from mailsettings.proofs import runs
from mailsettings.wire.oauth import OAuthFailure


@require_GET
@member_view(Can.WRITE_MESSAGES)
def ask(request: HttpRequest, member: Membership, provider: str) -> HttpResponse:
    """Send the member to the provider, who asks whether we may use the account of ``for``."""
    owner = request.GET.get("for", permissions.PERSONAL)
    mailbox, page = _find(member, owner)
    by_graph = mailbox.sends_by == SendsBy.GRAPH or request.GET.get("by") == SendsBy.GRAPH
    with_graph = by_graph and provider == OAuthGrant.Provider.MICROSOFT
    client = oauth.client_of(provider, with_graph=with_graph)
    if client is None:
        messages.info(request, str(oauth.HINTS[provider]))
        return redirect(page)
    return redirect(permissions.begin(request, client, provider, owner, with_graph=with_graph))


@require_GET
@member_view(Can.WRITE_MESSAGES)
def answer(request: HttpRequest, member: Membership, provider: str) -> HttpResponse:
    """The member comes back from the provider with a code, or with a refusal."""
    page = reverse("mailsettings:personal")
    if "admin_consent" in request.GET:
        return _note_consent(request)
    client = oauth.client_of(provider)
    try:
        found = permissions.redeem(request, client, provider) if client else None
        if found is None:
            text = _("This answer belongs to no connection begun here. Try again.")
            messages.error(request, text)
            return redirect(page)
        owner, tokens, with_graph = found
        mailbox, page = _find(member, owner)
        connected = mailboxes.connect_by_oauth(
            mailbox, provider, tokens, with_graph=with_graph, by=member
        )
    except OAuthFailure as error:
        messages.error(request, _("The provider refused: %(why)s") % {"why": error})
    except mailboxes.AddressTaken:
        text = _("This address is connected here already, by the company or a colleague.")
        messages.error(request, text)
    else:
        messages.success(request, _("Connected."))
        _test(request, connected, member)
    return redirect(page)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def choose_way(request: HttpRequest, member: Membership) -> HttpResponse:
    """Let the mail of a connected mailbox leave by SMTP or by its provider's API, and test that."""
    owner = request.POST.get("for", permissions.PERSONAL)
    mailbox, page = _find(member, owner)
    try:
        mailboxes.choose_way(mailbox, request.POST.get("by", ""), by=member)
    except (mailboxes.NoSuchWay, mailboxes.NotAllowedYet):
        messages.error(request, _("This mailbox cannot send that way."))
    else:
        messages.success(request, _("Saved."))
        _test(request, mailbox, member)
    return redirect(page)


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def connect_as_application(request: HttpRequest, member: Membership) -> HttpResponse:
    """Connect a shared mailbox through its Microsoft tenant, and test it."""
    owner = request.POST.get("for", permissions.MAIN)
    mailbox, page = _find(member, permissions.MAIN if owner == permissions.PERSONAL else owner)
    form = ApplicationForm(request.POST)
    if not permissions.application_id():
        messages.info(request, str(oauth.HINTS["microsoft"]))
    elif not form.is_valid():
        for field, errors in form.errors.items():
            messages.error(request, f"{form[field].label}: {errors[0]}")
    else:
        values = form.cleaned_data
        try:
            connected = mailboxes.connect_as_application(
                mailbox, values["address"], values["tenant"], by=member
            )
        except mailboxes.AddressTaken:
            text = _("This address is connected here already, by the company or a colleague.")
            messages.error(request, text)
        else:
            messages.success(request, _("Saved."))
            _test(request, connected, member)
    return redirect(f"{page}#mailbox")


def _note_consent(request: HttpRequest) -> HttpResponse:
    """An administrator comes back from Microsoft, who tells us nothing that the next test does not prove."""
    if "error" in request.GET:
        text = _("Microsoft reports that the permission was not given: %(why)s")
        why = request.GET.get("error_description") or request.GET["error"]
        messages.error(request, text % {"why": why[:300]})
    else:
        text = _("The administrator has let Posthorn in. Test the connection of the mailbox now.")
        messages.success(request, text)
    return redirect("mailsettings:email-settings")


def _find(member: Membership, owner: str) -> tuple[Mailbox, str]:
    """Return the mailbox of ``owner``, maybe not saved, and its page; 403 and 404 as on that page."""
    if owner == permissions.PERSONAL:
        return mailboxes.find_personal(member), reverse("mailsettings:personal")
    require(member, Can.EDIT_MAIL_SETTINGS)
    if owner == permissions.MAIN and member.subcompany_id is None:
        found = mailboxes.find(member.company, None)
        return found, reverse("mailsettings:email-settings")
    key = int(owner) if owner.isdecimal() and len(owner) < 10 else 0
    subcompany = get_object_or_404(Subcompany.objects.visible_to(member), pk=key)
    found = mailboxes.find(member.company, subcompany)
    return found, reverse("mailsettings:mailbox", args=[subcompany.pk])


def _test(request: HttpRequest, mailbox: Mailbox, member: Membership) -> None:
    try:
        starting.test_connection(mailbox, by=member)
    except runs.TooManyRuns as error:
        messages.error(request, str(error))
