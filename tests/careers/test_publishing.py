"""What integrators see: the log of their requests, a trial, the switches of the career page."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from companies import credentials
from companies.models import ApiCredential, ApiRequest, Company, Membership
from recruiting.models import Application, Candidate, Position, RefusedApplication
from tests import factories
from tests.careers.conftest import Post, Send


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
        {"picture": SimpleUploadedFile("l.svg", b"<svg onload=alert(1)>")},
    ],
)
def test_unreadable_colour_and_unsafe_picture_are_refused(
    admin: Client, wrong: dict[str, Any]
) -> None:
    assert admin.post("/settings/recruiting/career-page/", wrong).status_code == 422
