"""Addresses that open without a login, because nobody can guess them: signed with the installation's key."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import get_language

from companies.models import Membership
from recruiting.models import CalendarFeed, Interview

RECEIPT_SECONDS = 3600  # so long the page with the chosen time can be opened again
_choice = signing.Signer(salt="interview", sep=".")
_receipt = signing.TimestampSigner(salt="interview booked", sep=".")
_feed = signing.Signer(salt="calendar feed", sep=".")


def choice(interview: Interview) -> str:
    """Return the address at which the candidate chooses a time, in the language of the moment."""
    company = interview.application.position.company
    kwargs = {"account": company.account, "token": _choice.sign(str(interview.pk))}
    path = reverse("careers:interview", urlconf=settings.ROOT_URLCONF, kwargs=kwargs)
    spoken = get_language()
    query = f"?language={spoken}" if spoken and spoken != company.default_language else ""
    return f"{settings.PUBLIC_URL}{path}{query}"


def receipt(interview: Interview) -> str:
    """Return what opens the page that says which time was chosen, for an hour."""
    return _receipt.sign(str(interview.pk))


def chosen(token: str) -> int | None:
    """Return the interview a choice link is about."""
    return _read(_choice, token)


def booked(token: str) -> int | None:
    """Return the interview a receipt is about, as long as it is fresh."""
    try:
        return int(_receipt.unsign(token, max_age=RECEIPT_SECONDS))
    except (signing.BadSignature, ValueError):
        return None


def feed(subscription: CalendarFeed) -> str:
    """Return the address a calendar program subscribes to."""
    token = _feed.sign(subscription.code)
    path = reverse("recruiting:calendar-feed", urlconf=settings.ROOT_URLCONF, args=[token])
    return f"{settings.PUBLIC_URL}{path}"


def subscriber(token: str) -> Membership | None:
    """Return the member whose calendar a token opens, if they still work here."""
    try:
        code = _feed.unsign(token)
    except signing.BadSignature:
        return None
    members = Membership.objects.active().filter(calendar_feed__code=code)
    return members.select_related("user", "company").first()


def application(interview: Interview) -> str:
    """Return the address of the application's page, for colleagues."""
    path = reverse(
        "recruiting:application", urlconf=settings.ROOT_URLCONF, args=[interview.application_id]
    )
    return f"{settings.PUBLIC_URL}{path}"


def _read(signer: signing.Signer, token: str) -> int | None:
    try:
        return int(signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
