"""Celery tasks of recruiting: one call each. The rows are the queue, tasks are the doorbell."""

import contextlib
import logging

from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError

from companies import statistics
from mailsettings.inbound import polling
from recruiting.conversation.colleagues import newsmail, notify
from recruiting.conversation.receiving import intake, personal, sorting
from recruiting.conversation.writing import mailings, notices
from recruiting.hiring import integrity
from recruiting.hiring.applications import expiry
from recruiting.hiring.starting import importing
from recruiting.interviews import reminders
from recruiting.models.notifications import ByMail
from recruiting.people import duplicates
from recruiting.reports import marks
from recruiting.search import index

logger = logging.getLogger(__name__)


# A tick that found no free worker is dropped: the next one does the same work.
@shared_task(name="recruiting.file_received", ignore_result=True, expires=15)
def file_received() -> None:
    intake.file_received()


@shared_task(name="recruiting.read_personal", ignore_result=True)
def read_personal(folder_id: int) -> None:
    personal.read(folder_id)


@shared_task(name="recruiting.read_personal_due", ignore_result=True, expires=15)
def read_personal_due() -> None:
    polling.poll_due(
        lambda folder_id: read_personal.apply_async([folder_id], retry=False),
        wanted=personal.choose,
    )


@shared_task(name="recruiting.index_due", ignore_result=True, expires=15)
def index_due() -> None:
    index.due()


@shared_task(name="recruiting.look_for_duplicates", ignore_result=True, expires=300)
def look_for_duplicates() -> None:
    duplicates.look_for_new()


@shared_task(name="recruiting.look_for_duplicates_everywhere", ignore_result=True)
def look_for_duplicates_everywhere() -> None:
    duplicates.look_everywhere()


@shared_task(name="recruiting.import_due", ignore_result=True, expires=15)
def import_due() -> None:
    importing.due()


@shared_task(name="recruiting.refresh_index", ignore_result=True)
def refresh_index() -> None:
    if index.refresh():
        statistics.learn()
        return
    with contextlib.suppress(BrokerError):  # else the next night goes on
        refresh_index.apply_async(retry=False)


@shared_task(name="recruiting.write_mailings", ignore_result=True, expires=15)
def write_mailings() -> None:
    mailings.write_pending()
    notices.write_due()


@shared_task(name="recruiting.spread_news", ignore_result=True, expires=15)
def spread_news() -> None:
    notify.spread()
    newsmail.send()


@shared_task(name="recruiting.look_for_trouble", ignore_result=True, expires=60)
def look_for_trouble() -> None:
    notify.look_for_trouble()


@shared_task(name="recruiting.mail_digests", ignore_result=True)
def mail_digests() -> None:
    newsmail.send(ByMail.DAILY)


@shared_task(name="recruiting.remind", ignore_result=True, expires=60)
def remind() -> None:
    reminders.send_due()


@shared_task(name="recruiting.check_integrity", ignore_result=True)
def check_integrity() -> None:
    for sentence in integrity.violations():
        logger.error("integrity: %s", sentence)


@shared_task(name="recruiting.forget_expired", ignore_result=True)
def forget_expired() -> None:
    expiry.forget()
    sorting.wipe()
    notify.forget()
    marks.compact()
