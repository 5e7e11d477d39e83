"""Forms of interviews: what a recruiter plans, and the types a company has."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from companies.models import Membership, Role
from recruiting.forms.naming import NamedForm
from recruiting.forms.people import MembersField
from recruiting.interviews import times
from recruiting.interviews.scheduling import Plan
from recruiting.models import Application, Interview, InterviewType

SLOTS = 6
WALL = "%Y-%m-%dT%H:%M"
YEARS = range(2000, 2201)  # beyond, a calendar has no room for the hours between zones
FORMATS = (WALL, "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S")


class WallTimeField(forms.CharField):
    """A date and a time as a clock on the wall shows them, without a zone."""

    widget = forms.DateTimeInput({"type": "datetime-local"})

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        for pattern in FORMATS:
            with suppress(ValueError):
                found = datetime.strptime(text, pattern)  # noqa: DTZ007 -- the form says in which zone
                if found.year in YEARS:
                    return found
        raise forms.ValidationError(_("Write it like 2026-12-24 14:30."))

    def prepare_value(self, value: Any) -> Any:
        return value.strftime(WALL) if isinstance(value, datetime) else value


class InterviewForm(forms.Form):
    """A time, or several of which the candidate chooses one. What is left empty the type says."""

    type = forms.ModelChoiceField(
        label=_("Type"),
        queryset=InterviewType.objects.none(),
        required=False,
        empty_label=_("None"),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        required=False,
        help_text=_("The candidate reads it too. Empty: the type's name."),
    )
    mode = forms.ChoiceField(
        label=_("When"),
        choices=[
            ("fixed", _("At a time I choose")),
            ("slots", _("The candidate chooses one of several times")),
        ],
        widget=forms.RadioSelect,
        initial="fixed",
    )
    starts_at = WallTimeField(label=_("Starts"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=times.zones)
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=5,
        max_value=24 * 60,
        required=False,
        help_text=_("Empty: the type's."),
    )
    participants = MembersField(label=_("Who takes part"))
    place = forms.CharField(
        label=_("Place"),
        max_length=200,
        required=False,
        help_text=_("Without a place and a link: the type's."),
    )
    video_link = forms.URLField(
        label=_("Video link"), max_length=500, required=False, assume_scheme="https"
    )
    note = forms.CharField(
        label=_("Note for the candidate"),
        max_length=3000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    tell = forms.BooleanField(label=_("Write to the candidate"), required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        application: Application,
        member: Membership,
        interview: Interview | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = _initial(member, interview) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for number in range(1, SLOTS + 1):
            label = _("Time %(number)s") % {"number": number}
            self.fields[f"slot_{number}"] = WallTimeField(label=label, required=False)
        kind, people = self.fields["type"], self.fields["participants"]
        assert isinstance(kind, forms.ModelChoiceField)
        assert isinstance(people, forms.ModelMultipleChoiceField)
        kind.queryset = InterviewType.objects.visible_to(member)
        people.queryset = who_may_take_part(application)

    @property
    def slot_fields(self) -> list[forms.BoundField]:
        return [self[f"slot_{number}"] for number in range(1, SLOTS + 1)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        zone = ZoneInfo(data["time_zone"])
        if data["mode"] == "fixed":
            data["starts_at"] = self._moment("starts_at", zone)
            if not data["starts_at"] and not self.errors:
                self.add_error("starts_at", _("Say when it starts."))
            data["slots"] = []
        else:
            names = [f"slot_{number}" for number in range(1, SLOTS + 1)]
            found = [self._moment(name, zone) for name in names]
            data["slots"] = sorted({moment for moment in found if moment})
            data["starts_at"] = None
            if not data["slots"] and not self.errors:
                self.add_error("slot_1", _("Propose at least one time."))
            if not data["tell"] and not self.errors:
                self.add_error("tell", _("Without a mail the candidate cannot choose."))
        return data

    def _moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        wall = self.cleaned_data.get(name)
        if not wall:
            return None
        try:
            moment = times.localise(wall, zone)
        except (times.NoSuchTime, OverflowError):
            self.add_error(name, _("The clocks are put forward over this time."))
            return None
        if moment <= timezone.now():
            self.add_error(name, _("This moment is over. Choose a later one."))
        return moment

    def plan(self) -> Plan:
        """What the form says, once it is valid."""
        data = self.cleaned_data
        kind: InterviewType | None = data["type"]
        is_open = not data["place"] and not data["video_link"]
        return Plan(
            title=data["title"] or (kind.name if kind else str(_("Interview"))),
            type=kind,
            minutes=data["minutes"] or (kind.minutes if kind else 60),
            time_zone=data["time_zone"],
            place=data["place"] or (kind.place if kind and is_open else ""),
            video_link=data["video_link"] or (kind.video_link if kind and is_open else ""),
            note=data["note"],
            participants=list(data["participants"]),
            starts_at=data["starts_at"],
            slots=data["slots"],
            tell=data["tell"],
        )


def who_may_take_part(application: Application) -> QuerySet[Membership]:
    """Colleagues who see the position: of a hiring manager's only those of its team."""
    position = application.position
    of_place = Q(subcompany=None) | Q(subcompany=position.subcompany_id)
    sees = ~Q(role=Role.HIRING_MANAGER) | Q(positions__position=position)
    active = Membership.objects.active().filter(of_place & sees, company=position.company_id)
    return active.select_related("user").distinct().order_by("user__name", "user__email")


def _initial(member: Membership, interview: Interview | None) -> dict[str, Any]:
    if interview is None:
        last = Interview.objects.filter(organiser=member).order_by("-pk").first()
        return {
            "time_zone": last.time_zone if last else _usual_zone(),
            "participants": [member.pk],
        }
    names = ("type", "title", "minutes", "time_zone", "place", "video_link", "note")
    zone = interview.zone
    slots = [slot.starts_at for slot in interview.slots.all()]
    return (
        {name: getattr(interview, name) for name in names}
        | {
            "mode": "fixed" if interview.starts_at else "slots",
            "starts_at": _wall(interview.starts_at, zone) if interview.starts_at else None,
            "participants": [row.membership_id for row in interview.participants.all()],
        }
        | {f"slot_{number}": _wall(at, zone) for number, at in enumerate(slots, start=1)}
    )


def _usual_zone() -> str:
    """The installation's, if it is one people choose by a city; else UTC."""
    return settings.TIME_ZONE if times.find(settings.TIME_ZONE) else "UTC"


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


class CancelForm(forms.Form):
    tell = forms.BooleanField(label=_("Write to the candidate"), required=False, initial=True)
    words = forms.CharField(
        label=_("What the candidate should know"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


class InterviewTypeForm(NamedForm):
    taken_message = _("There is an interview type of this name.")

    video_link = forms.URLField(
        label=_("Video link"), max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = InterviewType
        fields = ["name", "minutes", "place", "video_link"]
