"""Incoming mail for administrators: what could not be read, what is too large, and what is missing.

Raw mail is handed out as a download of an opaque type, so that no browser renders it in our origin.
"""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from companies import audit
from companies.access import Can, member_view
from companies.models import Membership
from mailsettings.inbound import completeness, recipients, routing
from mailsettings.mime.parse import parse
from mailsettings.models import Delivery, IncomingMail, MailFolder
from mailsettings.models.deliveries import DeliveryQuerySet
from mailsettings.models.incoming import IncomingMailQuerySet, MailFolderQuerySet
from recruiting.conversation.receiving import intake
from recruiting.desk.people import documents

PER_PAGE = 50
BACKFILL = timedelta(days=30)  # offered; any day can be chosen
HELD = [IncomingMail.State.QUARANTINED, IncomingMail.State.OVERSIZE, IncomingMail.State.WANTED]


@require_GET
@member_view(Can.EDIT_MAIL_SETTINGS)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """The folders that are read and the mails that are held, newest first."""
    page = Paginator(_deliveries(member), PER_PAGE).get_page(request.GET.get("page"))
    waiting = _mails(member)[:PER_PAGE]
    context = {
        "copy_address": recipients.copy_address(member.company),
        "folders": _folders(member).select_related("mailbox").order_by("mailbox__address", "pk"),
        "page": page,
        "mails": [(mail, _headline(mail)) for mail in waiting],
        "since": timezone.localdate() - BACKFILL,
        "can_replay": page.paginator.count
        or any(mail.state == IncomingMail.State.QUARANTINED for mail in waiting),
    }
    return render(request, "recruiting/incoming.html", context)


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def replay_all(request: HttpRequest, member: Membership) -> HttpResponse:
    """Read everything once more that was set aside."""
    count = 0
    for delivery in _deliveries(member):
        count += _replay(delivery, member)
    for mail in _mails(member).filter(state=IncomingMail.State.QUARANTINED):
        count += routing.replay(mail.pk)
    text = ngettext("%(count)s mail is read again.", "%(count)s mails are read again.", count)
    messages.info(request, text % {"count": count})
    return redirect("recruiting:incoming")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def replay(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Read one mail once more."""
    _replay(get_object_or_404(_deliveries(member), pk=pk), member)
    messages.info(request, _("The mail is read again."))
    return redirect("recruiting:incoming")


@require_GET
@member_view(Can.EDIT_MAIL_SETTINGS)
def raw(request: HttpRequest, member: Membership, pk: int) -> HttpResponseBase:
    delivery = get_object_or_404(_deliveries(member), pk=pk)
    return documents.download(delivery.raw, f"mail-{delivery.pk}.eml")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def fetch(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Read a mail of the company's mailbox again, or fetch one that was too large for us."""
    mail = get_object_or_404(_mails(member), pk=pk)
    if routing.replay(mail.pk):
        messages.info(request, _("The mail is read again."))
    elif completeness.request_whole(mail):
        audit.record(member.company, "mail.fetched", mail, by=member)
        messages.info(request, _("The mail is fetched with the next look into its mailbox."))
    else:
        messages.warning(request, _("The server does not have this mail any more."))
    return redirect("recruiting:incoming")


@require_GET
@member_view(Can.EDIT_MAIL_SETTINGS)
def source(request: HttpRequest, member: Membership, pk: int) -> HttpResponseBase:
    """The bytes we have of a mail that is in no conversation: of an oversize one, its header."""
    mail = get_object_or_404(_mails(member), pk=pk)
    if mail.raw is None:
        raise Http404
    return documents.download(mail.raw, f"mail-{mail.pk}.eml")


@require_POST
@member_view(Can.EDIT_MAIL_SETTINGS)
def backfill(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Fetch what a folder lacks since a day."""
    folder = get_object_or_404(_folders(member), pk=pk)
    try:
        since = parse_date(request.POST.get("since", ""))
    except ValueError:
        since = None
    if since is None:
        messages.error(request, _("Choose the day from which mails are fetched again."))
    else:
        completeness.request_backfill(folder, since)
        audit.record(member.company, "mail.backfilled", folder, by=member)
        messages.info(request, _("Missing mails are fetched with the next look into the mailbox."))
    return redirect("recruiting:incoming")


def _deliveries(member: Membership) -> DeliveryQuerySet:
    held = Delivery.objects.visible_to(member).filter(state=Delivery.State.QUARANTINED)
    if member.subcompany_id:
        held = held.filter(subcompany_id=member.subcompany_id)
    return held.select_related("raw").order_by("-received_at", "-pk")


def _mails(member: Membership) -> IncomingMailQuerySet:
    held = IncomingMail.objects.visible_to(member).filter(state__in=HELD)
    return held.select_related("raw", "folder__mailbox").order_by("-received_at", "-pk")


def _folders(member: Membership) -> MailFolderQuerySet:
    """Those that are read whole. ``sent`` is the name of the same account's folder of sent mails."""
    sent = MailFolder.objects.filter(
        mailbox=OuterRef("mailbox"), purpose=MailFolder.Purpose.SENT, next_poll_at__isnull=False
    )
    read = MailFolder.objects.visible_to(member).read_whole().exclude(next_poll_at=None)
    return read.annotate(sent=Subquery(sent.values("name")[:1]))


def _headline(mail: IncomingMail) -> dict[str, str]:
    """Subject and sender of a mail of which we have at least the header."""
    try:
        parsed = parse(mail.raw.read()) if mail.raw and mail.state in HELD[1:] else None
    except FileNotFoundError:
        parsed = None
    if parsed is None:
        return {"subject": "", "sender": ""}
    sender = parsed.sender.addr_spec if parsed.sender else ""
    return {"subject": parsed.subject, "sender": sender}


def _replay(delivery: Delivery, member: Membership) -> int:
    intake.replay(delivery)
    audit.record(member.company, "mail.replayed", delivery, by=member)
    return 1
