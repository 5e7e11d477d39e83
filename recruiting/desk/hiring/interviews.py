"""Interviews: the list of what is ahead and what was, and arranging one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from companies.access import Can, member_view, require
from companies.models import Membership
from recruiting.conversation.writing import composing
from recruiting.desk import back
from recruiting.desk.people import profile
from recruiting.forms.interviews import CancelForm, InterviewForm
from recruiting.interviews import links, scheduling
from recruiting.models import Interview

form_view = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 50


@require_GET
@member_view(Can.VIEW_CANDIDATES)
def index(request: HttpRequest, member: Membership) -> HttpResponse:
    """``?when=past`` shows what was, else what is ahead; ``?of=me`` the member's own."""
    is_past, is_mine = request.GET.get("when") == "past", request.GET.get("of") == "me"
    found = Interview.objects.visible_to(member)
    if is_mine:
        found = found.of(member)
    if is_past:
        found = found.exclude(pk__in=Interview.objects.upcoming().values("pk"))
        found = found.order_by(F("starts_at").desc(nulls_last=True), "-pk")
    else:
        found = found.upcoming().order_by(F("starts_at").asc(nulls_last=True), "pk")
    rows = found.select_related("application__candidate", "application__position").with_people()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "is_past": is_past, "is_mine": is_mine}
    return render(request, "recruiting/interviews.html", context)


@form_view
@member_view(Can.WRITE_MESSAGES)
def create(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    application = profile.visible(member, pk)
    form = InterviewForm(request.POST or None, application=application, member=member)
    if request.method == "POST" and form.is_valid():
        plan = form.plan()
        try:
            interview = scheduling.arrange(application, plan, by=member)
        except composing.CannotSend as error:
            form.add_error(None, str(error))
        else:
            _say(request, plan, interview)
            return redirect("recruiting:application", pk=pk)
    context = {"form": form, "application": application, "interview": None}
    return render(request, "recruiting/interview_new.html", context, status=_status(form))


@form_view
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """One interview; POST changes it."""
    interview = _find(member, pk)
    if request.method == "POST":
        require(member, Can.WRITE_MESSAGES)
    form = None
    if member.can.write_messages and interview.is_open:
        form = InterviewForm(
            request.POST or None,
            application=interview.application,
            member=member,
            interview=interview,
        )
    if request.method == "POST":
        if form is None:
            return _refuse(request, interview)
        if form.is_valid():
            answer = _change(request, member, interview, form)
            if answer:
                return answer
    context = {
        "form": form,
        "interview": interview,
        "application": interview.application,
        "cancel_form": CancelForm(),
        "choice": links.choice(interview) if form and not interview.starts_at else "",
    }
    return render(request, "recruiting/interview.html", context, status=_status(form))


def _change(
    request: HttpRequest, member: Membership, interview: Interview, form: InterviewForm
) -> HttpResponse | None:
    plan = form.plan()
    try:
        scheduling.change(interview, plan, by=member)
    except composing.CannotSend as error:
        form.add_error(None, str(error))
        return None
    except scheduling.NotOpen:
        return _refuse(request, interview)
    _say(request, plan, interview)
    return redirect("recruiting:interview", pk=interview.pk)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def cancel(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    interview = _find(member, pk)
    form = CancelForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The text is too long."))
        return redirect("recruiting:interview", pk=pk)
    try:
        scheduling.cancel(interview, by=member, **form.cleaned_data)
    except composing.CannotSend as error:
        messages.error(request, str(error))
        return redirect("recruiting:interview", pk=pk)
    except scheduling.NotOpen:
        return _refuse(request, interview)
    messages.success(request, _("The interview was cancelled."))
    return redirect("recruiting:application", pk=interview.application_id)


@require_POST
@member_view(Can.WRITE_MESSAGES)
def close(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """It took place."""
    interview = _find(member, pk)
    try:
        scheduling.close(interview, by=member)
    except scheduling.NotOpen:
        return _refuse(request, interview)
    messages.success(request, _("Noted: the interview took place."))
    return back.to(request, "recruiting:application", interview.application_id)


def _find(member: Membership, pk: int) -> Interview:
    found = Interview.objects.visible_to(member).select_related(
        "type",
        "organiser__user",
        "application__candidate",
        "application__stage",
        "application__position__company__email_settings",
        "application__position__subcompany",
    )
    return get_object_or_404(found.with_people(), pk=pk)


def _say(request: HttpRequest, plan: scheduling.Plan, interview: Interview) -> None:
    """What was done, and whom it may collide with."""
    if plan.starts_at is None:
        messages.success(request, _("The candidate was asked to choose a time."))
    elif plan.tell:
        messages.success(request, _("Saved. Invitations are on their way."))
    else:
        messages.success(request, _("Saved. The candidate was not written to."))
    for person in scheduling.busy(plan, besides=interview):
        text = _("%(name)s has another interview at this time.") % {"name": person.user}
        messages.warning(request, text)


def _refuse(request: HttpRequest, interview: Interview) -> HttpResponse:
    messages.error(request, _("This interview cannot be changed any more."))
    return redirect("recruiting:interview", pk=interview.pk)


def _status(form: InterviewForm | None) -> int:
    return 422 if form and form.is_bound and form.errors else 200
