"""Mail that leaves by Microsoft Graph or the Gmail API: chosen on the page, taken, refused, put off, unconfirmed."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from companies.models import Membership
from mailsettings import mailboxes, oauth
from mailsettings.mime.addresses import Address
from mailsettings.mime.compose import Attachment, Draft, compose
from mailsettings.models import Mailbox, OAuthGrant, OutgoingMail, ProbeRun
from mailsettings.outbound import outbox
from mailsettings.proofs import probe
from mailsettings.wire import graphdrafts, mailapi
from tests import factories
from tests.mailapiserver import MailApiServer, mail_api  # noqa: F401 -- a fixture
from tests.mailsettings.personal.test_oauth import PAGE, point_to
from tests.oauthserver import OAuthServer, oauth_server  # noqa: F401 -- a fixture

WAY = reverse("mailsettings:mailbox-way")
ASK = reverse("mailsettings:oauth-microsoft")


@pytest.fixture
def provider(
    oauth_server: OAuthServer,  # noqa: F811 -- the fixture
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    settings: Settings,
) -> OAuthServer:
    point_to(oauth_server, settings)
    settings.GRAPH_URL = settings.GMAIL_URL = mail_api.url
    return oauth_server


def connect(desk: Client, provider: OAuthServer, name: str) -> Mailbox:
    ask = reverse(f"mailsettings:oauth-{name}")
    return come_back(desk, provider, desk.get(ask)["Location"])


def come_back(desk: Client, provider: OAuthServer, asked: str) -> Mailbox:
    back = urlsplit(provider.consent(asked))
    assert desk.get(f"{back.path}?{back.query}").status_code == 302
    return Mailbox.objects.get()


@pytest.fixture
def by_graph(desk: Client, provider: OAuthServer, mail_api: MailApiServer) -> Mailbox:  # noqa: F811
    """Ben's account at Microsoft, whose mail leaves by Graph with ``token-2``."""
    connect(desk, provider, "microsoft")
    mail_api.tokens.add("token-3")
    return come_back(desk, provider, desk.get(f"{ASK}?for=personal&by=graph")["Location"])


def deliver(mailbox: Mailbox, *to: str, raw: bytes = b"") -> OutgoingMail:
    recipients = to or ("mia@mail.example",)
    mail = outbox.queue(
        company=mailbox.company,
        mailbox=mailbox,
        envelope_sender=mailbox.address,
        recipients=recipients,
        raw=raw or factories.raw_mail(To=recipients[0]),
        message_id=f"<to.{len(recipients)}.{timezone.now().timestamp()}>",
    )
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    return mail


def test_graph_is_allowed_once_and_takes_the_mail_with_a_token_of_its_own(
    desk: Client,
    provider: OAuthServer,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
) -> None:
    own = connect(desk, provider, "microsoft")
    assert 'name="by"' not in desk.get(PAGE).text
    assert f'href="{ASK}?for=personal&amp;by=graph"' in desk.get(PAGE).text, (
        "a form may not lead there"
    )
    desk.post(WAY, {"by": "graph"})
    assert Mailbox.objects.get().sends_by == "smtp", "not without the permission"
    asked = desk.get(f"{ASK}?for=personal&by=graph")["Location"]
    assert "https://graph.microsoft.com/Mail.Send" in parse_qs(urlsplit(asked).query)["scope"][0]
    own = come_back(desk, provider, asked)
    assert (own.sends_by, own.imap_host) == ("graph", "outlook.office365.com")
    mail_api.tokens.add("token-3")
    mail = deliver(own, "mia@mail.example", "boss@mail.example")
    assert (mail.state, mail.server, mail.provider_id) == ("sent", "127.0.0.1", "request-1")
    assert mail_api.paths == ["/v1.0/users/ben@home.example/sendMail"]
    assert mail_api.mails[0]["Bcc"] == "boss@mail.example"
    assert provider.asked[-1]["scope"] == f"{oauth.GRAPH_SCOPE} offline_access"
    assert deliver(own).state == "sent"
    assert provider.issued == 3, "the token is kept while it lasts"
    html = desk.get(PAGE).text
    assert 'value="graph"' in html
    desk.post(WAY, {"by": "smtp"})
    desk.post(WAY, {"by": "graph"})
    own.refresh_from_db()
    assert own.sends_by == "graph", "who has allowed it is not asked again"
    mailboxes.disconnect(own, by=None)
    own.refresh_from_db()
    assert own.sends_by == "smtp"


def test_gmails_api_needs_no_second_permission_and_names_the_mail(
    desk: Client,
    provider: OAuthServer,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
) -> None:
    own = connect(desk, provider, "google")
    assert desk.post(WAY, {"by": "graph"}, follow=True).status_code == 200
    assert Mailbox.objects.get().sends_by == "smtp", "Google has no Graph"
    desk.post(WAY, {"by": "gmail"})
    own.refresh_from_db()
    mail_api.tokens.add("token-1")
    run = ProbeRun.objects.filter(kind="smtp").latest("pk")
    probe.perform(run.pk)
    run.refresh_from_db()
    assert (run.state, mail_api.mails) == ("passed", []), "the test sends nothing"
    assert [step["name"] for step in run.steps] == ["lookup", "connect", "tls", "login", "sender"]
    assert "permission is right" in desk.get(PAGE).text
    mail = deliver(own)
    assert (mail.state, mail.provider_id) == ("sent", "gmail-1")
    assert mail_api.paths[-1] == "/upload/gmail/v1/users/me/messages/send?uploadType=media"


def test_a_refused_token_is_renewed_once_and_then_a_person_must_connect_again(
    by_graph: Mailbox,
    desk: Client,
    provider: OAuthServer,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
) -> None:
    deliver(by_graph)
    mail_api.tokens = {"token-4"}
    assert deliver(by_graph).state == "sent", "a machine tries a new token by itself"
    mail_api.tokens = set()
    mail = deliver(by_graph)
    assert (mail.state, mail.last_code, mail.attempts) == ("queued", "api_unauthorized", 0)
    assert OAuthGrant.objects.get().revoked_at is not None
    assert "Reconnect needed" in desk.get(PAGE).text
    mail_api.tokens = {"token-7"}
    come_back(desk, provider, desk.get(reverse("mailsettings:oauth-microsoft"))["Location"])
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert mail.state == "sent", "connecting again keeps the way, and the queue goes on"


FORBIDDEN = {"error": {"code": "ErrorAccessDenied", "message": "Access is denied."}}
GMAIL_TOO_MUCH = {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}
UNKNOWN = {"error": {"code": "ErrorInvalidUser", "message": "The requested user is invalid."}}
BAD_MIME = {"error": {"code": "ErrorInvalidRecipients", "message": "No recipient is valid."}}


@pytest.mark.parametrize(
    ("status", "body", "state", "code"),
    [
        (403, FORBIDDEN, "queued", "api_forbidden"),
        (404, UNKNOWN, "queued", "api_mailbox_unknown"),
        (403, GMAIL_TOO_MUCH, "queued", "api_throttled"),
        (400, BAD_MIME, "failed", "message_refused"),
        (413, {}, "failed", "message_too_large"),
        (500, {}, "unconfirmed", "api_failed"),
    ],
)
def test_each_refusal_has_its_consequence(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    status: int,
    body: dict[str, Any],
    state: str,
    code: str,
) -> None:
    mail_api.refusal = (status, body, {})
    mail = deliver(by_graph)
    assert (mail.state, mail.last_code) == (state, code)
    by_graph.refresh_from_db()
    assert (by_graph.paused_at is not None) == (state == "queued"), "an account waits, a mail fails"


def test_the_wait_a_provider_asks_for_is_kept(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
) -> None:
    mail_api.refusal = (429, {"error": {"code": "TooManyRequests"}}, {"Retry-After": "120"})
    mail = deliver(by_graph)
    by_graph.refresh_from_db()
    assert by_graph.retry_at is not None
    assert timedelta(seconds=110) < by_graph.retry_at - timezone.now() <= timedelta(seconds=120)
    assert (mail.state, mail.attempts) == ("queued", 0)
    mail_api.refusal = None
    outbox.deliver(mail.pk)
    assert mail_api.mails == [], "not before its time"
    Mailbox.objects.update(retry_at=timezone.now())
    outbox.deliver(mail.pk)
    assert len(mail_api.mails) == 1


def test_a_mail_that_left_without_an_answer_is_unconfirmed_and_never_sent_again(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
) -> None:
    mail_api.hangs_up = True
    mail = deliver(by_graph)
    assert (mail.state, mail.last_code) == ("unconfirmed", "connection_lost")
    mail_api.hangs_up = False
    outbox.deliver_due()
    outbox.deliver(mail.pk)
    assert len(mail_api.mails) == 1


def test_a_provider_out_of_reach_and_a_mail_only_some_may_get_send_nothing(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    settings: Settings,
) -> None:
    raw = factories.raw_mail(To="mia@mail.example, boss@mail.example")
    mail = deliver(by_graph, "boss@mail.example", raw=raw)
    assert (mail.state, mail.last_code) == ("failed", "recipients_differ")
    settings.GRAPH_URL = "http://127.0.0.1:1"
    mail = deliver(by_graph)
    assert (mail.state, mail.last_code) == ("queued", "refused")
    settings.GRAPH_URL = "https://192.0.2.1"
    Mailbox.objects.update(paused_at=None, retry_at=None)
    mail = deliver(by_graph)
    assert (mail.state, mail.last_code) == ("queued", "blocked_private_address")
    assert mail_api.mails == []


def test_the_way_of_a_shared_mailbox_is_chosen_by_its_administrators_only(
    desk: Client, provider: OAuthServer, ben: Membership
) -> None:
    factories.MailboxFactory(company=ben.company)
    assert desk.post(WAY, {"for": "main", "by": "graph"}).status_code == 403


CV, PAPERS = (
    b"%PDF-1.7 " + bytes(range(256)) * 14000,
    b"%PDF-1.7 " + b"papers" * 400000,
)  # 4 and 2 MB


def large_mail(*files: Attachment) -> bytes:
    return compose(
        Draft(
            sender=Address("Ben", "ben@home.example"),
            to=(Address("Mia", "mia@mail.example"),),
            subject="Your papers, größer als sonst",
            text="With two files.\n",
            html="<p>With two files.</p>",
            message_id="<large.1@posthorn.example>",
            in_reply_to="<hers@mail.example>",
            date=timezone.now(),
            attachments=files or (Attachment("scan.pdf", "application/pdf", CV[:3300]),),
        )
    )


@pytest.fixture
def small_limits(
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is large at Microsoft by the thousand, so that its mails are made and sent in no time."""
    mail_api.smallest = 2097
    monkeypatch.setattr(mailapi, "LIMIT", {"graph": 4000})
    for name, size in {"REQUEST": 4000, "IN_PIECES": 3000, "PIECE": 3000}.items():
        monkeypatch.setattr(graphdrafts, name, size)


def test_graph_takes_a_large_mail_as_a_draft_whose_files_come_in_pieces(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
) -> None:
    raw = large_mail(
        Attachment("Lebenslauf Müller.pdf", "application/pdf", CV),
        Attachment("papers.pdf", "application/pdf", PAPERS),
        Attachment("note.txt", "text/plain", b"small"),
    )
    mail = deliver(by_graph, "mia@mail.example", "boss@mail.example", raw=raw)
    assert (mail.state, mail.provider_id, mail_api.drafts) == ("sent", "request-1", {})
    kinds = [path.partition("?")[0].rpartition("/")[2] for path in mail_api.paths]
    opened = kinds[3]
    assert kinds == [
        "messages",
        "messages",
        "createUploadSession",
        *[opened] * 2,
        "attachments",
        "send",
    ]
    sent = mail_api.mails[0]
    assert (sent["Message-ID"], sent["In-Reply-To"]) == (
        "<large.1@posthorn.example>",
        "<hers@mail.example>",
    )
    assert (sent["Subject"], sent["Bcc"]) == ("Your papers, größer als sonst", "boss@mail.example")
    assert sent.get_body(("html",)).get_content().strip() == "<p>With two files.</p>"
    found = {part.get_filename(): part.get_payload(decode=True) for part in sent.iter_attachments()}
    assert found == {"Lebenslauf Müller.pdf": CV, "papers.pdf": PAPERS, "note.txt": b"small"}


@pytest.mark.parametrize(
    ("refused", "answer", "state", "code"),
    [
        ("POST messages", (403, FORBIDDEN, {}), "failed", "large_mail_forbidden"),
        ("POST createUploadSession", (503, {}, {"Retry-After": "9"}), "queued", "api_throttled"),
        ("PUT upload", (500, {}, {}), "queued", "api_failed"),
        ("PUT upload", (413, {}, {}), "failed", "message_too_large"),
        ("POST send", (400, BAD_MIME, {}), "failed", "message_refused"),
        ("POST send", (403, FORBIDDEN, {}), "queued", "api_forbidden"),
        ("POST send", (404, UNKNOWN, {}), "unconfirmed", "draft_vanished"),
        ("POST send", (500, {}, {}), "unconfirmed", "api_failed"),
    ],
)
def test_until_it_is_told_to_send_a_large_mail_may_be_tried_again_and_then_never(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    small_limits: None,
    refused: str,
    answer: Any,
    state: str,
    code: str,
) -> None:
    mail_api.refusals[refused] = answer
    mail = deliver(by_graph, raw=large_mail())
    assert (mail.state, mail.last_code) == (state, code)
    assert ("Mail.ReadWrite" in mail.last_reply) == (code == "large_mail_forbidden")
    assert (mail.data_started_at is not None) == (refused == "POST send" and state != "queued")
    assert bool(mail_api.drafts) == (state == "unconfirmed"), "no draft is left for others to send"
    mail_api.refusals.clear()
    Mailbox.objects.update(paused_at=None, retry_at=None)
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    outbox.deliver(mail.pk)
    assert len(mail_api.mails) == (state == "queued")


def test_a_large_mail_whose_sending_is_not_answered_is_unconfirmed_and_one_lost_before_goes_again(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    small_limits: None,
) -> None:
    mail_api.hangs_up_at = "POST createUploadSession"
    mail = deliver(by_graph, raw=large_mail())
    assert (mail.state, mail.last_code, mail.attempts) == ("queued", "connection_lost", 1)
    mail_api.hangs_up_at = "POST send"
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    outbox.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mail.last_code) == ("unconfirmed", "connection_lost")
    mail_api.hangs_up_at = ""
    outbox.deliver_due()
    outbox.deliver(mail.pk)
    assert len(mail_api.mails) == 1


def test_the_draft_of_a_worker_that_died_is_taken_away_by_the_next_attempt_and_no_other_is(
    by_graph: Mailbox,
    mail_api: MailApiServer,  # noqa: F811 -- the fixture
    small_limits: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = message_from_bytes(
        b"Message-ID: <hers@home.example>\r\n\r\nhalf a letter", policy=default
    )
    mail_api.drafts["hers"] = own

    def die(*_: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patch:
        patch.setattr(graphdrafts, "_upload", die)
        patch.setattr(graphdrafts, "_remove", die)  # the dead take nothing away
        with pytest.raises(SystemExit):
            deliver(by_graph, raw=large_mail())
    assert len(mail_api.drafts) == 2
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.data_started_at) == ("sending", None)
    OutgoingMail.objects.update(claimed_at=timezone.now() - timedelta(hours=1))
    outbox.deliver_due()
    mail.refresh_from_db()
    assert mail.state == "sent"
    assert mail_api.drafts == {"hers": own}
    assert len(mail_api.mails) == 1
