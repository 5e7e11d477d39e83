"""An installation on this test's database, and the world around it."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from pytest_django import Settings

from companies.models import Company, Subcompany
from mailsettings.models import Mailbox
from mailsettings.outbound import doorbell
from recruiting.models import Position
from tests import factories
from tests.conftest import MAIL_DOMAIN
from tests.e2e.installation import Broker, Installation, installed
from tests.e2e.outside import Outside
from tests.servers import places, postfix
from tests.servers.world import World


@pytest.fixture
def home() -> Iterator[Path]:
    """Where the installation keeps its state; a short path, because of the broker's socket."""
    with places.directory("posthorn") as folder:
        yield folder


@pytest.fixture
def private_broker(home: Path, settings: Settings) -> Iterator[Broker]:
    """A broker that may be stopped."""
    settings.BROKER_SOCKET = home / "valkey.sock"
    broker = Broker()
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment's Redis, a database of it for this test alone, else a private broker.

    This process rings there too.
    """
    configured = os.environ["CELERY_BROKER_URL"]
    if configured.startswith("redis://") and "private_broker" not in request.fixturenames:
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        urls = [
            urlsplit(configured)._replace(path=f"/{base + number}").geturl() for base in (20, 40)
        ]
        for url in urls:
            with redis.Redis.from_url(url) as client:
                client.flushdb()
    else:
        private: Broker = request.getfixturevalue("private_broker")
        urls = [private.url, private.cache_url]
    monkeypatch.setenv("CELERY_BROKER_URL", urls[0])  # Celery looks here first, at every call
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    return {"CELERY_BROKER_URL": urls[0], "CACHE_URL": urls[1]}


@pytest.fixture
def posthorn(
    transactional_db: None, home: Path, broker: dict[str, str], settings: Settings
) -> Iterator[Installation]:
    """An installation of which nothing runs yet; a test starts what it needs."""
    (inbound_port,) = places.free_ports(1)
    settings.RECRUITING_DOMAIN = postfix.domain_at(inbound_port)
    nowhere = {"EMAIL_URL": "smtp://127.0.0.1:9"}  # what goes through the platform comes not far
    with installed(home, {**broker, **nowhere}, inbound_port=inbound_port) as installation:
        yield installation


@pytest.fixture
def outside(posthorn: Installation, mail_world: World, settings: Settings) -> Outside:
    """Postfix and Dovecot, trusted by the installation."""
    posthorn.environment["SSL_CERT_FILE"] = os.environ["SSL_CERT_FILE"]
    return Outside(
        mail_world,
        domain=MAIL_DOMAIN,
        recruiting_domain=settings.RECRUITING_DOMAIN,
        name=posthorn.home.name.lower(),
    )


@pytest.fixture
def connected(company: Company, subcompany: Subcompany, outside: Outside) -> Company:
    """The company with its mailboxes: jobs@ redirects its mail to us, Berlin's is read by IMAP."""
    factories.EmailSettingsFactory(company=company, use_custom_address=True)
    Mailbox.objects.create(company=company, **outside.smtp(outside.jobs))
    Mailbox.objects.create(
        company=company,
        subcompany=subcompany,
        **outside.smtp(outside.berlin),
        **outside.imap(outside.berlin),
    )
    return company


@pytest.fixture
def vienna(company: Company) -> Position:
    """A position of the main company, which writes from jobs@."""
    return factories.PositionFactory(company=company, name="Accountant")
