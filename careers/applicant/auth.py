"""Who posts: the company's token, compared in constant time."""

from careers.applicant import forms
from careers.applicant.forms import Fields
from careers.applicant.problems import UNAUTHORIZED, Problem
from careers.receiving import unauthorised
from companies import credentials
from companies.models import ApiCredential

ENDPOINT = "recruiting/applicant"  # as the log of requests calls it


def authorise(fields: Fields) -> ApiCredential:
    """Return the credential the fields name.

    400 without company or token; 403, alike for a wrong token, another company's and an unknown company,
    of which the company named learns in its log.
    """
    forms.check_identity(fields)
    company_id, token = fields.number("company_id"), fields["access_token"]
    credential = credentials.verify(company_id, token)
    if credential is None:
        unauthorised.note(company_id, token, ENDPOINT, 403)
        raise Problem(403, UNAUTHORIZED)
    return credential
