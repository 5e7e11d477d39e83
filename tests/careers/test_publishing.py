"""What integrators see: the log of their requests, a trial, the switches of the career page."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from careers.receiving import unauthorised
from careers.v1 import fields as v1_fields
from companies import credentials
from companies.models import ApiCredential, ApiRequest, Company, Membership
from recruiting.hiring.positions import positions
from recruiting.models import Application, Candidate, Position, RefusedApplication
from tests import factories
from tests.careers.conftest import Post, Send, file


@pytest.fixture
def admin(ada: Membership) -> Client:
    browser = Client()
    browser.force_login(ada.user)
    return browser


def test_credential_page_tells_why_requests_were_refused(
    post: Post, admin: Client, position: Position
) -> None:
    post()
    post(email="nobody")
    credential = ApiCredential.objects.get()
    assert list(credential.requests.values_list("status", flat=True)) == [400, 200]
    page = admin.get(f"/settings/api-credentials/{credential.pk}/").text
    assert "The email must be a valid email address." in page
    assert "recruiting/applicant" in page


def test_v1_requests_are_logged_with_the_reason_of_each_field(
    send: Send, position: Position
) -> None:
    send(job_position_id=1)
    noted = ApiRequest.objects.get()
    assert (noted.endpoint, noted.status) == ("v1 applications", 400)
    assert noted.reason == "job_position_id: errors.posting-validation.posting-not-found"


def test_log_keeps_the_last_hundred_of_each_credential(company: Company) -> None:
    busy, quiet = (credentials.issue(company, name=n, by=None)[0] for n in ("busy", "quiet"))
    credentials.note_request(quiet, "x", 200)
    for _ in range(150):
        credentials.note_request(busy, "x", 200)
    assert ApiRequest.KEPT <= busy.requests.count() < ApiRequest.KEPT + credentials.TRIM_EVERY
    assert quiet.requests.count() == 1


def test_rotated_token_and_its_successor_are_both_good_until_the_old_one_ends(
    company: Company, ada: Membership
) -> None:
    old, old_token = credentials.issue(company, name="JOIN", by=ada)
    new, new_token = credentials.rotate(old, by=ada)
    assert credentials.verify(company.pk, old_token) == old
    assert credentials.verify(company.pk, new_token) == new
    ApiCredential.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(1))
    assert credentials.verify(company.pk, old_token) is None
    assert credentials.verify(company.pk, new_token) == new


def test_of_many_rotations_two_tokens_are_good_at_most(
    company: Company, ada: Membership, admin: Client
) -> None:
    first, first_token = credentials.issue(company, name="JOIN", by=ada)
    second, second_token = credentials.rotate(first, by=ada)
    first.refresh_from_db()
    until = first.expires_at
    with pytest.raises(credentials.AlreadyRotated):
        credentials.rotate(first, by=ada)
    page = admin.post(f"/settings/api-credentials/{first.pk}/rotate/", follow=True).text
    assert "This token has been rotated." in page
    assert "Rotate<" not in admin.get(f"/settings/api-credentials/{first.pk}/").text
    first.refresh_from_db()
    assert first.expires_at == until
    third, third_token = credentials.rotate(second, by=ada)
    assert credentials.verify(company.pk, first_token) is None
    assert credentials.verify(company.pk, second_token) == second
    assert credentials.verify(company.pk, third_token) == third


def test_requests_with_a_wrong_token_are_shown_to_the_company_they_name(
    post: Post,
    send: Send,
    headers: dict[str, str],
    admin: Client,
    company: Company,
    cleo: Membership,
    position: Position,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache.clear()  # neighbours have counted for a company of this number
    old, old_token = credentials.issue(company, name="Old site", by=None)
    credentials.revoke(old, by=None)
    post(access_token="guessed-in-vain")
    post(access_token=old_token)
    post(company_id="999999")
    post(company_id=cleo.company_id, access_token=old_token)
    headers["Authorization"] = ""
    send()
    noted = ApiRequest.objects.filter(company=company).order_by("pk")
    assert [(each.endpoint, each.status, each.reason) for each in noted] == [
        ("recruiting/applicant", 403, "The token is none of this company's."),
        ("recruiting/applicant", 403, f"The token was revoked: Old site (…{old_token[-4:]})"),
        ("v1 applications", 401, "There was no token."),
    ]
    page = admin.get("/settings/api-credentials/").text
    assert "The token was revoked: Old site" in page
    assert "guessed-in-vain" not in page
    foreign = ApiRequest.objects.get(company=cleo.company)
    assert foreign.reason == "The token is none of this company's."
    monkeypatch.setattr(unauthorised, "NOTED", 4)
    for _ in range(3):
        post(access_token="guessed-in-vain")
    assert ApiRequest.objects.filter(company=company).count() == 4


def test_rotation_shows_the_new_token_once(admin: Client, company: Company) -> None:
    old, _token = credentials.issue(company, name="JOIN", by=None)
    page = admin.post(f"/settings/api-credentials/{old.pk}/rotate/").text
    new = ApiCredential.objects.exclude(pk=old.pk).get()
    assert new.token_hint in page
    assert "is good until" in page


def trial(admin: Client, token: str, position: Position, **more: Any) -> str:
    data = {"access_token": token, "position": position.pk} | more
    return admin.post("/settings/api-credentials/try/", data).text


def test_trial_passes_every_check_and_leaves_nothing(
    admin: Client, token: str, position: Position
) -> None:
    assert "Works" in trial(admin, token, position)
    for model in (Application, Candidate, RefusedApplication):
        assert not model._default_manager.exists()


def test_trial_says_what_a_client_would_be_told(
    admin: Client, token: str, position: Position
) -> None:
    page = trial(admin, token, position, attribute="custom_attribute_9", value="x")
    assert "Refused with status 400" in page
    assert "Parameter custom_attribute_9 does not exist." in page
    assert "This action is unauthorized." in trial(admin, "wrong", position)
    assert not RefusedApplication.objects.exists()


def test_career_page_switches_the_feed(admin: Client, company: Company, client: Client) -> None:
    url = "/settings/recruiting/career-page/"
    assert "/careers/acme/xml" in admin.get(url).text
    admin.post(url, {"older_errors": "on"})
    company.refresh_from_db()
    assert (company.feed_enabled, company.older_errors) == (False, True)
    assert client.get("/careers/acme/xml").status_code == 404
    assert company.audit_entries.filter(verb="company.career_page_changed").exists()


def test_career_page_is_the_administrators(company: Company) -> None:
    browser = Client()
    browser.force_login(factories.MembershipFactory(company=company).user)
    assert browser.get("/settings/recruiting/career-page/").status_code == 403
    assert browser.get("/settings/api-credentials/try/").status_code == 403


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


def test_logo_and_colour_dress_the_career_site(
    admin: Client, client: Client, position: Position
) -> None:
    url = "/settings/recruiting/career-page/"
    admin.post(
        url,
        {"feed_enabled": "on", "accent": "#7a1f3d", "picture": SimpleUploadedFile("l.png", PNG)},
    )
    page = client.get(f"/careers/acme/job/{position.number}").text
    assert 'src="/careers/acme/logo"' in page
    assert 'property="og:image"' in page
    logo = client.get("/careers/acme/logo")
    assert (logo.content, logo["Content-Type"]) == (PNG, "image/png")
    assert "#7a1f3d" in client.get("/careers/acme/look.css").text
    admin.post(url, {"feed_enabled": "on", "no_picture": "on"})
    assert client.get("/careers/acme/logo").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"accent": "#ffee00"},
        {"accent": "red"},
        {"thanks_urls": "https://acme.example/danke\nhttp://acme.example/"},
        {"picture": SimpleUploadedFile("l.svg", b"<svg onload=alert(1)>")},
    ],
)
def test_unreadable_colour_and_unsafe_picture_are_refused(
    admin: Client, wrong: dict[str, Any]
) -> None:
    assert admin.post("/settings/recruiting/career-page/", wrong).status_code == 422


def test_promotion_gives_links_and_embeds_with_the_companys_data(
    admin: Client, position: Position
) -> None:
    listed = "https://acme.example/danke\r\nhttps://acme.example/thanks"
    admin.post("/settings/recruiting/career-page/", {"feed_enabled": "on", "thanks_urls": listed})
    channel = factories.SourceFactory(company=position.company, name="JOIN")
    page = html.unescape(
        admin.get(f"/positions/{position.pk}/promotion/?channel={channel.pk}").text
    )
    assert f"/careers/acme/job/{position.number}?_pc={channel.pk}" in page
    assert '<iframe src="http' in page
    for name, value in (
        ("company_id", position.company_id),
        ("job_position_id", position.number),
        ("recruiting_channel_id", channel.pk),
        ("thanks_url", "https://acme.example/danke"),
    ):
        assert f'name="{name}" value="{value}"' in " ".join(page.split())


def test_position_leads_to_its_career_page_while_it_is_published(
    admin: Client, position: Position
) -> None:
    url = f"/positions/{position.pk}/on-the-career-page/"
    there = admin.get(url)
    assert there.status_code == 302
    assert there["Location"].endswith(f"/job/{position.number}")
    positions.unpublish(position, by=None)
    assert "shows published positions only" in admin.get(url, follow=True).text


def test_html_snippet_makes_an_application_once_the_token_is_in_it(
    admin: Client, client: Client, token: str, position: Position
) -> None:
    page = admin.get(f"/positions/{position.pk}/promotion/").context["snippet"]
    hidden = dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page))
    person = {"first_name": "Mia", "last_name": "Muster", "email": "mia@mail.example"}
    sent = hidden | person | {"access_token": token, "documents[]": file("cv.pdf")}
    answer = client.post("/recruiting/applicant", sent, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert Application.objects.get().documents.get().name == "cv.pdf"


def test_only_the_embeddable_form_may_stand_in_a_frame(client: Client, position: Position) -> None:
    job = f"/careers/acme/job/{position.number}"
    framed = client.get(f"{job}/form")
    assert "frame-ancestors *" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    whole = client.get(job)
    assert "frame-ancestors 'none'" in whole["Content-Security-Policy"]
    assert whole["X-Frame-Options"] == "DENY"


def test_form_in_a_frame_applies_and_thanks_inside_the_frame(
    client: Client, position: Position
) -> None:
    job = f"/careers/acme/job/{position.number}"
    token = re.findall(r'name="started" value="([^"]*)"', client.get(f"{job}/form").text)[0]
    person = {"first_name": "Mia", "last_name": "Muster", "started": token}
    wrong = client.post(f"{job}/form", person)
    assert wrong.status_code == 422
    assert "site-head" not in wrong.text
    answer = client.post(f"{job}/form", person | {"email": "mia@mail.example"})
    assert answer["Location"] == f"{job}/form/thanks"
    thanked = client.get(answer["Location"])
    assert "Thank you" in thanked.text
    assert "frame-ancestors *" in thanked["Content-Security-Policy"]


def test_interface_is_described_for_people_from_the_tables_that_validate(client: Client) -> None:
    page = client.get("/v1/").text
    for words in ("job_position_id", "errors.applicant-already-exists", "cover-letter"):
        assert words in page
    for row in v1_fields.APPLICATION:
        assert row.name in page
