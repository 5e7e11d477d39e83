"""Who posts: the company's token, compared in constant time."""

from careers.problems import UNAUTHORIZED, Problem
from companies import credentials
from companies.models import ApiCredential


def authorise(company_id: int, token: str) -> ApiCredential:
    """Return the credential; 403, alike for a wrong token, another company's and an unknown company."""
    credential = credentials.verify(company_id, token)
    if credential is None:
        raise Problem(403, UNAUTHORIZED)
    return credential
