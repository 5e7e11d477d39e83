"""The pages around the login look like ours and say nothing that is not true here."""

import re

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client

from companies.models import Membership
from tests import factories

OURS = 'class="bare__card"'


@pytest.mark.parametrize(
    "url",
    [
        "/login",
        "/accounts/signup/",
        "/accounts/inactive/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/done/",
        "/accounts/password/reset/key/x-y/",
    ],
)
def test_pages_before_the_login_stand_in_our_frame(client: Client, db: None, url: str) -> None:
    page = client.get(url).text
    assert OURS in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize(
    ("url", "offered"),
    [
        ("/accounts/2fa/", r'<a href="/accounts/2fa/totp/activate/"\s+class="\s*btn[^"]*"\s*>'),
        (
            "/accounts/password/change/",
            r'<button class="\s*btn\s+btn--primary\s*"\s+type="submit">',
        ),
        ("/accounts/email/", r"<button"),
    ],
)
def test_pages_about_the_own_account_stand_in_our_shell(
    recruiter: Client, url: str, offered: str
) -> None:
    page = recruiter.get(url, follow=True).text
    assert 'class="shell"' in page or OURS in page
    assert page.count("<h1") == 1
    assert re.search(offered, page)


def test_login_leads_to_what_waits(client: Client, ben: Membership) -> None:
    data = {"login": ben.user.email, "password": factories.PASSWORD}
    answer = client.post("/login", data, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Nothing waits" in answer.text


def test_login_with_a_wrong_password_says_so_at_the_form(client: Client, ben: Membership) -> None:
    answer = client.post("/login", {"login": ben.user.email, "password": "wrong"})
    assert "not correct" in answer.text
    assert ben.user.email in answer.text


def test_login_names_the_demo_in_development_only(
    client: Client, db: None, settings: LazySettings
) -> None:
    factories.UserFactory(email="recruiter@acme.example")
    settings.DEBUG = False
    assert "posthorn-demo" not in client.get("/login").text
    settings.DEBUG = True
    assert "posthorn-demo" in client.get("/login").text


def test_logout_asks_and_then_leads_to_the_login(recruiter: Client) -> None:
    assert OURS in recruiter.get("/logout").text
    assert recruiter.post("/logout").headers["Location"] == "/login"
    assert recruiter.get("/").status_code == 302


def test_mail_for_a_new_password_is_in_our_words(client: Client, ada: Membership) -> None:
    client.post("/accounts/password/reset/", {"email": ada.user.email})
    (letter,) = mail.outbox
    assert letter.subject == "Choose a new password for Posthorn"
    assert str(letter.body).startswith("Somebody, probably you")
    assert "/accounts/password/reset/key/" in str(letter.body)


def test_nobody_without_an_account_is_written_to(client: Client, db: None) -> None:
    client.post("/accounts/password/reset/", {"email": "stranger@example.test"})
    assert mail.outbox == []
