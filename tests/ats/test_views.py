"""Is it up, is it ready, and what a refused form says."""

import socket
import time
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from ats import views
from ats.celery import app
from tests.servers import places


def test_healthz_answers_anybody_and_asks_nothing(client: Client) -> None:
    reply = client.get("/healthz")
    assert (reply.status_code, reply.content) == (200, b"ok\n")


def test_probes_ask_by_address(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["hiring.example.com"]
    assert client.get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/login", headers={"host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_readyz_is_200_while_everything_can_be_used(client: Client) -> None:
    reply = client.get("/readyz")
    assert (reply.status_code, set(reply.json().values())) == (200, {"ok"})


@pytest.mark.django_db
def test_readyz_names_a_broker_that_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = places.free_ports(1)
    monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json() == {"database": "ok", "broker": "cannot be reached", "storage": "ok"}


@pytest.mark.django_db
def test_readyz_does_not_wait_for_a_broker_that_is_stuck(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "BROKER_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setattr(app.conf, "broker_write_url", url)
        started = time.monotonic()
        assert client.get("/readyz").json()["broker"] == "cannot be reached"
    assert time.monotonic() - started < 2


@pytest.mark.django_db
def test_readyz_names_a_storage_that_cannot_be_written(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(
        views, "default_storage", FileSystemStorage(location=tmp_path / "file" / "below")
    )
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()["storage"]) == (503, "cannot be written")


@pytest.mark.django_db
def test_readyz_names_a_database_that_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("no such host: secret.internal")

    monkeypatch.setattr(connection, "cursor", refuse)
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json()["database"]) == (503, "cannot be reached")
    assert b"secret" not in reply.content


def test_form_without_its_token_is_explained() -> None:
    reply = Client(enforce_csrf_checks=True).post("/login", {"login": "a@b.example"})
    assert reply.status_code == 403
    assert "This page was too old" in reply.content.decode()


def test_styleguide_is_for_developers_only(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert "/styleguide/errors/404/" in client.get("/styleguide/").text
    assert "Page not found" in client.get("/styleguide/errors/404/").text
    assert client.get("/styleguide/errors/base/").status_code == 404
    settings.DEBUG = False
    for url in ("/styleguide/", "/styleguide/errors/404/"):
        assert client.get(url).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/login/", "/accounts/login/"])
def test_login_answers_under_its_fixed_address(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.django_db
def test_admin_sends_strangers_to_the_one_login(client: Client) -> None:
    reply = client.get("/admin/", follow=True)
    assert reply.redirect_chain[-1][0] == "/login?next=/admin/"


def test_storage_of_the_tests_is_not_the_developers() -> None:
    assert "posthorn-tests-" in default_storage.path("")
