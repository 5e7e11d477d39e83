from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from companies import files
from companies.models import Company, Membership
from mailsettings import overview
from mailsettings.inbound.pathreport import say
from mailsettings.models import OutgoingMail, ProbeRun
from tests.factories import MailboxFactory, OutgoingMailFactory, SubcompanyFactory, raw_mail
from tests.mailsettings.inbound.conftest import receive
from tests.mailsettings.inbound.test_recognition import ACME, GLOBEX, bounce_of, deliver

TOKEN = "5f0c2f9e7ab14b7d9a51c8a0d4e6b312"
MESSAGE_ID = f"<test.{TOKEN}@in.posthorn.example>"
SENDER = "test@in.posthorn.example"
SUBJECT = f"[Posthorn test {TOKEN}] Does your redirect work?"


@pytest.fixture
def run(company: Company) -> ProbeRun:
    return ProbeRun.objects.create(
        company=company,
        kind="round_trip",
        token=TOKEN,
        address="jobs@acme.example",
        mailbox=MailboxFactory(
            company=company,
            address="jobs@acme.example",
            subcompany=SubcompanyFactory(company=company, name="Acme Berlin"),
        ),
        outgoing=OutgoingMailFactory(
            company=company,
            state="sent",
            message_id=MESSAGE_ID,
            raw=files.store(
                company, raw_mail(sender=SENDER, subject=SUBJECT, Message_ID=MESSAGE_ID)
            ),
        ),
        steps=[{"name": "sent", "ok": True, "code": "sent", "message": "", "reply": "", "ms": 5}],
    )


def redirected(**fields: str) -> bytes:
    """The test mail after the customer's server has sent it on."""
    return (
        b"Delivered-To: acme-jobs@in.posthorn.example\r\n"
        b"Received: from mx.acme.example by in.posthorn.example with ESMTPS; Mon, 2 Nov 2026 10:00:09 +0100\r\n"
        b"X-Sieve-Redirected-From: jobs@acme.example\r\n"
        b"Received: from out.posthorn.example by mx.acme.example with ESMTPS; Mon, 2 Nov 2026 10:00:04 +0100\r\n"
        + raw_mail(
            **{
                "sender": SENDER,
                "subject": SUBJECT,
                "Message_ID": MESSAGE_ID,
                **fields,
            }
        )
    )


def steps_of(run: ProbeRun) -> dict[str, dict[str, Any]]:
    run.refresh_from_db()
    return {step["code"]: step for step in run.steps}


def test_redirected_test_passes_and_tells_its_way(run: ProbeRun) -> None:
    delivery = deliver(redirected())
    assert (delivery.kind, delivery.state) == ("test", "received")
    steps = steps_of(run)
    assert list(steps) == ["sent", "arrived", "hops", "redirector", "header_kept", "auth_unknown"]
    assert all(step["ok"] for step in steps.values())
    assert say(steps["arrived"]) == (
        f"Arrived at {ACME}, as its envelope says. This proves the address jobs@acme.example of Acme Berlin."
    )
    assert say(steps["hops"]) == "By mx.acme.example → in.posthorn.example."
    assert [hop["seconds"] for hop in steps["hops"]["hops"]] == [None, 5]
    assert "jobs@acme.example, says the field X-Sieve" in say(steps["redirector"])
    assert (run.state, run.finished_at) == ("passed", delivery.received_at)


def test_what_a_worker_wrote_down_is_read_in_the_readers_language(run: ProbeRun) -> None:
    deliver(redirected())
    old = {"name": "delayed", "ok": True, "code": "delayed", "message": "As it was said in 2025."}
    steps_of(run)
    run.steps = [*run.steps, {**old, "reply": "", "ms": 0}]
    with translation.override("de"):
        told = [step.detail for step in overview.steps_of(run)]
    assert any(text.startswith("Weitergeleitet von jobs@acme.example") for text in told)
    assert told[-1] == "As it was said in 2025."


@pytest.mark.parametrize(
    "traces",
    [
        {"Message_ID": "<new@acme.example>", "subject": f"Fwd: {SUBJECT}"},
        {"Message_ID": "<new@acme.example>", "subject": f"[EXTERN] {SUBJECT}"},
    ],
)
def test_forwarded_test_arrives_with_a_warning(run: ProbeRun, traces: dict[str, str]) -> None:
    delivery = deliver(redirected(sender="jobs@acme.example", **traces))
    assert delivery.kind == "test"
    step = steps_of(run)["header_changed"]
    assert not step["ok"]
    assert "it now comes from jobs@acme.example" in say(step)
    tone, _icon, words = overview.summary(run)
    assert (tone, words) == ("warn", "Arrived, but: Original header")
    assert run.state == "passed"


def test_token_in_the_text_is_enough(run: ProbeRun) -> None:
    raw = redirected(Message_ID="<new@acme.example>", subject="(no subject)")
    assert deliver(raw + TOKEN.encode()).kind == "test"
    assert steps_of(run)["arrived"]["ok"]


def test_test_that_was_given_up_passes_when_it_arrives_after_all(run: ProbeRun) -> None:
    ProbeRun.objects.update(state="failed")
    deliver(redirected())
    run.refresh_from_db()
    assert run.state == "passed"


def test_second_copy_of_a_test_adds_nothing(run: ProbeRun) -> None:
    deliver(redirected())
    before = steps_of(run)
    receive(redirected(), ACME)
    assert deliver(redirected() + b"footer").kind == "test"
    assert steps_of(run) == before


@pytest.mark.parametrize(
    "answer",
    [
        {"subject": f"Re: {SUBJECT}"},
        {"subject": f"Automatic reply: {SUBJECT}", "Auto_Submitted": "auto-replied"},
    ],
)
def test_answer_to_a_test_does_not_pass_it(run: ProbeRun, answer: dict[str, str]) -> None:
    deliver(redirected(Message_ID="<answer@acme.example>", **answer))
    run.refresh_from_db()
    assert run.state == "running"


def test_test_that_arrives_at_another_company_does_not_pass(
    run: ProbeRun, cleo: Membership
) -> None:
    assert deliver(redirected(), GLOBEX).kind == "person"
    run.refresh_from_db()
    assert run.state == "running"


def test_test_of_last_year_is_ordinary_mail(run: ProbeRun) -> None:
    ProbeRun.objects.update(started_at=timezone.now() - timedelta(days=400))
    OutgoingMail.objects.all().delete()
    assert deliver(redirected()).kind == "person"


def test_bounced_test_fails_and_is_explained(run: ProbeRun) -> None:
    deliver(bounce_of(MESSAGE_ID, address="jobs@acme.example"))
    step = steps_of(run)["bounced_unknown"]
    assert (run.state, step["ok"]) == ("failed", False)
    assert say(step) == "It could not reach jobs@acme.example."
    assert "550 5.1.1" in step["reply"]


def test_forbidden_redirect_is_explained(run: ProbeRun) -> None:
    refused = b"550 5.7.520 Access denied, Your organization does not allow external forwarding"
    deliver(bounce_of(MESSAGE_ID).replace(b"550 5.1.1 <mia@mail.example>: no such user", refused))
    assert "bounced_forwarding" in steps_of(run)
    shown = overview.steps_of(run)[-1]
    assert shown.why
    assert "Microsoft 365 forbids redirecting" in str(shown.why.sentence)
    for told in (f"Message-ID: {MESSAGE_ID}", f"Redirected to: {ACME}", "5.7.520", "Ask IT to"):
        assert told in shown.for_it, "what IT searches its message trace by"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"554 5.4.14 Hop count exceeded - possible mail loop", "bounced_loop"),
        (b"552 5.2.2 mailbox full", "bounced_full"),
        (b"550 5.7.1 rejected by our policy", "bounced_policy"),
        (b"554 sorry", "bounced"),
    ],
)
def test_reason_of_a_bounce_is_read_from_the_servers_answer(
    run: ProbeRun, answer: bytes, code: str
) -> None:
    raw = bounce_of(MESSAGE_ID).replace(b"550 5.1.1 <mia@mail.example>: no such user", answer)
    deliver(raw.replace(b"Status: 5.1.1", b"Status: 5.0.0"))
    assert not steps_of(run)[code]["ok"]


def test_forward_as_an_inner_message_is_found_and_called_a_forward(run: ProbeRun) -> None:
    inner = raw_mail(sender=SENDER, subject=SUBJECT, Message_ID=MESSAGE_ID)
    outer = (
        b"From: jobs@acme.example\r\nSubject: for you\r\nMessage-ID: <outer@acme.example>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n"
        b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--cut--\r\n"
    )
    assert deliver(outer).kind == "test"
    assert not steps_of(run)["header_changed"]["ok"]


def test_replaced_message_id_and_date_are_told_but_are_a_redirect(run: ProbeRun) -> None:
    raw = redirected(Message_ID="<new@acme.example>").replace(b"10:00:00 +0100", b"10:00:07 +0100")
    deliver(raw)
    step = steps_of(run)["header_replaced"]
    assert step["ok"]
    assert "Message-ID, Date" in say(step)


def test_verdicts_of_our_own_receiver_are_shown_and_others_are_not(
    run: ProbeRun, settings: Any
) -> None:
    settings.AUTHSERV_IDS = ["in.posthorn.example"]
    ours = (
        b"Authentication-Results: in.posthorn.example; spf=fail (not; spf=pass) smtp.mailfrom=x;\r\n"
        b"\tdkim=pass header.d=in.posthorn.example; arc=none\r\n"
    )
    forged = b"Authentication-Results: mx.evil.example; spf=pass; dmarc=pass\r\n"
    deliver(forged + ours + redirected())
    step = steps_of(run)["authentication"]
    assert step["results"] == {"spf": "fail", "dkim": "pass", "arc": "none"}
    assert "SPF fails after a redirect by its nature" in say(step)


def test_bounce_that_comes_after_the_test_has_passed_changes_nothing(run: ProbeRun) -> None:
    deliver(redirected())
    deliver(bounce_of(MESSAGE_ID))
    run.refresh_from_db()
    assert run.state == "passed"


def test_notice_of_delay_leaves_the_test_running(run: ProbeRun) -> None:
    deliver(bounce_of(MESSAGE_ID, action="delayed"))
    assert steps_of(run)["delayed"]["ok"]
    assert run.state == "running"
