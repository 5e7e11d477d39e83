"""The one filter over a position's applications that board, table and export share; its state is the URL's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from companies.models import Membership
from recruiting.desk import search
from recruiting.models import Application, Position, SavedView, Source, Stage, Tag
from recruiting.search import finding

KEPT = ("q", "stage", "source", "tag", "only", "sort", "columns")  # of a query string that is saved


@dataclass(frozen=True)
class Filters:
    """What the address asks for. Unknown values narrow nothing."""

    query: str = ""
    stage: str = ""
    source: str = ""
    tag: str = ""
    only: str = ""
    company: int = 0  # whose people the query is looked for among

    @property
    def narrows(self) -> bool:
        """Whether anything but a stage is asked for."""
        return bool(self.query or self.source or self.tag or self.only)

    def apply(
        self, applications: QuerySet[Application], stages: Iterable[Stage]
    ) -> QuerySet[Application]:
        """Narrow by everything but the stage, which a board opens and a table filters by."""
        found = applications
        if finding.words(self.query):
            found = found.filter(candidate__in=finding.called_like(self.company, self.query))
        if self.source == "none":
            found = found.filter(source=None)
        elif self.source:
            found = found.filter(source=int(self.source))
        if self.tag:
            found = found.filter(tags=int(self.tag))
        if self.only == "unread":
            found = found.filter(unread_count__gt=0)
        elif self.only == "overdue":
            found = found.filter(overdue(stages))
        return found


def read(request: HttpRequest, member: Membership) -> Filters:
    """Read the filter of a page's address."""
    get = request.GET
    source = get.get("source", "")
    return Filters(
        query=search.words(request),
        stage=_number(get.get("stage", "")),
        source="none" if source == "none" else _number(source),
        tag=_number(get.get("tag", "")),
        only=get.get("only", "") if get.get("only") in ("unread", "overdue") else "",
        company=member.company_id,
    )


def bar(member: Membership, position: Position, filters: Filters) -> dict[str, Any]:
    """What the filter bar shows: the choices and the saved views, in three queries."""
    return {
        "filters": filters,
        "query": filters.query,
        "sources": Source.objects.visible_to(member),
        "tags": Tag.objects.visible_to(member),
        "saved_views": SavedView.objects.visible_to(member).filter(position=position),
    }


def kept(query: str) -> str:
    """The part of a query string that a saved view keeps."""
    given = QueryDict(query[:2000])
    wanted = QueryDict(mutable=True)
    for name in KEPT:
        wanted.setlist(name, [value for value in given.getlist(name) if value])
    return wanted.urlencode()[:1000]


def overdue(stages: Iterable[Stage]) -> Q:
    now = timezone.now()
    found = Q(pk=None)
    for stage in stages:
        if stage.max_days is not None and not stage.is_closed:
            latest = now - timedelta(days=stage.max_days + 1)
            found |= Q(stage=stage, stage_entered_at__lte=latest)
    return found


def _number(text: str) -> str:
    return text if text.isascii() and text.isdecimal() and len(text) < 10 else ""
