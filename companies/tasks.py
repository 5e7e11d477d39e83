"""Celery tasks of companies."""

from celery import shared_task

from companies import files


@shared_task(name="companies.sweep_files", ignore_result=True)
def sweep_files() -> None:
    files.sweep()
