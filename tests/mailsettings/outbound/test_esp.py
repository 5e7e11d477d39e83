"""Sending by an ESP's API: a loopback server plays Mailjet, Anymail does the rest."""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mailsettings.mime import compose
from mailsettings.mime.addresses import Address
from mailsettings.outbound import outbox
from tests.mailsettings.outbound.conftest import Queue, states


class Mailjet(ThreadingHTTPServer):
    """Answers every request with ``status``, and takes the mail for all but ``refused``."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.status, self.delay = 200, 0.0
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def message(self) -> dict[str, Any]:
        """The only mail asked for; what all recipients have in common stands in ``Globals``."""
        (request,) = self.requests
        (message,) = request["Messages"]
        return {**request.get("Globals", {}), **message}

    @property
    def url(self) -> str:
        api = f"http://127.0.0.1:{self.server_port}/v3.1/"
        return f"anymail+mailjet://key:secret@?api_url={api}"


class _Answer(BaseHTTPRequestHandler):
    server: Mailjet

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        time.sleep(self.server.delay)
        people = [one for name in ("To", "Cc", "Bcc") for one in body["Messages"][0].get(name, [])]
        sent = [{"Email": one["Email"], "MessageID": 4711} for one in people]
        answer = json.dumps({"Messages": [{"Status": "success", "To": sent}]}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # the client did not wait
            self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def mailjet(settings: Any) -> Iterator[Mailjet]:
    server = Mailjet()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    settings.EMAIL_URL = server.url
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


RAW = compose.compose(
    compose.Draft(
        sender=Address("Acme GmbH", "acme-jobs@recruiting.posthorn.example"),
        to=(Address("Mia Müller", "mia@mail.example"),),
        cc=(Address("", "ben@acme.example"),),
        subject="Ihre Bewerbung – schön, dass Sie da sind",
        text="Guten Tag,\n\nwir melden uns" + " ganz" * 20 + " bald.",
        html="<p>Guten Tag,</p>",
        message_id="<m1@recruiting.posthorn.example>",
        date=datetime(2026, 11, 2, 10, tzinfo=UTC),
        reply_to=Address("", "acme-jobs@recruiting.posthorn.example"),
        in_reply_to="<m0@mail.example>",
        references=("<r@mail.example>", "<m0@mail.example>"),
        attachments=(compose.Attachment("Lageplan.pdf", "application/pdf", b"%PDF-1.7"),),
        headers={"Auto-Submitted": "auto-replied"},
    )
)


def send(queue: Queue, *recipients: str) -> Any:
    mail = queue(None, *recipients, raw=RAW)
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def test_api_is_told_what_the_stored_mail_says(queue: Queue, mailjet: Mailjet) -> None:
    mail = send(queue, "mia@mail.example", "ben@acme.example", "archive@acme.example")
    message = mailjet.message
    assert message["To"] == [{"Email": "mia@mail.example", "Name": "Mia Müller"}]
    assert [one["Email"] for one in message["Cc"]] == ["ben@acme.example"]
    assert [one["Email"] for one in message["Bcc"]] == ["archive@acme.example"]
    assert message["From"]["Name"] == "Acme GmbH"
    assert message["ReplyTo"]["Email"] == "acme-jobs@recruiting.posthorn.example"
    assert message["Subject"] == "Ihre Bewerbung – schön, dass Sie da sind"
    assert message["TextPart"].strip() == "Guten Tag,\n\nwir melden uns" + " ganz" * 20 + " bald."
    assert message["HTMLPart"].strip() == "<p>Guten Tag,</p>"
    assert (mail.state, mail.provider_id, mail.server) == ("sent", "4711", "mailjet")


def test_api_keeps_the_headers_replies_are_matched_by(queue: Queue, mailjet: Mailjet) -> None:
    send(queue, "mia@mail.example")
    assert mailjet.message["Headers"] == {
        "Message-ID": "<m1@recruiting.posthorn.example>",
        "In-Reply-To": "<m0@mail.example>",
        "References": "<r@mail.example> <m0@mail.example> <m1@recruiting.posthorn.example>",
        "X-Posthorn-ID": "<m1@recruiting.posthorn.example>",
        "Auto-Submitted": "auto-replied",
    }


def test_api_gets_attachments_byte_by_byte(queue: Queue, mailjet: Mailjet) -> None:
    send(queue, "mia@mail.example")
    (attachment,) = mailjet.message["Attachments"]
    assert (attachment["Filename"], attachment["ContentType"]) == (
        "Lageplan.pdf",
        "application/pdf",
    )
    assert base64.b64decode(attachment["Base64Content"]) == b"%PDF-1.7"


def test_api_sends_to_nobody_who_is_not_in_the_envelope(queue: Queue, mailjet: Mailjet) -> None:
    send(queue, "ben@acme.example")
    message = mailjet.message
    assert [one["Email"] for one in message["To"]] == ["ben@acme.example"]
    assert "mia" not in str(message["To"]) + str(message.get("Cc")) + str(message.get("Bcc"))


@pytest.mark.parametrize(
    ("status", "state", "attempts"),
    [
        (400, "failed", 1),
        (401, "queued", 0),
        (403, "queued", 0),
        (429, "queued", 1),
        (503, "queued", 1),
        (500, "unconfirmed", 1),
        (504, "unconfirmed", 1),
    ],
)
def test_status_decides_what_becomes_of_the_mail(
    queue: Queue, mailjet: Mailjet, status: int, state: str, attempts: int
) -> None:
    mailjet.status = status
    mail = send(queue)
    assert (mail.state, mail.attempts) == (state, attempts)
    assert mail.last_reply.startswith(str(status))


def test_api_that_stays_silent_leaves_the_mail_unconfirmed(
    queue: Queue, mailjet: Mailjet, settings: Any
) -> None:
    settings.ANYMAIL = {"REQUESTS_TIMEOUT": 0.2}
    mailjet.delay = 1.0
    mail = send(queue)
    mailjet.delay = 0.0
    outbox.deliver_due()
    assert mail.state == "unconfirmed"
    assert len(mailjet.requests) == 1


def test_api_that_cannot_be_reached_holds_the_mail(queue: Queue, settings: Any) -> None:
    settings.EMAIL_URL = "anymail+mailjet://key:secret@?api_url=http://127.0.0.1:1/"
    mail = send(queue)
    assert (mail.state, mail.attempts, mail.last_reply) == (
        "queued",
        0,
        "The provider cannot be reached.",
    )


def test_secrets_and_contents_stay_out_of_the_row(queue: Queue, mailjet: Mailjet) -> None:
    mailjet.status = 400
    mail = send(queue)
    assert "secret" not in mail.last_reply
    assert "melden" not in mail.last_reply
    assert states(mail) == {"mia@mail.example": "refused"}
