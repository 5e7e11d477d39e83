"""From an empty company to the first answer, told by facts; and sample data that goes without a trace."""

import pytest
from django.test import Client
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import OutgoingMail, Proof
from recruiting.hiring.starting import onboarding, samples
from recruiting.models import Application, Candidate, Note, Onboarding, Position
from tests import factories


def done(member: Membership) -> list[str]:
    return [step.key for step in onboarding.steps(member) if step.is_done]


def test_checklist_follows_the_facts_until_the_first_answer(
    admin: Client, ada: Membership, company: Company
) -> None:
    assert done(ada) == []
    page = admin.get("/").text
    assert "Getting started" in page
    assert 'href="/positions/new/"' in page
    samples.load(ada)  # a sample is no progress
    position = factories.PositionFactory(
        company=company, state="draft", published_at=None, number=900_000
    )
    assert done(ada) == ["position"]
    Position.objects.filter(pk=position.pk).update(published_at=timezone.now())
    mailbox = factories.MailboxFactory(company=company)
    assert done(ada) == ["position", "published", "mail"]
    Proof.objects.create(
        company=company, mailbox=mailbox, kind="round_trip", proven_at=timezone.now()
    )
    factories.MembershipFactory(company=company)
    application = factories.ApplicationFactory(position=position)
    assert done(ada) == [
        "position",
        "published",
        "mail",
        "redirect",
        "colleague",
        "application",
    ]
    assert "0 of 7" not in admin.get("/start/").text
    assert "6 of 7" in admin.get("/start/").text
    factories.SentMessageFactory(application=application, author=ada.user)
    assert onboarding.checklist(ada) == []
    assert "Getting started" not in admin.get("/").text


def test_checklist_is_put_away_and_taken_out_again(
    admin: Client, recruiter: Client, company: Company
) -> None:
    assert "Getting started" not in recruiter.get("/").text
    assert recruiter.post("/start/dismiss/").status_code == 403
    admin.post("/start/dismiss/")
    assert "Getting started" not in admin.get("/").text
    admin.post("/start/dismiss/", {"back": "1"})
    assert "Getting started" in admin.get("/").text
    verbs = company.audit_entries.values_list("verb", flat=True)
    assert {"onboarding.dismissed", "onboarding.resumed"} <= set(verbs)


def test_sample_is_loaded_once_and_removed_for_good(
    admin: Client, ada: Membership, company: Company, application: Application
) -> None:
    pipelines = company.pipelines.count()
    for _click in range(2):
        assert admin.post("/start/sample/").status_code == 302
    sample = Onboarding.objects.get(company=company).sample
    assert sample is not None
    assert (sample.state, sample.applications.count()) == ("draft", 5)
    assert company.pipelines.count() == pipelines
    assert not OutgoingMail.objects.exists()
    one = sample.applications.order_by("pk").last()
    assert one is not None
    assert one.stage_changes.count() == 2
    page = admin.get(f"/applications/{one.pk}/")
    assert "No address is known." in page.text
    factories.NoteFactory(application=one)
    factories.InterviewFactory(application=one)
    both = factories.ApplicationFactory(
        position=application.position, candidate=one.candidate, applied_address="lena"
    )
    admin.post("/start/sample/remove/")
    assert not Position.objects.filter(pk=sample.pk).exists()
    assert set(Candidate.objects.all()) == {application.candidate, both.candidate}
    assert not Note.objects.filter(application=one).exists()
    assert admin.post("/start/sample/remove/").status_code == 302
    entry = company.audit_entries.get(verb="sample.removed")
    assert entry.target_id == sample.pk


@pytest.mark.parametrize("url", ["/start/", "/start/sample/", "/start/sample/remove/"])
def test_setting_up_is_the_administrators(recruiter: Client, url: str) -> None:
    assert recruiter.post(url).status_code in (403, 405)
    assert recruiter.get(url).status_code in (403, 405)
