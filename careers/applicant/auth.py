"""Who posts: the company's token, compared in constant time."""

from careers.applicant import forms
from careers.applicant.forms import Fields
from careers.applicant.problems import UNAUTHORIZED, Problem
from companies import credentials
from companies.models import ApiCredential


def authorise(fields: Fields) -> ApiCredential:
    """Return the credential the fields name.

    400 without company or token; 403, alike for a wrong token, another company's and an unknown company.
    """
    forms.check_identity(fields)
    credential = credentials.verify(fields.number("company_id"), fields["access_token"])
    if credential is None:
        raise Problem(403, UNAUTHORIZED)
    return credential
