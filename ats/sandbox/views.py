"""The sandbox's page: what lies in each mailbox, and a mail written as the candidate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from itertools import islice
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ats.sandbox import boxes, letters, world
from ats.sandbox.boxes import Stored
from ats.sandbox.forms import LetterForm
from mailsettings.mime.parse import ParsedMail, parse

P = ParamSpec("P")
SHOWN = 50  # mails of one box


@dataclass(frozen=True)
class Letter:
    """A stored mail, read."""

    stored: Stored
    mail: ParsedMail

    @property
    def headers(self) -> str:
        """The header section as it came."""
        head = self.stored.raw.partition(b"\r\n\r\n")[0]
        return head.decode(errors="replace").replace("\r\n", "\n")


def development_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for everybody on a developer's machine, and for nobody anywhere else."""

    @login_not_required
    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


@development_only
@require_safe
def show(request: HttpRequest, name: str = world.CANDIDATE, key: str = "") -> HttpResponse:
    """A mailbox, and one of its mails when ``key`` names it."""
    letter = _read(name, key) if key else None
    sent = _hint(request.GET.get("sent"))
    context = _mailbox(name) | {
        "letter": letter,
        "key": key,
        "sent": sent,
        "is_open": bool(letter or sent),
    }
    return render(request, "sandbox/mailbox.html", context)


@development_only
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, name: str = world.CANDIDATE, key: str = "") -> HttpResponse:
    """Write a mail from a mailbox, as an answer when ``key`` names one of its mails."""
    answered = _read(name, key).mail if key else None
    if request.method == "POST":
        form = LetterForm(request.POST, request.FILES)
        if form.is_valid():
            return _send(form.cleaned_data, answered)
    else:
        form = LetterForm(initial=_draft(name, answered))
    context = _mailbox(name) | {
        "form": form,
        "key": key,
        "answered": answered,
        "is_open": True,
        "recipients": [world.JOBS, world.BERLIN],
    }
    return render(request, "sandbox/write.html", context, status=422 if form.errors else 200)


def _mailbox(name: str) -> dict[str, Any]:
    account = world.account(name)
    found = [Letter(stored, parse(stored.raw)) for stored in islice(boxes.mails(name), SHOWN)]
    accounts = [(each, boxes.count(each.name)) for each in world.accounts()]
    return {"account": account, "accounts": accounts, "letters": found}


def _read(name: str, key: str) -> Letter:
    stored = boxes.get(name, key)
    if stored is None:
        raise Http404
    return Letter(stored, parse(stored.raw))


def _draft(name: str, answered: ParsedMail | None) -> dict[str, str]:
    sender = name if world.account(name).is_candidate else world.CANDIDATE
    if answered is None:
        return {"sender": sender, "to": world.JOBS}
    author = next(iter(answered.reply_to), answered.sender)
    subject = answered.subject
    return {
        "sender": sender,
        "to": author.addr_spec if author else "",
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "text": letters.quote(answered),
    }


def _send(written: dict[str, Any], answered: ParsedMail | None) -> HttpResponse:
    to, sender = written["to"], written["sender"]
    raw = letters.write(**written, answers=answered)
    world.receive(raw, sender=sender, recipients=[to])
    box = world.box_of(to)
    return redirect(f"{reverse('sandbox:mailbox', args=[box])}?{urlencode({'sent': to})}")


def _hint(to: str | None) -> str:
    """What will become of the mail that was just sent."""
    if not to:
        return ""
    account = world.account(to)
    seconds = {"seconds": settings.INBOUND_POLL_SECONDS + 10}
    if account.redirects_to:
        way = _("Acme's server has redirected it to %(address)s.") % {
            "address": account.redirects_to
        }
    elif account.name == world.BERLIN:
        way = _("Posthorn reads this mailbox by IMAP.")
    elif world.box_of(to) == world.CATCH_ALL:
        way = _("Posthorn reads its catch-all by IMAP.")
    else:
        return _("It has arrived in this mailbox. Posthorn does not see it.")
    then = _(
        "Within %(seconds)s seconds it stands in Posthorn: in the conversation of the candidate whose "
        "mail it answers or whose address it comes from, else in Unassigned messages."
    )
    return f"{way} {then % seconds}"
