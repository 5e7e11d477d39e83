from collections.abc import Iterator

import pytest

from ats.celery import app
from companies.models import Company
from mailsettings import tasks
from mailsettings.models import Delivery, MailFolder
from tests.factories import raw_mail
from tests.mailservers import ImapServer
from tests.mailsettings.inbound.conftest import receive


@pytest.fixture(autouse=True)
def work_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True  # Celery's settings cannot be monkeypatched
    yield
    app.conf.task_always_eager = False


@pytest.mark.parametrize("name", ["poll", "poll_due", "route_received"])
def test_task_has_the_name_the_schedule_knows(name: str) -> None:
    assert getattr(tasks, name).name == f"mailsettings.{name}"


def test_poll_due_hands_each_folder_to_a_worker_that_polls_and_routes(
    folder: MailFolder, company: Company, imap_server: ImapServer
) -> None:
    imap_server.folders["INBOX"].add(raw_mail())
    tasks.poll_due.delay()
    assert Delivery.objects.get().company == company


def test_route_received_routes_what_came_by_smtp(company: Company) -> None:
    receive(raw_mail(), "acme-jobs@in.posthorn.example")
    tasks.route_received.delay()
    assert Delivery.objects.get().company == company
