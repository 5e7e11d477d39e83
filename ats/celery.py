"""The Celery application: a doorbell only, the database is the queue of record."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_shutdown

from mailsettings.outbound.pool import pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ats.settings")

app = Celery("ats")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Most servers wait five minutes for the next mail (RFC 5321, 4.5.3.2.7); people write within seconds.
KEPT_SECONDS = 30.0


def keep_connections(**_: Any) -> None:
    pool.seconds = KEPT_SECONDS


def close_connections(**_: Any) -> None:
    pool.empty()


worker_init.connect(keep_connections)
worker_shutdown.connect(close_connections)
