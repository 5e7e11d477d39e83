"""The rows behind a figure: as many as it says."""

from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from recruiting.choices import StageKind
from recruiting.models import Application, Message, Stage, StageChange
from recruiting.reports.daily import come_this_far
from recruiting.reports.scope import Scope, moment

MAILS = ("received", "unanswered")


def applications(scope: Scope, figure: str) -> QuerySet[Application] | None:
    """The applications a figure counts; None if there is no such figure.

    ``reached-<stage>``, ``left-<stage>`` (once for each time it was left), ``source-<id>`` and ``hired-<id>``
    (``none`` for no source), ``month-<yyyy-mm>`` of hires, an end, or one of ``MAILS``: once for each mail,
    with its ``mail_at`` and ``mail_subject``.
    """
    kind, _dash, which = figure.partition("-")
    if figure in MAILS:
        return _mails(scope, unanswered=figure == "unanswered")
    if figure == "applied":
        return scope.applied()
    if kind in ("hired", "rejected", "withdrawn") and not which:
        return scope.ended(kind)
    if kind in ("source", "hired") and (which == "none" or _is_id(which)):
        found = scope.applied().filter(source=None if which == "none" else int(which))
        return found.filter(stage__kind=StageKind.ACCEPTED) if kind == "hired" else found
    if kind == "month":
        return _hired_in(scope, which)
    if kind in ("reached", "left") and _is_id(which):
        stage = Stage.objects.visible_to(scope.member).filter(pk=int(which)).first()
        return _of_stage(scope, stage, kind) if stage else None
    return None


def _of_stage(scope: Scope, stage: Stage, kind: str) -> QuerySet[Application]:
    """Those that have ever been in the stage or in one after it, rejections aside; or have left it."""
    applied = scope.applied().filter(position__pipeline=stage.pipeline_id)
    if kind == "left":
        return applied.filter(stage_changes__from_stage=stage)
    been = come_this_far(StageChange.objects.filter(to_stage__order__gte=stage.order))
    return applied.filter(pk__in=been.values("application"))


def _hired_in(scope: Scope, month: str) -> QuerySet[Application] | None:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    following = (first + timedelta(days=31)).replace(day=1)
    return scope.ended("hired").filter(
        closed_at__gte=moment(first), closed_at__lt=moment(following)
    )


def _mails(scope: Scope, *, unanswered: bool) -> QuerySet[Application]:
    reply = Message.objects.filter(
        application=OuterRef("pk"),
        direction=Message.Direction.OUT,
        at__gt=OuterRef("messages__at"),
    )
    theirs = Q(messages__direction=Message.Direction.IN, messages__kind="person") & Q(
        messages__at__gte=scope.begins, messages__at__lt=scope.ends
    )  # all in one filter, so that they are about one and the same mail
    found = scope.everybody().filter(theirs & ~Exists(reply) if unanswered else theirs)
    return found.annotate(mail_at=F("messages__at"), mail_subject=F("messages__subject"))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
