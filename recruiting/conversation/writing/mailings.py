"""One letter to many people: rows in the request, mails after it.

The request writes one row for each person and answers. ``write_pending`` makes mails of them; whoever
wins a row queues its mail in the same transaction, so nobody is written to twice and a crash costs time.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from companies import audit, files
from companies.models import Company, Membership
from mailsettings.mime.compose import compose
from mailsettings.models import OutgoingMail
from mailsettings.outbound import outbox
from recruiting.conversation.writing import composing, placeholders, rows
from recruiting.conversation.writing.composing import Letter, Prepared
from recruiting.models import Application, MessageTemplate
from recruiting.models.mailings import Mailing, MailingRecipient

State = MailingRecipient.State
BATCH = 200
TOGETHER = 25  # mails whose bytes are stored at a time
TWICE = timedelta(minutes=5)


def once_each(applications: Iterable[Application]) -> list[Application]:
    """Return the newest application of each person, so that nobody gets the letter twice."""
    newest: dict[int, Application] = {}
    for each in sorted(applications, key=lambda one: (one.applied_at, one.pk), reverse=True):
        newest.setdefault(each.candidate_id, each)
    return list(newest.values())


def unresolved(application: Application, subject: str, text: str, *, by: Membership) -> list[str]:
    """Return the placeholders that nothing is known for in a letter to this person."""
    known = placeholders.values(application, by.user)
    rendered = [placeholders.render(part, known) for part in (subject, text)]
    return list(dict.fromkeys(name for one in rendered for name in one.unresolved))


@transaction.atomic
def start(
    applications: Sequence[Application],
    *,
    subject: str,
    text: str,
    by: Membership,
    template: MessageTemplate | None = None,
) -> Mailing:
    """Begin a mailing to the people behind ``applications``, each once. One audit line.

    The files of the ``template`` it was begun with go along.

    The same letter to the same people again within ``TWICE`` is a second click: the first is returned.
    """
    Membership.objects.select_for_update(no_key=True).get(pk=by.pk)  # of two clicks, one at a time
    chosen = {each.pk for each in once_each(applications)}
    since = timezone.now() - TWICE
    for earlier in Mailing.objects.filter(
        author=by, subject=subject, text=text, stopped_at=None, created_at__gt=since
    ):
        if set(earlier.recipients.values_list("application", flat=True)) == chosen:
            return earlier
    mailing = Mailing.objects.create(
        company=by.company, author=by, subject=subject, text=text, template=template
    )
    MailingRecipient.objects.bulk_create(
        MailingRecipient(mailing=mailing, application=each) for each in once_each(applications)
    )
    audit.record(by.company, "mailing.started", mailing, by=by)
    return mailing


def write_pending() -> int:
    """Queue a mail for each row that waits; one that cannot be written says why. Return how many."""
    waiting = MailingRecipient.objects.filter(state=State.PENDING).order_by("pk")
    pks = list(waiting.values_list("pk", flat=True)[:BATCH])
    written = 0
    for first in range(0, len(pks), TOGETHER):
        some = pks[first : first + TOGETHER]
        prepared = _prepare(some)
        written += rows.write_each(some, partial(_write, prepared), _refuse)
    return written


def _prepare(pks: list[int]) -> dict[int, Prepared]:
    """Compose the mails of these rows and store their bytes together.

    What has trouble is left out, and what has large files: several of them at a time are too much.
    """
    prepared: dict[int, Prepared] = {}
    companies: dict[int, Company] = {}
    for row in _rows().filter(pk__in=pks):
        with suppress(Exception):  # told when it is written alone
            ready = composing.prepare(row.application, _letter(row), by=row.mailing.author)
            if ready.draft.weight <= outbox.IN_MEMORY:
                prepared[row.pk] = ready
                companies[row.pk] = row.application.position.company
    for company in set(companies.values()):
        mine = [pk for pk in prepared if companies[pk] == company]
        stored = files.store_many(company, [compose(prepared[pk].draft) for pk in mine])
        prepared |= {
            pk: replace(prepared[pk], stored=file) for pk, file in zip(mine, stored, strict=True)
        }
    return prepared


def _letter(row: MailingRecipient) -> Letter:
    mailing = row.mailing
    return Letter(mailing.subject, mailing.text, template=mailing.template_id)


def _rows() -> QuerySet[MailingRecipient]:
    return MailingRecipient.objects.select_related(
        "mailing__author__company",
        "mailing__author__user",
        "application__candidate",
        "application__position__company__email_settings",
        "application__position__subcompany",
    )


def _refuse(pk: int, problem: str) -> None:
    mine = MailingRecipient.objects.filter(pk=pk, state=State.PENDING)
    mine.update(state=State.REFUSED, problem=problem)


def _write(prepared: dict[int, Prepared], pk: int) -> bool:
    """Queue the mail of one row, if this call wins it."""
    mine = MailingRecipient.objects.filter(pk=pk, state=State.PENDING)
    with transaction.atomic():
        if not mine.update(state=State.QUEUED):
            return False
        row = _rows().get(pk=pk)
        author, application = row.mailing.author, row.application
        try:
            ready = prepared.get(pk) or composing.prepare(application, _letter(row), by=author)
            message = composing.queue(application, ready, by=author)
        except composing.CannotSend as error:
            row.state, row.problem = State.REFUSED, str(error)[:300]
        else:
            row.message = message
        row.save(update_fields=["state", "problem", "message"])
    return row.state == State.QUEUED


def stop(mailing: Mailing, *, by: Membership) -> int:
    """Stop what has not left yet, written or not; return how many are spared. One audit line."""
    with transaction.atomic():
        Mailing.objects.filter(pk=mailing.pk, stopped_at=None).update(stopped_at=timezone.now())
        spared = mailing.recipients.filter(state=State.PENDING).update(state=State.STOPPED)
        audit.record(mailing.company, "mailing.stopped", mailing, by=by)
    queued = mailing.recipients.filter(message__outgoing__state=OutgoingMail.State.QUEUED)
    for row in queued.select_related("message__outgoing__company"):
        if row.message and row.message.outgoing and outbox.cancel(row.message.outgoing, by=by):
            MailingRecipient.objects.filter(pk=row.pk).update(state=State.STOPPED)
            spared += 1
    return spared
