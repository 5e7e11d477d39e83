"""Requests that name a company and prove nothing: kept where its integrators see them, within bounds."""

from careers.receiving import throttle
from companies import credentials

NOTED = 30  # in ``throttle.WINDOW``, of one company: whoever guesses tokens fills no disk


def note(company_id: int, token: str, endpoint: str, status: int) -> None:
    """Keep that this was asked with a token that is not good; never fails."""
    if throttle.count(f"unauthorised:{company_id}", NOTED) == 0:
        credentials.note_unauthorised(company_id, token, endpoint, status)
