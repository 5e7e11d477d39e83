"""Who is told what, in the product and by mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from companies.models import Company, Membership
from recruiting.conversation.colleagues import mentions, newsmail, notify, ownership
from recruiting.conversation.receiving import intake
from recruiting.hiring.applications import applying
from recruiting.hiring.applications.applying import Applicant
from recruiting.models import (
    Application,
    Notification,
    NotificationChoice,
    Position,
    TeamNotifications,
)
from recruiting.models.applications import Door
from tests import factories

MIA = Applicant(email="mia@mail.example", first_name="Mia", last_name="Muster")


def told(kind: str) -> list[str]:
    """Whom the product tells of this, after a sweep."""
    notify.spread()
    rows = Notification.objects.filter(kind=kind, is_told=True, in_app=True)
    return sorted(rows.values_list("member__user__email", flat=True))


@pytest.fixture
def manager(position: Position) -> Membership:
    """A hiring manager of the position."""
    member: Membership = factories.TeamMemberFactory(position=position).membership
    return member


@pytest.fixture(autouse=True)
def bystanders(company: Company) -> None:
    """Colleagues who must not be told: of elsewhere, of another position, and one who only looks."""
    elsewhere = factories.SubcompanyFactory(company=company)
    factories.MembershipFactory(company=company, subcompany=elsewhere)
    factories.MembershipFactory(company=company, role="hiring_manager")
    factories.MembershipFactory(company=company, role="viewer")


def test_a_new_application_is_told_to_all_who_deal_with_the_position(
    position: Position, ada: Membership, ben: Membership, manager: Membership
) -> None:
    applying.apply(position, MIA, door=Door.FORM)
    everybody = [ada.user.email, ben.user.email, manager.user.email]
    assert told("new_application") == sorted(everybody)
    assert notify.spread() == 0
    applying.apply(
        position, Applicant(email="x@mail.example", last_name="X"), door=Door.RECRUITER, by=ben
    )
    assert len(told("new_application")) == 3


def test_an_answer_is_told_to_whose_conversation_it_is_and_mail_nobody_knows_to_sorters(
    application: Application, ada: Membership, ben: Membership
) -> None:
    ownership.hand_to(application, ben, by=ada)
    assert told("assigned") == [ben.user.email]
    company = application.position.company
    for sender in ("mia@mail.example", "who@else.example"):
        raw = factories.raw_mail(sender=sender)
        assert intake.file(factories.DeliveryFactory(company=company, content=raw).pk)
    assert told("new_message") == sorted([ben.user.email, ada.user.email])
    sentences = {str(row.sentence()) for row in Notification.objects.filter(kind="new_message")}
    assert sentences == {
        "Mia Muster has written: Backend developer",
        "A mail of who@else.example waits to be sorted",
    }


def test_whom_a_note_mentions_is_told_once_and_nobody_else(
    application: Application, ada: Membership, ben: Membership
) -> None:
    factories.MembershipFactory(company=ada.company, user__name="Ada Lovelace")
    note = mentions.add_note(
        application, "@ada lovelace and @ben@acme.example, not x@ada. @Nobody", by=ada
    )
    assert sorted(note.mentions) == ["Ada Lovelace", "Ben"]
    mentions.add_note(application, "@Ada reminds herself", by=ada)
    assert len(told("mention")) == 2


def test_mails_that_fail_and_accounts_that_rest_are_told_once(
    application: Application, ada: Membership, ben: Membership
) -> None:
    company = application.position.company
    factories.SentMessageFactory(
        application=application, author=ben.user, outgoing__state="bounced"
    )
    mailbox = factories.MailboxFactory(company=company, paused_at=timezone.now())
    assert notify.look_for_trouble() == 2
    assert told("mail_failed") == [ben.user.email]
    assert told("connection") == [ada.user.email]
    assert notify.look_for_trouble() == 0
    mailbox.paused_at = timezone.now() + timedelta(minutes=1)  # it broke again
    mailbox.save()
    assert notify.look_for_trouble() == 1


def test_mail_leaves_once_as_each_has_chosen_and_names_nobody_if_that_is_wanted(
    application: Application, ada: Membership, ben: Membership
) -> None:
    NotificationChoice.objects.create(member=ada, kind="new_application", mail="off", in_app=False)
    TeamNotifications.objects.create(
        company=ada.company,
        address="team@acme.example",
        kinds=["new_application"],
        with_names=False,
    )
    ben.user.language = "en"
    notify.application_received(application).save()
    ownership.hand_to(application, ben, by=ada)
    notify.spread()
    assert newsmail.send() == 2  # to Ben, and to the team
    assert newsmail.send() == 0
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert letters["ben@acme.example"].subject == "Ada gave you the conversation with a candidate"
    assert letters["team@acme.example"].subject == "A candidate has applied: Backend developer"
    assert "Mia" not in "".join(str(letter.body) for letter in mail.outbox)
    assert f"/applications/{application.pk}/" in str(letters["team@acme.example"].body)
    assert newsmail.send("daily") == 1  # Ben's digest
    assert mail.outbox[-1].to == ["ben@acme.example"]


def test_what_was_read_needs_no_mail(
    application: Application, ada: Membership, ben: Membership
) -> None:
    ownership.hand_to(application, ben, by=ada)
    notify.spread()
    assert notify.read(ben, application=application) == 1
    assert newsmail.send() == 0
    Notification.objects.update(at=timezone.now() - notify.KEPT_FOR - timedelta(days=1))
    assert notify.forget() == 1
