"""A member's interviews as a calendar to subscribe to."""

from datetime import timedelta

from django.utils import timezone

from companies import audit
from companies.models import Membership
from mailsettings.mime import invitations
from recruiting.interviews import letters
from recruiting.models import CalendarFeed, Interview
from recruiting.models.candidates import make_code

KEPT = timedelta(days=60)  # so long past interviews stay in it
LIMIT = 500


def subscribe(member: Membership) -> CalendarFeed:
    """Give the member a calendar address, or a new one that ends the old. One audit line."""
    feed, _made = CalendarFeed.objects.update_or_create(
        membership=member, defaults={"code": make_code(), "created_at": timezone.now()}
    )
    audit.record(member.company, "calendar.address_made", feed, by=member)
    return feed


def render(member: Membership) -> bytes:
    """Return the member's own interviews that have a time, those called off left out."""
    mine = (
        Interview.objects.of(member)
        .filter(
            application__position__company=member.company_id,
            state__in=[Interview.State.BOOKED, Interview.State.DONE],
            starts_at__gt=timezone.now() - KEPT,
        )
        .select_related(
            "application__candidate", "application__position__company", "application__position"
        )
        .with_people()
        .order_by("starts_at")[:LIMIT]
    )
    meetings = [letters.for_colleagues(interview) for interview in mine]
    return invitations.publish(meetings, name=f"{member.company.name}: Interviews")
