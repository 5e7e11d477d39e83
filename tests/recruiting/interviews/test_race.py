"""Two clicks at the same moment."""

import threading

import pytest
from django.db import connection

from companies.models import Membership
from mailsettings.models import OutgoingMail
from recruiting.interviews import scheduling
from recruiting.models import Interview
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_of_clicks_at_once_one_books_and_the_candidate_is_written_to_once() -> None:
    interview: Interview = factories.ProposedInterviewFactory()
    colleague: Membership = factories.InterviewParticipantFactory(interview=interview).membership
    slots = [factories.InterviewSlotFactory(interview=interview).pk for _ in range(4)]
    start = threading.Barrier(len(slots))
    outcomes: list[str] = []

    def click(slot: int) -> None:
        try:
            start.wait()
            scheduling.choose(interview, slot)
            outcomes.append("booked")
        except scheduling.NotOpen:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(slot,)) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked", *["too late"] * 3]
    assert OutgoingMail.objects.filter(recipients__address=colleague.user.email).count() == 1
    assert OutgoingMail.objects.count() == 2
