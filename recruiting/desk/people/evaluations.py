"""The evaluations of one application: one's own, what the others say, and whom to ask."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies.access import Can, member_view, require
from companies.models import Membership
from recruiting.desk.people import profile
from recruiting.forms.evaluations import AskForm, EvaluationForm
from recruiting.hiring.applications import reviewing
from recruiting.models import Application
from recruiting.people import duplicates


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Can.VIEW_CANDIDATES)
def show(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The page; ``?fragment`` is the summary alone, for the profile, with people who may be the same.

    POST gives one's evaluation.
    """
    application = profile.visible(member, pk)
    if "fragment" in request.GET:
        context = _summary(application, member)
        if member.can.add_candidates and not member.subcompany_id:
            context["likely"] = duplicates.of(application.candidate, member)
        return render(request, "recruiting/evaluations.html#summary", context)
    scorecard = application.position.scorecard
    criteria = list(scorecard.criteria.all()) if scorecard else []
    context = _summary(application, member)
    posted = request.POST if request.method == "POST" else None
    form = EvaluationForm(posted, criteria=criteria, mine=context["evaluation"].mine)
    if posted is not None:
        require(member, Can.ADD_NOTES)
        if form.is_valid():
            _give(application, form, member)
            messages.success(request, _("Your evaluation is in."))
            return redirect("recruiting:evaluations", pk=pk)
    context |= {
        "position": application.position,
        "scorecard": scorecard,
        "form": form,
        "documents": application.documents.all(),
        "ask_form": AskForm(colleagues=reviewing.colleagues(application))
        if member.can.move_applications
        else None,
    }
    return render(
        request, "recruiting/evaluations.html", context, status=422 if form.errors else 200
    )


def _give(application: Application, form: EvaluationForm, member: Membership) -> None:
    given = form.cleaned_data
    answers = form.answers()
    reviewing.rate(
        application,
        reviewing.overall(answers) or int(given["stars"]),
        given["text"],
        by=member,
        recommendation=given["recommendation"],
        answers=answers,
    )


@require_POST
@member_view(Can.MOVE_APPLICATIONS)
def ask(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Ask a colleague for an evaluation until a day."""
    application = profile.visible(member, pk)
    form = AskForm(request.POST, colleagues=reviewing.colleagues(application))
    if form.is_valid():
        colleague = form.cleaned_data["colleague"]
        reviewing.ask(application, colleague, form.cleaned_data["due_on"], by=member)
        text = _("%(name)s was asked and sees it under To do")
        messages.success(request, text % {"name": colleague.user.get_full_name()})
    else:
        messages.error(
            request, _("Choose a colleague who sees this application, and a day to come.")
        )
    return redirect("recruiting:evaluations", pk=pk)


def _summary(application: Application, member: Membership) -> dict[str, Any]:
    asked = application.evaluation_requests.select_related("membership__user")
    evaluation = reviewing.summary(application, member)
    given = set(application.reviews.exclude(stars=None).values_list("membership", flat=True))
    return {
        "application": application,
        "candidate": application.candidate,
        "evaluation": evaluation,
        "asked": [each for each in asked if each.membership_id not in given],
    }
