"""Celery tasks of the mail engine: ids in, one call. The rows are the queue, tasks are the doorbell."""

from celery import shared_task

from mailsettings.outbound import outbox


@shared_task(name="mailsettings.deliver", ignore_result=True)
def deliver(mail_id: int) -> None:
    outbox.deliver(mail_id)


# A tick that found no free worker is dropped: the next one does the same work.
@shared_task(name="mailsettings.deliver_due", ignore_result=True, expires=15)
def deliver_due() -> None:
    outbox.deliver_due()
