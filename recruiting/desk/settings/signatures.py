"""Settings > Signatures: what stands under the mails of a company, a subcompany, a position."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from companies.access import Can, member_view
from companies.models import Membership, Subcompany
from recruiting.conversation.writing import signatures
from recruiting.forms.signatures import SignatureForm
from recruiting.models import TeamSignature


@require_GET
@member_view(Can.EDIT_TEMPLATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    return _page(request, member)


def _page(
    request: HttpRequest, member: Membership, refused: SignatureForm | None = None
) -> HttpResponse:
    kept = list(TeamSignature.objects.visible_to(member).select_related("position"))
    own = {each.subcompany_id: each for each in kept if each.position is None}
    owners = [] if member.subcompany_id else [(member.company.name, "", own.get(None))]
    owners += [
        (each.name, str(each.pk), own.get(each.pk))
        for each in Subcompany.objects.visible_to(member).order_by("name")
    ]
    context = {
        "owners": owners,
        "of_positions": [each for each in kept if each.position],
        "has_logo": signatures.picture(member.company) is not None,
        "form": refused or SignatureForm(member=member),
    }
    return render(request, "recruiting/signatures.html", context, status=422 if refused else 200)


@require_POST
@member_view(Can.EDIT_TEMPLATES)
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep one signature; an empty one is removed."""
    form = SignatureForm(request.POST, member=member)
    if not form.is_valid():
        return _page(request, member, form)
    data = form.cleaned_data
    signatures.keep(
        data["text"],
        by=member,
        subcompany=data["subcompany"],
        position=data["position"],
        with_logo=data["with_logo"],
    )
    messages.success(request, _("Saved."))
    return redirect("recruiting:signatures")
