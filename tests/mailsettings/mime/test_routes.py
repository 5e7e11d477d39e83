import pytest

from mailsettings.mime import parse, routes
from mailsettings.mime.routes import Route
from tests.mailsettings.mime import samples


def found(*lines: str) -> list[tuple[str, str]]:
    mail = parse.parse("\n".join([*lines, "", ""]).encode())
    return [(route.address, route.found_in) for route in routes.routes(mail)]


def test_a_gmail_forward_names_target_and_origin() -> None:
    assert routes.routes(samples.mail("redirected_by_gmail")) == (
        Route("acme-jobs@recruiting.example", "Delivered-To"),
        Route("jobs@kunde.example", "Delivered-To"),
    )


def test_an_exchange_rule_names_the_mailbox_it_ran_in() -> None:
    assert routes.routes(samples.mail("redirected_by_exchange_rule")) == (
        Route("Jobs@wien.kunde.example", "X-MS-Exchange-Inbox-Rules-Loop"),
    )


def test_a_sieve_redirect_names_every_station() -> None:
    assert routes.routes(samples.mail("redirected_by_sieve_with_srs")) == (
        Route("acme-jobs@recruiting.example", "X-Original-To"),
        Route("karriere@kunde.example", "X-Sieve-Redirected-From"),
        Route("erika@bewerber.example", "Return-Path"),
        Route("chef@kunde.example", "Cc"),
    )


def test_surer_fields_come_first_wherever_they_stand() -> None:
    surest_last: tuple[str, ...] = (
        "Cc",
        "To",
        "Resent-From",
        "X-Forwarded-For",
        "Received",
        "Resent-To",
        "X-Forwarded-To",
    )
    surest_last += ("X-Envelope-To", "Envelope-To", "X-Original-To", "Delivered-To")
    lines = [f"{name}: <{number}@x.example>" for number, name in enumerate(surest_last)]
    lines[4] = "Received: by mx.x.example for <4@x.example>; Tue, 3 Mar 2026 10:15:00 +0100"
    ordered = [field for _, field in found(*lines)]
    assert ordered == [*surest_last[:3:-1], "X-Forwarded-For", "Resent-From", "To", "Cc"]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("<jobs+caf_=acme-jobs=recruiting.example@kunde.example>", "jobs@kunde.example"),
        ("<SRS0=ab+c=QR=kunde.example=jobs@relay.example>", "jobs@kunde.example"),
        ("<SRS1=xy=relay.example==ab=QR=kunde.example=jobs@other.example>", "jobs@kunde.example"),
    ],
)
def test_a_rewritten_envelope_sender_gives_the_mailbox_away(path: str, address: str) -> None:
    assert (address, "Return-Path") in found(f"Return-Path: {path}")


def test_an_address_is_listed_once_with_its_first_field() -> None:
    assert found("To: Jobs@X.Example", "Delivered-To: jobs@x.example") == [
        ("jobs@x.example", "Delivered-To")
    ]


def test_a_mail_without_recipients_has_no_routes() -> None:
    assert found("From: a@x.example", "To: undisclosed-recipients:;", "Return-Path: <>") == []
