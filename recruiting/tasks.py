"""Celery tasks of recruiting: one call each. The rows are the queue, tasks are the doorbell."""

from celery import shared_task

from recruiting.conversation import intake


# A tick that found no free worker is dropped: the next one does the same work.
@shared_task(name="recruiting.file_received", ignore_result=True, expires=15)
def file_received() -> None:
    intake.file_received()
