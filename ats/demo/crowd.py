"""Many more candidates, written in bulk, for trying how the product feels with a full house."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from ats.demo import crowdmail, papers, people, rows, words
from ats.demo.rows import Table
from companies import statistics
from companies.models import Company, Membership, Role, Subcompany
from recruiting.choices import DocumentCategory, StageKind
from recruiting.hiring.positions import positions as hiring_positions
from recruiting.models import (
    Application,
    Attribute,
    AttributeValue,
    Candidate,
    CandidateAddress,
    Document,
    Pipeline,
    Position,
    PositionSection,
    PositionText,
    RejectionReason,
    SearchEntry,
    Source,
    Stage,
    StageChange,
    Submission,
    Tag,
)
from recruiting.models.applications import Door
from recruiting.reports import marks
from recruiting.search import index, phones

BATCH = 2000
DAYS = 400  # over which they applied, more of them lately
PER_OPENING = 400  # so many people and one more position is open


@dataclass(frozen=True)
class Person:
    """What the rows of one person are made of."""

    key: int
    name: str
    first: str
    city: str
    address: str
    phone: str
    trade: int
    at: datetime


def add(company: Company, wanted: int) -> None:
    """Fill the company up to ``wanted`` candidates; those there are stay as they are."""
    missing = range(Candidate.objects.filter(company=company).count(), wanted)
    if not missing:
        return
    while index.due():  # what is there already; the crowd brings its own
        pass
    _open_positions(company, wanted // PER_OPENING)
    with rows.in_bulk(), marks.suspended(company.pk):
        crowd = _Crowd(company, papers.cvs(company, min(len(missing), papers.MOST)))
        for number in missing:
            crowd.take_in(number)
            if number % BATCH == BATCH - 1:
                crowd.write()
        crowd.write()
    statistics.learn()


def _open_positions(company: Company, count: int) -> None:
    subcompanies = list(Subcompany.objects.filter(company=company).order_by("pk"))
    known = set(Position.objects.filter(company=company).values_list("name", flat=True))
    pipeline = Pipeline.objects.filter(company=company).order_by("pk")[0]
    for number in range(min(count, len(words.ROLES) * 8)):
        city = words.CITIES[number // len(words.ROLES)]
        role, department, category = words.ROLES[number % len(words.ROLES)]
        if f"{role}, {city}" in known:
            continue
        position = hiring_positions.create(
            company,
            name=f"{role}, {city}",
            pipeline=pipeline,
            subcompany=subcompanies[number % 2] if number % 3 else None,
            by=None,
            office=city,
            department=department,
            occupation_category=category,
            openings=20,
        )
        text = PositionText.objects.create(
            position=position, language="en", title=f"{role} (all genders)"
        )
        PositionSection.objects.create(
            text=text, heading="Your tasks", body="<p>What the name says, with a good team.</p>"
        )
        hiring_positions.publish(position, by=None)


class _Crowd:
    """The rows of people and of all that belongs to them, until they are written."""

    def __init__(self, company: Company, cvs: Sequence[papers.Cv]) -> None:
        self.company = company
        self.cvs = cvs
        self.now = timezone.now()
        found = Position.objects.filter(company=company).published()
        self.positions = list(found.select_related("company", "subcompany").order_by("number"))
        self.stages = {
            position.pk: list(Stage.objects.filter(pipeline=position.pipeline_id))
            for position in self.positions
        }
        self.sources = list(Source.objects.filter(company=company).order_by("pk"))
        self.tags = list(Tag.objects.filter(company=company).order_by("pk"))
        reasons = RejectionReason.objects.filter(company=company).order_by("pk")
        self.reasons = {
            kind: [reason.pk for reason in reasons if reason.kind == kind]
            for kind in RejectionReason.Kind.values
        }
        asked = Attribute.objects.filter(company=company).prefetch_related("options")
        self.attributes = [(attribute, list(attribute.options.all())) for attribute in asked]
        recruiter = Membership.objects.filter(company=company, role=Role.RECRUITER).first()
        self.recruiter_id = recruiter.user_id if recruiter else None
        self.candidates = Table(Candidate)
        self.addresses = Table(CandidateAddress)
        self.applications = Table(Application)
        self.submissions = Table(Submission)
        self.changes = Table(StageChange)
        self.tagged = Table(Application.tags.through)
        self.values = Table(AttributeValue)
        self.documents = Table(Document)
        self.entries = Table(SearchEntry)
        self.mail = crowdmail.Mail(company, recruiter)

    def take_in(self, number: int) -> None:
        """One person, with an application or two."""
        chance = random.Random(number)  # noqa: S311 -- the same crowd on every machine
        person = self._person(number, chance)
        first = 0 if number % 3 == 0 else number
        for turn in range(2 if number % 9 == 0 else 1):
            position = self.positions[(first + turn) % len(self.positions)]
            self._apply(person, position, chance)

    def write(self) -> None:
        for table in (
            self.candidates,
            self.addresses,
            self.applications,
            self.submissions,
            self.changes,
            self.tagged,
            self.values,
            self.documents,
            self.entries,
        ):
            table.write()
        self.mail.write()

    def _person(self, number: int, chance: random.Random) -> Person:
        first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
        city, company_id = chance.choice(words.CITIES), self.company.pk
        at = self.now - timedelta(days=DAYS * chance.random() ** 1.5, minutes=5)
        plain = f"{first}.{last}.{number}".lower().translate(people.PLAIN)
        address = f"{plain.encode('ascii', 'ignore').decode()}@mail.example"
        phone = f"+49 30 555{number:06d}"
        key = self.candidates.add(
            company_id=company_id,
            first_name=first,
            last_name=last,
            phone=phone,
            location=city,
            created_at=at,
        )
        self.addresses.add(
            candidate_id=key,
            company_id=company_id,
            address=address,
            normalised=address,
            is_primary=True,
            created_at=at,
        )
        name = f"{first} {last}"
        shown = f"{address} {phone} {city}"
        found_by = index.words(name, f"{shown} {phones.key(phone)}")
        self._find(SearchEntry.Kind.PERSON, name, found_by, shown, at, candidate_id=key)
        trade = number % len(words.TRADES)
        return Person(key, name, first, city, address, phone, trade, at)

    def _apply(self, person: Person, position: Position, chance: random.Random) -> None:
        way = _way(self.stages[position.pk], (self.now - person.at).days, chance)
        spent = self.now - person.at
        if way[-1].is_closed:  # decisions take weeks, not until today
            spent = min(spent, timedelta(days=chance.randint(12, 60)))
        moments = [person.at + spent * step / (len(way) + 1) for step in range(len(way))]
        source = chance.choice(self.sources)
        kind = "rejection" if way[-1].kind == StageKind.REJECTED else "withdrawal"
        ended = way[-1].kind in (StageKind.REJECTED, StageKind.WITHDRAWN)
        talk = self.mail.plan(way, person.at, moments[-1], chance)
        key = self.applications.add(
            candidate_id=person.key,
            position_id=position.pk,
            stage_id=way[-1].pk,
            source_id=source.pk,
            applied_address=person.address,
            applied_at=person.at,
            stage_entered_at=moments[-1],
            closed_at=moments[-1] if way[-1].is_closed else None,
            rejection_reason_id=chance.choice(self.reasons[kind]) if ended else None,
            available_from=chance.choice(words.STARTS),
            salary_expectations=chance.choice(words.SALARIES),
            **talk.columns,
        )
        self.mail.exchange(talk, person.name, person.address, person.key, key, position)
        before = None
        for stage, at in zip(way, moments, strict=True):
            by = self.recruiter_id if before else None
            self.changes.add(
                application_id=key, from_stage_id=before, to_stage_id=stage.pk, by_id=by, at=at
            )
            before = stage.pk
        for tag in chance.sample(self.tags, chance.choice((0, 0, 1, 1, 2))):
            self.tagged.add(application_id=key, tag_id=tag.pk)
        known = self._attributes(key, chance)
        self._papers(person, key, source, known, chance)

    def _attributes(self, application: int, chance: random.Random) -> dict[str, str]:
        known: dict[str, str] = {}
        for attribute, options in self.attributes:
            if chance.random() < 0.4:
                continue
            column: dict[str, object]
            if attribute.type == Attribute.Type.OPTIONS:
                option = chance.choice(options)
                shown, column = option.name, {"option_id": option.pk}
            elif attribute.type == Attribute.Type.DATE:
                day: date = (self.now + timedelta(days=chance.randrange(120))).date()
                shown, column = day.isoformat(), {"date": day}
            else:
                shown = chance.choice(("Indeed", "StepStone", "Monster", "Xing"))
                column = {"text": shown}
            known[attribute.name] = shown
            self.values.add(application_id=application, attribute_id=attribute.pk, **column)
        return known

    def _papers(
        self,
        person: Person,
        application: int,
        source: Source,
        known: dict[str, str],
        chance: random.Random,
    ) -> None:
        """What was sent in: words, and a CV that others of the trade share."""
        name = f"CV {person.name}.pdf"
        cv = papers.of_trade(self.cvs, person.trade, chance.randrange(len(self.cvs)))
        first, _space, last = person.name.partition(" ")
        self.submissions.add(
            application_id=application,
            door=Door.ENDPOINT,
            data={
                "first_name": first,
                "last_name": last,
                "email": person.address,
                "phone": person.phone,
                "location": person.city,
                "source": source.name,
                "attributes": known,
                "documents": [name],
            },
            message=chance.choice(words.LETTERS).format(
                name=person.name,
                city=person.city,
                trade=words.TRADES[person.trade][0].lower(),
                employer=chance.choice(words.EMPLOYERS),
                years=2 + person.key % 14,
            ),
            submitted_at=person.at,
        )
        document = self.documents.add(
            application_id=application,
            candidate_id=person.key,
            file_id=cv.file,
            name=name,
            content_type="application/pdf",
            category=DocumentCategory.CV,
            created_at=person.at,
        )
        found_by = f"{index.words(name, '')} {cv.words}"
        self._find(
            SearchEntry.Kind.DOCUMENT, name, found_by, cv.text, person.at, document_id=document
        )

    def _find(
        self, kind: str, name: str, found_by: str, text: str, at: datetime, **target: int
    ) -> None:
        self.entries.add(
            company_id=self.company.pk,
            kind=kind,
            name=name,
            words=found_by,
            text=text,
            at=at,
            **target,
        )


def _way(stages: Sequence[Stage], days: int, chance: random.Random) -> list[Stage]:
    """The stages somebody who applied so many days ago has been in: the longer ago, the more is decided."""
    own = [stage for stage in stages if not stage.is_closed]
    ends = {stage.kind: stage for stage in stages if stage.is_closed}
    reached = min(len(own), 1 + int(chance.random() * (1 + days / 9)))
    way = own[: 1 + min(reached - 1, chance.choice((1, 1, 2, 2, 3, 4)))]
    if days > 12 and chance.random() < min(0.2 + days / 90, 0.96):
        fate = chance.random()
        if fate < 0.03:
            return [*own, ends[StageKind.ACCEPTED]]
        way.append(ends[StageKind.WITHDRAWN if fate < 0.13 else StageKind.REJECTED])
    return way
