"""Recruiting email settings: addresses and servers of the company and its subcompanies, and their tests."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies import subcompanies
from companies.access import Can, member_view, require
from companies.forms import SubcompanyForm
from companies.models import Membership, Subcompany
from mailsettings import mailboxes, overview, permissions, presets, starting, trying
from mailsettings.forms import EmailSettingsForm, MailboxForm, fix_of
from mailsettings.models import EmailSettings, Mailbox, ProbeRun, Proof, SenderDomain
from mailsettings.models.mailboxes import MailboxQuerySet
from mailsettings.outbound import senders
from mailsettings.proofs import domains

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
    """The page with one mailbox open; POST stores it or, by ``then``, tests what was entered.

    A test mail is sent to what is stored; a connection is tested as it was entered, and nothing is saved,
    as with ``presets``, which fills in the server that is known for the address.
    """
    subcompany = _subcompany(member, subcompany_id)
    if request.method != "POST":
        return _page(request, member, subcompany)
    stored = mailboxes.find(member.company, subcompany)
    then = "connection" if "fix" in request.POST else request.POST.get("then", "")
    if then == "presets":
        return _prefilled(request, member, subcompany, stored)
    form = MailboxForm(_with_fix(request.POST), instance=stored)
    if then == "connection":
        return _test_draft(request, member, subcompany, form)
    if not form.is_valid():
        return _page(request, member, subcompany, mailbox_form=form)
    changed = mailboxes.change(member.company, subcompany, form.cleaned_data, by=member)
    saved = mailboxes.find(member.company, subcompany)
    shown_at = ""
    if then:
        shown_at = trying.begin(request, member, saved, then)
    else:
        messages.success(request, _("Saved."))
        if changed:
            starting.test_again_if_just_tested(saved, by=member)
    return _back(subcompany_id, shown_at)


@require_POST
@member_view(Can.USE_ADMIN)
def add_subcompany(request: HttpRequest, member: Membership) -> HttpResponse:
    """Add a subcompany to the company, and open its mailbox."""
    form = SubcompanyForm(request.POST, by=member)
    if not form.is_valid():
        return _page(request, member, None, subcompany_form=form)
    added = subcompanies.add(member, form.cleaned_data["name"])
    text = _("%(name)s is added. Until it has an address of its own it inherits the company's.")
    messages.success(request, text % {"name": added.name})
    return _back(added.pk)


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def test(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Begin a test of the mailbox as it is stored: ``then`` is connection, mail or own-server."""
    found = _mailbox(member, pk)
    shown_at = trying.begin(request, member, found, request.POST.get("then", "connection"))
    return _back(found.subcompany_id, shown_at)


@require_GET
@member_view(Can.WRITE_MESSAGES)
def run(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """How a test stands: a fragment that asks again while the test runs."""
    found = get_object_or_404(
        ProbeRun.objects.visible_to(member).select_related("outgoing", "mailbox__company"), pk=pk
    )
    if found.mailbox is None or found.mailbox.user_id != member.user_id:
        require(member, Can.EDIT_MAIL_SETTINGS)
        if found.mailbox:
            _mailbox(member, found.mailbox.pk)
    shown = overview.shown(found)
    context = {"test": shown, "outbound_addresses": settings.OUTBOUND_ADDRESSES}
    answer = render(request, RUN_TEMPLATE, context)
    if not shown["is_open"]:
        answer["HX-Trigger"] = (
            "tested"  # what the page says elsewhere of this mailbox is looked up anew
        )
    return answer


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def check_domains(request: HttpRequest, member: Membership) -> HttpResponse:
    """Have the domains looked at that the member's shared mailboxes write from."""
    shared = _shared(member)
    if not starting.check_domains(member.company, shared, by=member):
        messages.info(request, _("Enter an address first; then its domain can be checked."))
    return _back(member.subcompany_id, "#domain-now")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def prove_domain(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Send the proof of a verified domain now that is sent each day."""
    found = _domain(member, pk)
    if not starting.prove_domain(found, by=member):
        messages.info(request, _("A proof was sent just now. Please wait a minute."))
    return _back(member.subcompany_id, "#domain-now")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def forget_domain(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Do without a domain whose records are gone: nobody is warned of it any more."""
    found = _domain(member, pk)
    domains.do_without(found, by=member)
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
    sender = senders.resolve(found.company, found.subcompany)
    texts = {
        "address": sender.address,
        "server": sender.mailbox.server_name if sender.mailbox else _("our mail service"),
    }
    messages.success(
        request,
        _(
            "Disconnected. Servers and passwords are deleted. From now on mail leaves from "
            "%(address)s by %(server)s."
        )
        % texts,
    )
    return _back(found.subcompany_id)


def _test_draft(
    request: HttpRequest, member: Membership, subcompany: Subcompany | None, form: MailboxForm
) -> HttpResponse:
    """Test the form's servers without saving; answer with the tests, or the page where there is no script."""
    by_script = trying.is_by_script(request)
    if not form.is_valid():
        if by_script:
            return trying.refuse(request, form)
        return _page(request, member, subcompany, mailbox_form=form)
    draft: Mailbox = form.save(commit=False)
    secrets = {side: form.cleaned_data[f"{side}_password"] for side in ("smtp", "imap")}
    draft.pk = mailboxes.ensure(member.company, subcompany).pk
    begun = trying.try_out(request, member, draft, secrets)
    if by_script:
        return trying.answer(request, draft, form, trying.fixed_by(request, "encryption"))
    response = _back(subcompany.pk if subcompany else None, "")
    response["Location"] += (f"?tried={begun[0].pk}" if begun else "") + "#tests"
    return response


def _page(
    request: HttpRequest,
    member: Membership,
    subcompany: Subcompany | None,
    *,
    settings_form: EmailSettingsForm | None = None,
    mailbox_form: MailboxForm | None = None,
    subcompany_form: SubcompanyForm | None = None,
    **given: Any,
) -> HttpResponse:
    key = subcompany.pk if subcompany else None
    owners = everybody = overview.owners(member.company)
    if member.subcompany_id:
        owners = [owner for owner in owners if owner.subcompany_id == member.subcompany_id]
    selected = next(owner for owner in owners if owner.subcompany_id == key)
    saved = selected.mailbox
    tried = trying.find_draft(request, member, saved) if mailbox_form is None else None
    # Loaded with the senders above; a second question would be one too many.
    row = getattr(member.company, "email_settings", None) or EmailSettings(company=member.company)
    context: dict[str, Any] = {
        "owners": owners,
        "selected": selected,
        "paused": [owner for owner in owners if owner.sends_itself and owner.mailbox.paused_at],
        "waiting": overview.waiting(member.company),
        "settings_form": settings_form or EmailSettingsForm(instance=row),
        "subcompany_form": subcompany_form or SubcompanyForm(by=member),
        "form": mailbox_form or MailboxForm(instance=tried or _copy(saved)),
        "is_draft": tried is not None,
        "after_disconnect": overview.without(selected, everybody),
        **overview.tests_of(saved),
        "grant": (grant := getattr(saved, "grant", None)),
        **permissions.offers(owner := str(key) if key else permissions.MAIN),
        "application": permissions.application_of(saved, owner),
        "ways": permissions.ways_of(saved, grant, owner),
        "proofs": list(Proof.objects.visible_to(member).select_related("mailbox")),
    }
    context |= given
    trying.mark_blamed(context["form"], context["tests"])
    forms = (settings_form, mailbox_form, subcompany_form)
    is_refused = any(form is not None and form.is_bound for form in forms)
    return render(
        request, "mailsettings/email_settings.html", context, status=422 if is_refused else 200
    )


def _prefilled(
    request: HttpRequest, member: Membership, subcompany: Subcompany | None, stored: Mailbox
) -> HttpResponse:
    """The page with the server that sends for an address; how the mailbox is read stays as it is."""
    address = request.POST.get("address", "").strip()[:254]
    found = presets.suggest(address)
    values: dict[str, Any] = {"address": address, "use_for_sending": True}
    if found:
        values |= {name: found.values[name] for name in found.values if name.startswith("smtp_")}
    form = MailboxForm(initial=values, instance=stored)
    return _page(
        request, member, subcompany, mailbox_form=form, suggestion=found, asked_for=address
    )


def _with_fix(posted: QueryDict) -> QueryDict:
    """Return the form's data with port and encryption of the one-click fix, if that was the button."""
    fix = fix_of(posted)
    if fix is None:
        return posted
    fixed = posted.copy()
    fixed[f"{fix.side}_port"], fixed[f"{fix.side}_encryption"] = fix.port, fix.encryption
    return fixed


def _copy(saved: Mailbox) -> Mailbox:
    """A form starts from the values that most mailboxes have: the account is the address."""
    if saved.address and not saved.smtp_host and not saved.smtp_account:
        saved.smtp_account = saved.address
    return saved


def _subcompany(member: Membership, subcompany_id: int | None) -> Subcompany | None:
    if subcompany_id is None:
        if member.subcompany_id:
            raise PermissionDenied
        return None
    return get_object_or_404(Subcompany.objects.visible_to(member), pk=subcompany_id)


def _shared(member: Membership) -> MailboxQuerySet:
    """Return the shared mailboxes the member may change: those of the company, or of their subcompany."""
    shared = Mailbox.objects.visible_to(member).filter(user=None)
    return shared.filter(subcompany=member.subcompany_id) if member.subcompany_id else shared


def _mailbox(member: Membership, pk: int) -> Mailbox:
    """Return a shared mailbox of the member's company, or of their subcompany; else 404."""
    return get_object_or_404(_shared(member).select_related("company", "subcompany"), pk=pk)


def _domain(member: Membership, pk: int) -> SenderDomain:
    """Return a domain that a shared mailbox of the member's writes from; else 404."""
    found = get_object_or_404(SenderDomain.objects.visible_to(member), pk=pk)
    if member.subcompany_id and found.name not in domains.addresses_of(_shared(member)):
        raise Http404
    return found


def _back(subcompany_id: int | None, anchor: str = "#mailbox") -> HttpResponse:
    target = (
        redirect("mailsettings:mailbox", subcompany_id=subcompany_id)
        if subcompany_id
        else redirect("mailsettings:email-settings")
    )
    target["Location"] += anchor
    return target
