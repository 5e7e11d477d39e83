"""What the servers of the world outside do with a mail."""

from email import message_from_bytes
from pathlib import Path

import pytest

from ats.sandbox import boxes, letters, world
from mailsettings.mime.parse import parse
from tests.ats.conftest import LETTER

MIA = world.CANDIDATE


def only(box: str) -> bytes:
    (stored,) = boxes.mails(box)
    return stored.raw


def test_redirect_carries_headers_and_body_on_untouched(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=[world.JOBS])
    assert only(world.CATCH_ALL).endswith(LETTER)
    assert only(world.JOBS).endswith(LETTER)


def test_redirect_puts_the_way_it_went_on_top(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=[world.JOBS])
    mail = message_from_bytes(only(world.CATCH_ALL))
    assert mail["Return-Path"] == f"<{MIA}>"
    assert mail["X-Original-To"] == "acme-jobs@recruiting.posthorn.example"
    assert mail["X-Sieve-Redirected-From"] == world.JOBS
    assert mail.get_all("Delivered-To") == ["acme-jobs@recruiting.posthorn.example", world.JOBS]
    assert len(mail.get_all("Received", [])) == 2


def test_mail_that_was_redirected_before_does_not_circle(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=[world.JOBS])
    world.receive(only(world.CATCH_ALL), sender=MIA, recipients=[world.JOBS])
    assert boxes.count(world.CATCH_ALL) == 1


def test_mail_with_too_many_hops_does_not_circle(outside: Path) -> None:
    world.receive(b"Received: from a by b\r\n" * 26 + LETTER, sender=MIA, recipients=[world.JOBS])
    assert (boxes.count(world.JOBS), boxes.count(world.CATCH_ALL)) == (1, 0)


def test_berlin_keeps_its_mail_to_itself(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=[world.BERLIN])
    assert (boxes.count(world.BERLIN), boxes.count(world.CATCH_ALL)) == (1, 0)


def test_recruiting_domain_ends_in_the_catch_all_whatever_the_case(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=["Globex-Jobs@Recruiting.Posthorn.Example"])
    assert boxes.count(world.CATCH_ALL) == 1


def test_candidate_comes_into_being_with_the_first_mail(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=["Jo.New@web.example"])
    assert boxes.count("jo.new@web.example") == 1
    assert world.Account("jo.new@web.example") in world.accounts()


def test_invited_colleague_gets_the_mail_at_the_customer(outside: Path) -> None:
    world.receive(LETTER, sender="", recipients=["nina@acme.example"])
    assert boxes.count("nina@acme.example") == 1
    assert not world.Account("nina@acme.example").is_candidate


@pytest.mark.parametrize("address", ["nobody@acme.example", "no-at-sign", "@mail.example", ""])
def test_unknown_recipient_is_refused_and_nobody_gets_the_mail(outside: Path, address: str) -> None:
    with pytest.raises(world.Refused, match=r"^5"):
        world.receive(LETTER, sender=MIA, recipients=[MIA, address])
    assert boxes.count(MIA) == 0


def test_address_is_never_a_way_out_of_the_mail_folder(outside: Path) -> None:
    world.receive(LETTER, sender=MIA, recipients=["../../x@mail.example"])
    (box,) = (outside / "mail").iterdir()
    assert boxes.names() == ["../../x@mail.example"]
    assert box.name == "..%2F..%2Fx@mail.example"


def test_newest_mail_comes_first(outside: Path) -> None:
    for number in range(5):
        boxes.add(MIA, b"Subject: %d\r\n\r\n" % number)
    assert [parse(mail.raw).subject for mail in boxes.mails(MIA)] == ["4", "3", "2", "1", "0"]


def test_answer_carries_the_thread_on() -> None:
    first = parse(b"Message-ID: <b@x>\r\nReferences: <a@x>\r\nSubject: Hi\r\n\r\nHi")
    raw = letters.write(sender=MIA, to=world.JOBS, subject="Re: Hi", text="Yes", answers=first)
    reply = parse(raw)
    assert (reply.in_reply_to, reply.references) == ("<b@x>", ("<a@x>", "<b@x>"))
    assert str(reply.sender) == f"Mia Candidate <{MIA}>"
