"""Whatever a mail refers to: it goes to the conversation that the rules name, and never across companies."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from companies.models import Company, Membership
from mailsettings.mime.parse import parse
from recruiting.choices import Why
from recruiting.conversation.receiving import matching
from recruiting.conversation.writing import threads
from recruiting.models import Application
from tests import factories

WHICH = st.sampled_from(["", "open", "other", "closed", "foreign", "nobody"])
SENDERS = ["mia@mail.example", "MIA@Mail.Example", "ida@mail.example", "both@mail.example"]
SENDERS += ["old@mail.example", "globex@mail.example", "stranger@mail.example", ""]


@pytest.fixture
def world(company: Company, cleo: Membership) -> dict[str, Application]:
    """Conversations of two companies; Mia has two, ``both`` is an address of two people."""
    long_ago = timezone.now() - matching.CLOSED_FOR - timedelta(days=1)
    made: dict[str, Application] = {}
    for name, address, owner, closed_at in (
        ("open", "mia@mail.example", company, None),
        ("other", "ida@mail.example", company, None),
        ("closed", "old@mail.example", company, long_ago),
        ("foreign", "globex@mail.example", cleo.company, None),
    ):
        candidate = factories.CandidateFactory(company=owner, address=address)
        made[name] = factories.ApplicationFactory(
            candidate=candidate, position__company=owner, closed_at=closed_at
        )
        if name in ("open", "other"):
            factories.CandidateAddressFactory(candidate=candidate, address="both@mail.example")
        factories.MessageFactory(
            application=made[name],
            direction="out",
            message_id=f"<{name}@ours.example>",
            thread_key=threads.key(made[name]),
        )
    return made


def expected(
    world: dict[str, Application], named: list[str], sender: str
) -> tuple[str, bool, bool]:
    """What the rules say: which conversation, whether to be confirmed, and whether it is closed."""
    for name in named:
        if name in ("open", "other", "closed"):
            is_known = sender in world[name].candidate.addresses.values_list(
                "normalised", flat=True
            )
            return ("", False, True) if name == "closed" else (name, not is_known, False)
    owner = {"mia@mail.example": "open", "ida@mail.example": "other"}.get(sender, "")
    return owner, False, False


@given(WHICH, WHICH, WHICH, st.sampled_from(SENDERS))
@example("foreign", "open", "", "stranger@mail.example")
@example("closed", "open", "other", "mia@mail.example")
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_mail_goes_where_the_rules_say(
    world: dict[str, Any], company: Company, referred: str, tagged: str, hidden: str, sender: str
) -> None:
    keys = {name: threads.key(application) for name, application in world.items()}
    keys["nobody"] = "a" * threads.LENGTH
    raw = factories.raw_mail(sender=sender)
    if referred:
        raw = f"References: <a@b> <{referred}@ours.example>\r\n".encode() + raw
    if hidden:
        raw += f"\r\n> {threads.mark(keys[hidden])}\r\n".encode()
    to = [threads.tagged(company.recruiting_address, keys[tagged])] if tagged else []
    found = matching.find(company, parse(raw), addressed_to=to)
    name, asks, is_closed = expected(world, [referred, tagged, hidden], sender.lower())
    assert (found.application, found.needs_confirmation) == (world.get(name), asks)
    assert (found.why == Why.CLOSED_THREAD) is is_closed
    assert found.candidate == (world[name].candidate if name else None)
    assert found.reason
