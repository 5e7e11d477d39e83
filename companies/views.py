"""Settings of a company besides its mail: credentials, members, support access; and one's own profile."""

import logging

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies import credentials, emails, members, support
from companies.access import Can, member_view
from companies.forms import (
    CredentialForm,
    InvitationForm,
    MembershipForm,
    ProfileForm,
    SupportForm,
)
from companies.models import ApiCredential, ApiRequest, Membership, SupportAccess, User

log = logging.getLogger(__name__)
form_view = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@member_view(Can.VIEW_POSITIONS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """What the member may set up."""
    return render(request, "companies/settings.html")


@form_view
@never_cache
@member_view(Can.MANAGE_CREDENTIALS)
def api_credentials(request: HttpRequest, member: Membership) -> HttpResponse:
    """The list; POST issues one and shows its token, this once."""
    form = CredentialForm(request.POST or None)
    issued, token = None, ""
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        issued, token = credentials.issue(member.company, name=name, by=member)
        form = CredentialForm()
    found = ApiCredential.objects.visible_to(member).select_related("created_by")
    context = {
        "form": form,
        "now": timezone.now(),
        "issued": issued,
        "token": token,
        "rows": found.order_by("revoked_at", "-created_at"),
        "unauthorised": member.company.unauthorised_requests.all()[: ApiRequest.KEPT],
        "endpoint": f"{settings.PUBLIC_URL}/recruiting/applicant",
    }
    return render(request, "companies/credentials.html", context, status=_status(form))


@require_GET
@member_view(Can.MANAGE_CREDENTIALS)
def api_credential(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """One credential with its latest requests, so that an integrator sees why something was refused."""
    found = get_object_or_404(ApiCredential.objects.visible_to(member), pk=pk)
    context = {"credential": found, "requests": found.requests.all()[: ApiRequest.KEPT]}
    return render(request, "companies/credential.html", context)


@require_POST
@never_cache
@member_view(Can.MANAGE_CREDENTIALS)
def rotate_credential(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Show the token that takes the old one's place, this once."""
    found = get_object_or_404(ApiCredential.objects.visible_to(member).live(), pk=pk)
    try:
        issued, token = credentials.rotate(found, by=member)
    except credentials.AlreadyRotated:
        messages.info(request, _("This token has been rotated. Rotate the one that replaced it."))
        return redirect("companies:credentials")
    context = {
        "credential": found,
        "issued": issued,
        "token": token,
        "endpoint": f"{settings.PUBLIC_URL}/recruiting/applicant",
        "until": timezone.now() + credentials.OVERLAP,
    }
    return render(request, "companies/credential_rotated.html", context)


@require_POST
@member_view(Can.MANAGE_CREDENTIALS)
def revoke_credential(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """End a credential at once."""
    credential = get_object_or_404(ApiCredential.objects.visible_to(member), pk=pk)
    credentials.revoke(credential, by=member)
    messages.success(request, _("Revoked. Requests with this token are refused from now on."))
    return redirect("companies:credentials")


@form_view
@member_view(Can.MANAGE_MEMBERS)
def member_list(request: HttpRequest, member: Membership) -> HttpResponse:
    """Who works here; POST invites somebody."""
    form = InvitationForm(request.POST or None, by=member)
    if request.method == "POST" and form.is_valid():
        invited = members.invite(member.company, **form.cleaned_data, by=member)
        _send_invitation(request, invited)
        return redirect("companies:members")
    found = Membership.objects.visible_to(member).select_related("user", "subcompany")
    context = {"form": form, "members": found.order_by("-is_active", "user__name", "user__email")}
    return render(request, "companies/members.html", context, status=_status(form))


@form_view
@member_view(Can.MANAGE_MEMBERS)
def edit_member(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """One member's role, place and access."""
    found = _member(member, pk)
    initial = {name: getattr(found, name) for name in ("role", "subcompany", "is_active")}
    form = MembershipForm(request.POST or None, by=member, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            members.change(found, **form.cleaned_data, by=member)
        except members.LastOwner:
            form.add_error(None, _("The company needs an owner. Make somebody else one first."))
        except members.NotAllowed:
            form.add_error(
                None, _("Owners are changed by owners only, and nobody locks out themselves.")
            )
        else:
            messages.success(request, _("Saved."))
            return redirect("companies:members")
    context = {"form": form, "edited": found}
    return render(request, "companies/member.html", context, status=_status(form))


@require_POST
@member_view(Can.MANAGE_MEMBERS)
def send_invitation(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Send the link to choose a password once more."""
    _send_invitation(request, _member(member, pk))
    return redirect("companies:members")


@form_view
@member_view(Can.GRANT_SUPPORT)
def support_access(request: HttpRequest, member: Membership) -> HttpResponse:
    """Who of the operators may look at the company until when; POST lets one in."""
    form = SupportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        support.grant(**form.cleaned_data, by=member)
        messages.success(request, _("Access granted. You can end it here at any time."))
        return redirect("companies:support")
    found = SupportAccess.objects.filter(company=member.company_id)
    context = {
        "form": form,
        "rows": found.select_related("operator", "granted_by").order_by("-until")[:50],
        "now": timezone.now(),
    }
    return render(request, "companies/support.html", context, status=_status(form))


@require_POST
@member_view(Can.GRANT_SUPPORT)
def end_support(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Lock an operator out again."""
    access = get_object_or_404(SupportAccess, company=member.company_id, pk=pk)
    support.end(access, by=member)
    messages.success(request, _("Access ended."))
    return redirect("companies:support")


@form_view
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name and language; for operators too."""
    user = get_object_or_404(User, pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        response = redirect("companies:profile")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=365 * 24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response
    return render(request, "companies/profile.html", {"form": form}, status=_status(form))


def _member(member: Membership, pk: int) -> Membership:
    found = Membership.objects.visible_to(member).select_related("user", "company", "subcompany")
    return get_object_or_404(found, pk=pk)


def _send_invitation(request: HttpRequest, invited: Membership) -> None:
    """Send the mail now: who invites wants to know whether it left. The member exists either way."""
    try:
        emails.send_invitation(invited)
    except Exception:  # whatever the provider's client raises, the person is invited
        log.exception("the invitation of member %s was not sent", invited.pk)
        text = _("%(name)s is a member now, but the mail could not be sent. Send it again later.")
        messages.warning(request, text % {"name": invited.user.get_full_name()})
    else:
        text = _("Invitation sent to %(address)s.") % {"address": invited.user.email}
        messages.success(request, text)


def _status(form: object) -> int:
    """Forms that were refused answer 422."""
    return 422 if getattr(form, "errors", None) else 200
