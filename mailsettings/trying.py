"""What the two pages with a connection test, the company's and a member's own, do with a request."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.forms import BaseForm, BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from companies.models import Membership
from mailsettings import overview, starting
from mailsettings.forms import fix_of
from mailsettings.models import Mailbox, ProbeRun
from mailsettings.proofs import probe, roundtrip, runs

TESTS_TEMPLATE = "mailsettings/tests.html"


def begin(request: HttpRequest, member: Membership, found: Mailbox, then: str) -> str:
    """Begin a test of the mailbox as it is stored: ``then`` is connection, mail or own-server.

    Returns the fragment of the page at which it shows.
    """
    try:
        if then in ("mail", "own-server"):
            run = roundtrip.start(found, by=member, by_own_server=then == "own-server")
            return f"#run-{run.pk}"
        if not starting.test_connection(found, by=member):
            _say_that_a_server_is_missing(request)
    except runs.TooManyRuns as error:
        messages.error(request, str(error))
    except roundtrip.NoAddress:
        messages.info(request, _("Enter an address first; then a mail can be sent to it."))
    return "#tests"


def try_out(
    request: HttpRequest, member: Membership, draft: Mailbox, secrets: Mapping[str, str]
) -> list[ProbeRun]:
    """Test the servers of what was entered and not saved; say why where no test begins."""
    try:
        begun = starting.try_out(draft, secrets, by=member)
    except runs.TooManyRuns as error:
        messages.error(request, str(error))
        return []
    if not begun:
        _say_that_a_server_is_missing(request)
    return begun


def is_by_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def answer(request: HttpRequest, draft: Mailbox, form: BaseForm, fixed: list[str]) -> HttpResponse:
    """The tests as a fragment, and with them the fields that the one-click fix changed."""
    fields: list[BoundField] = [form[name] for name in fixed if name in form.fields]
    for field in fields:
        field.field.widget.attrs["hx-swap-oob"] = "true"
    context = overview.tests_of(draft) | {"fixed": fields, "by_script": True}
    return render(request, TESTS_TEMPLATE, context)


def refuse(request: HttpRequest, form: BaseForm) -> HttpResponse:
    """The fragment that says what in the form keeps it from being tested."""
    return render(
        request, TESTS_TEMPLATE, {"form": form, "refused": form.errors, "by_script": True}
    )


def fixed_by(request: HttpRequest, *more: str) -> list[str]:
    """Return the names of the fields the one-click fix of a request changes, each ``more`` of its side."""
    fix = fix_of(request.POST)
    return [f"{fix.side}_{name}" for name in ("port", *more)] if fix else []


def find_draft(request: HttpRequest, member: Membership, saved: Mailbox) -> Mailbox | None:
    """Return the mailbox with the values of the test named in the address, where they are not saved."""
    pk = request.GET.get("tried", "")
    if not (pk.isdecimal() and saved.pk):
        return None
    run = ProbeRun.objects.visible_to(member).filter(pk=pk, mailbox=saved).first()
    return probe.draft_of(run, saved) if run else None


def mark_blamed(form: BaseForm, shown: list[dict[str, Any]]) -> None:
    """Mark the fields that the last tests blame, for eyes and for screen readers."""
    for test in shown:
        for step in test["steps"]:
            if step.state == "bad" and step.field in form.fields:
                form.fields[step.field].widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"why-{test['run'].pk}",
                    "data-blamed": "",
                }


def _say_that_a_server_is_missing(request: HttpRequest) -> None:
    messages.info(request, _("Enter a server first; then its connection can be tested."))
