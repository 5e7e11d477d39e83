from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from companies.models import Company, Membership
from mailsettings.models import OutgoingMail, ProbeRun
from tests.factories import OutgoingMailFactory, raw_mail
from tests.mailsettings.inbound.conftest import receive
from tests.mailsettings.inbound.test_recognition import ACME, GLOBEX, bounce_of, deliver

TOKEN = "5f0c2f9e7ab14b7d9a51c8a0d4e6b312"
MESSAGE_ID = f"<test.{TOKEN}@in.posthorn.example>"
SUBJECT = f"[Posthorn test {TOKEN}] Does your redirect work?"


@pytest.fixture
def run(company: Company) -> ProbeRun:
    return ProbeRun.objects.create(
        company=company,
        kind="round_trip",
        token=TOKEN,
        address="jobs@acme.example",
        outgoing=OutgoingMailFactory(company=company, state="sent", message_id=MESSAGE_ID),
        steps=[{"name": "sent", "ok": True, "code": "sent", "message": "", "reply": "", "ms": 5}],
    )


def redirected(**fields: str) -> bytes:
    """The test mail after the customer's server has sent it on."""
    return (
        b"Delivered-To: acme-jobs@in.posthorn.example\r\n"
        b"Received: from mx.acme.example by in.posthorn.example with ESMTPS; today\r\n"
        b"Received: from out.posthorn.example by mx.acme.example with ESMTPS; today\r\n"
        + raw_mail(
            **{
                "sender": "no-reply@in.posthorn.example",
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
    assert list(steps) == ["sent", "arrived", "hops", "header_kept"]
    assert all(step["ok"] for step in steps.values())
    assert steps["arrived"]["message"] == f"Arrived at {ACME} (envelope)."
    assert steps["hops"]["message"] == "The way it came: mx.acme.example → in.posthorn.example."
    assert (run.state, run.finished_at) == ("passed", delivery.received_at)


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
    assert "it now comes from jobs@acme.example" in step["message"]
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
    step = steps_of(run)["bounced"]
    assert (run.state, step["ok"]) == ("failed", False)
    assert step["message"] == "The server does not know this address."
    assert "550 5.1.1" in step["reply"]


def test_forbidden_redirect_is_explained(run: ProbeRun) -> None:
    refused = b"550 5.7.520 Access denied, Your organization does not allow external forwarding"
    deliver(bounce_of(MESSAGE_ID).replace(b"550 5.1.1 <mia@mail.example>: no such user", refused))
    assert "Microsoft 365 forbids redirecting" in steps_of(run)["bounced"]["message"]


def test_bounce_that_comes_after_the_test_has_passed_changes_nothing(run: ProbeRun) -> None:
    deliver(redirected())
    deliver(bounce_of(MESSAGE_ID))
    run.refresh_from_db()
    assert run.state == "passed"


def test_notice_of_delay_leaves_the_test_running(run: ProbeRun) -> None:
    deliver(bounce_of(MESSAGE_ID, action="delayed"))
    assert steps_of(run)["delayed"]["ok"]
    assert run.state == "running"
