"""What a report is about: the applications of a period, a position or a subcompany, that a member may see."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from companies.models import Membership, Role
from recruiting.choices import StageKind
from recruiting.models import Application, Position

USUAL_DAYS = 90
MAIN = "main"
ENDS = {
    "hired": StageKind.ACCEPTED,
    "rejected": StageKind.REJECTED,
    "withdrawn": StageKind.WITHDRAWN,
}


@dataclass(frozen=True)
class Scope:
    """``first`` and ``last`` are days, both included; ``position`` and ``subcompany`` narrow further."""

    member: Membership
    first: date
    last: date
    position: str = ""
    subcompany: str = ""

    @property
    def begins(self) -> datetime:
        return moment(self.first)

    @property
    def ends(self) -> datetime:
        return moment(self.last + timedelta(days=1))

    @property
    def is_narrowed(self) -> bool:
        """Whether it is about a part of the company's applications, by choice or by what the member sees."""
        is_limited = self.member.subcompany_id or self.member.role == Role.HIRING_MANAGER
        return bool(self.position or self.subcompany or is_limited)

    def everybody(self) -> QuerySet[Application]:
        """Applications of the positions in question, whenever they came."""
        found = Application.objects.visible_to(self.member)
        if self.position:
            found = found.filter(position=int(self.position))
        if self.subcompany == MAIN:
            found = found.filter(position__subcompany=None)
        elif self.subcompany:
            found = found.filter(position__subcompany=int(self.subcompany))
        return found

    def applied(self) -> QuerySet[Application]:
        """Those who applied in the period."""
        return self.everybody().filter(applied_at__gte=self.begins, applied_at__lt=self.ends)

    def ended(self, how: str) -> QuerySet[Application]:
        """Those hired, rejected or withdrawn in the period, whenever they applied."""
        return self.everybody().filter(
            stage__kind=ENDS[how], closed_at__gte=self.begins, closed_at__lt=self.ends
        )

    def positions(self) -> QuerySet[Position]:
        return Position.objects.visible_to(self.member).order_by("name")

    def narrowed(self) -> QuerySet[Position]:
        """The positions in question."""
        found = self.positions()
        if self.position:
            found = found.filter(pk=int(self.position))
        if self.subcompany == MAIN:
            found = found.filter(subcompany=None)
        elif self.subcompany:
            found = found.filter(subcompany=int(self.subcompany))
        return found


def read(get: QueryDict, member: Membership) -> Scope:
    """Read the scope of an address; what cannot be read is as if it were not there."""
    today = timezone.localdate()
    last = _day(get.get("to", "")) or today
    first = _day(get.get("from", "")) or last - timedelta(days=USUAL_DAYS)
    subcompany = get.get("subcompany", "")
    return Scope(
        member=member,
        first=min(first, last),
        last=last,
        position=_number(get.get("position", "")),
        subcompany=MAIN if subcompany == MAIN else _number(subcompany),
    )


def moment(day: date) -> datetime:
    """When a day begins where the company is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def _number(text: str) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) < 10 else ""
