from datetime import timedelta

import pytest
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.mime.parse import ParsedMail, parse
from mailsettings.models import OutgoingMail
from recruiting.conversation.receiving import matching
from recruiting.conversation.writing import composing, threads
from recruiting.conversation.writing.composing import Letter
from recruiting.models import Application
from tests import factories

LETTER = Letter(subject="Your application", text="Hello")


def mail(sender: str = "Mia Muster <mia@mail.example>", **headers: str) -> ParsedMail:
    return parse(factories.raw_mail(sender=sender, **headers))


def test_a_reply_is_matched_by_references(
    application: Application, ben: Membership, company: Company
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    found = matching.find(company, mail(References=f"<x@y> {ours.message_id}"))
    assert (found.application, found.matched_by) == (application, "references")
    assert not found.needs_confirmation


def test_a_reply_whose_references_were_lost_is_matched_by_the_key_in_our_address(
    application: Application, ben: Membership, company: Company
) -> None:
    composing.send(application, LETTER, by=ben)
    tagged = threads.tagged(company.recruiting_address, threads.key(application))
    found = matching.find(company, mail("x@else.example"), addressed_to=[tagged])
    assert (found.application, found.matched_by) == (application, "thread key")
    assert found.needs_confirmation


def test_a_message_id_that_a_provider_rewrote_at_its_end_still_finds_the_thread(
    application: Application, ben: Membership, company: Company
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    rewritten = ours.message_id.partition("@")[0] + "@mailjet.example>"
    assert matching.find(company, mail(In_Reply_To=rewritten)).application == application


@pytest.mark.parametrize(
    "told", ["0102018f3c2e4a5b-1c2d", "<0102018f3c2e4a5b-1c2d@eu-west-1.amazonses.com>"]
)
def test_an_answer_to_an_id_that_the_provider_gave_our_mail_finds_the_thread(
    application: Application, ben: Membership, company: Company, told: str
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    OutgoingMail.objects.update(provider_id=told)
    answer = mail("x@else.example", References="<0102018f3c2e4a5b-1c2d@eu-west-1.amazonses.com>")
    found = matching.find(company, answer)
    assert (found.application, found.matched_by) == (application, "references")
    OutgoingMail.objects.update(provider_id="")
    ours.outgoing.recipients.update(provider_id=told)
    assert matching.find(company, answer).application == application
    ours.outgoing.recipients.update(provider_id="0102018f3c2e")
    assert matching.find(company, answer).application is None


def test_an_answer_without_any_id_of_ours_is_matched_by_the_word_hidden_in_what_it_quotes(
    application: Application, ben: Membership, company: Company
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    page = parse(ours.outgoing.raw.read()).html
    quoted = page[page.index("<div") : page.index("</body>")]
    answer = f"<p>Gladly.</p><blockquote>{quoted}</blockquote>".encode()
    raw = b"From: x@else.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + answer
    found = matching.find(company, parse(raw))
    assert (found.application, found.matched_by) == (application, "thread key")
    assert found.needs_confirmation
    assert "posthorn:" in page
    assert "posthorn:" not in threads.without_marks(page)


def test_a_known_thread_from_an_unknown_address_asks_to_be_confirmed(
    application: Application, ben: Membership, company: Company
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    found = matching.find(company, mail("other@mail.example", In_Reply_To=ours.message_id))
    assert found.application == application
    assert found.needs_confirmation
    assert found.about["address"] == "other@mail.example"


def test_a_known_address_is_matched_however_it_is_spelt(
    application: Application, company: Company
) -> None:
    found = matching.find(company, mail("MIA@Mail.Example"))
    assert (found.application, found.matched_by) == (application, "address")


def test_another_companys_thread_and_people_are_never_found(
    application: Application, ben: Membership, cleo: Membership
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    found = matching.find(
        cleo.company,
        mail(References=ours.message_id),
        addressed_to=[threads.tagged("globex-jobs@in.posthorn.example", ours.thread_key)],
    )
    assert (found.candidate, found.application) == (None, None)


def test_a_stranger_is_not_matched_and_the_reason_says_so(company: Company) -> None:
    found = matching.find(company, mail("stranger@mail.example"))
    assert found.candidate is None
    assert found.about["address"] == "stranger@mail.example"
    assert "stranger" not in found.reason  # which outlives the person


def test_of_several_open_applications_the_one_last_written_about_is_taken(
    application: Application, company: Company, ben: Membership
) -> None:
    other = factories.ApplicationFactory(candidate=application.candidate, position__company=company)
    composing.send(application, LETTER, by=ben)
    found = matching.find(company, mail())
    assert found.application == application
    assert "2 open applications" in found.reason
    composing.send(other, LETTER, by=ben)
    assert matching.find(company, mail()).application == other


def test_two_people_who_share_an_address_are_left_to_a_person(
    application: Application, company: Company
) -> None:
    factories.CandidateFactory(company=company, address="mia@mail.example")
    found = matching.find(company, mail())
    assert found.candidate is None
    assert "Several people" in found.reason


@pytest.mark.parametrize(("days", "is_found"), [(13, True), (15, False)])
def test_decided_applications_take_mail_for_two_weeks(
    application: Application, company: Company, ben: Membership, days: int, is_found: bool
) -> None:
    ours = composing.send(application, LETTER, by=ben)
    closed_at = timezone.now() - timedelta(days=days)
    Application.objects.filter(pk=application.pk).update(closed_at=closed_at)
    by_thread = matching.find(company, mail(In_Reply_To=ours.message_id))
    by_address = matching.find(company, mail())
    assert [bool(by_thread.application), bool(by_address.application)] == [is_found, is_found]
