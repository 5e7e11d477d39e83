"""Try it: a test application through the endpoint's own checks, which leaves nothing behind."""

import json

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from careers.applicant import api, problems, replies
from companies.access import Can, member_view
from companies.models import Membership
from recruiting.models import Position


class TrialForm(forms.Form):
    """What a career site sends at least, with the fields that are often wrong."""

    access_token = forms.CharField(
        label=_("Access token"),
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=_("It was shown once, when the credential was made or rotated."),
    )
    position = forms.ModelChoiceField(
        label=_("Position"), queryset=Position.objects.none(), empty_label=_("Choose…")
    )
    recruiting_channel_id = forms.CharField(label=_("Channel ID"), max_length=30, required=False)
    attribute = forms.CharField(label=_("API name of an attribute"), max_length=100, required=False)
    value = forms.CharField(label=_("Its value"), max_length=1000, required=False)

    def __init__(self, *args: object, member: Membership) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # Django's own
        field = self.fields["position"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Position.objects.visible_to(member).exclude(state=Position.State.ARCHIVED)

    def wire(self, member: Membership) -> dict[str, str]:
        """Return the fields as a career site would post them, of somebody who does not exist."""
        data = self.cleaned_data
        sent = {
            "company_id": str(member.company_id),
            "access_token": data["access_token"].strip(),
            "job_position_id": str(data["position"].number),
            "first_name": "Test",
            "last_name": "Application",
            "email": "test-application@example.com",
            "recruiting_channel_id": data["recruiting_channel_id"].strip(),
            "message": "A test from the settings page.",
        }
        if data["attribute"]:
            sent[data["attribute"].strip()] = data["value"]
        return {name: value for name, value in sent.items() if value}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_view(Can.MANAGE_CREDENTIALS)
def show(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form; POST shows what a client would have been answered."""
    form = TrialForm(request.POST or None, member=member)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        problem = api.rehearse(form.wire(member))
        older = member.company.older_errors and (problem is None or problem.status != 403)
        body = replies.refusal(problem, older=older) if problem else replies.SUCCESS
        context |= {
            "status": problem.status if problem else 200,
            "body": json.dumps(body, indent=2, ensure_ascii=False),
            "advice": ADVICE.get(problem.message, "") if problem else "",
        }
    return render(request, "publishing/trial.html", context)


ADVICE = {
    problems.UNAUTHORIZED: _("The token is none of this company's, or was revoked."),
    problems.NOT_PUBLISHED: _("Publish the position first."),
}
