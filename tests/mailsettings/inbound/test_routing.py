from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connections
from django.utils import timezone

from companies.models import Company, Membership, StoredFile
from mailsettings.inbound import recognition, routing
from mailsettings.mime import patience
from mailsettings.mime.parse import ParsedMail
from mailsettings.models import Delivery, IncomingMail, MailFolder
from tests.factories import CompanyFactory, raw_mail
from tests.mailsettings.inbound.conftest import lose_file, receive

ACME = "acme-jobs@in.posthorn.example"
GLOBEX = "globex-jobs@in.posthorn.example"
MAIL = raw_mail(subject="Application", Message_ID="<1@mail.example>", To=ACME)


@pytest.fixture
def globex(cleo: Membership) -> Company:
    return cleo.company


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Make reading mails with the subject "poison" raise an error."""
    recognise = recognition.recognise

    def arrange(error: Exception) -> None:
        def stumble(delivery: Delivery, mail: ParsedMail, known: recognition.Known) -> None:
            if mail.subject == "poison":
                raise error
            recognise(delivery, mail, known)

        monkeypatch.setattr(recognition, "recognise", stumble)

    return arrange


def states() -> list[str]:
    return list(IncomingMail.objects.order_by("pk").values_list("state", flat=True))


def test_route_delivers_to_the_company_and_drops_the_doors_copy(company: Company) -> None:
    mail = receive(MAIL, ACME)
    assert mail.raw is not None
    path = mail.raw.path
    assert routing.route_received() == 1
    delivery = Delivery.objects.get()
    assert (delivery.company, delivery.state, delivery.kind) == (company, "received", "person")
    assert (delivery.address, delivery.found_in) == (ACME, "envelope")
    assert (delivery.message_id, delivery.incoming) == ("<1@mail.example>", mail)
    assert delivery.raw.company == company
    assert delivery.raw.read() == MAIL
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("routed", "")
    assert mail.raw_id is None
    assert not default_storage.exists(path)
    assert StoredFile.objects.get() == delivery.raw


def test_mail_to_two_companies_is_two_deliveries_with_a_file_each(
    company: Company, globex: Company
) -> None:
    receive(MAIL, ACME, GLOBEX)
    routing.route_received()
    first, second = Delivery.objects.order_by("pk")
    assert (first.company, second.company) == (company, globex)
    assert first.raw != second.raw
    first.delete()
    default_storage.delete(first.raw.path)
    assert second.raw.read() == MAIL


def test_same_mail_through_two_doors_is_one_delivery(
    company: Company, catch_all: MailFolder
) -> None:
    receive(b"Received: by mx.posthorn.example\r\n" + MAIL, ACME)
    second = receive(MAIL.replace(b"\r\n", b"\n"), folder=catch_all)
    assert routing.route_received() == 2
    delivery = Delivery.objects.get()
    second.refresh_from_db()
    assert (second.state, second.reason) == ("routed", f"duplicate of delivery {delivery.pk}")
    assert second.raw is None


def test_second_copy_reaches_the_company_that_has_none_yet(
    company: Company, globex: Company
) -> None:
    receive(MAIL, ACME)
    receive(MAIL, ACME, GLOBEX)
    routing.route_received()
    assert list(Delivery.objects.order_by("pk").values_list("company", flat=True)) == [
        company.pk,
        globex.pk,
    ]


def test_equal_bytes_in_two_rows_share_a_file_until_the_last_is_routed(company: Company) -> None:
    first, second = receive(MAIL, ACME), receive(MAIL, ACME)
    assert first.raw == second.raw
    routing.route(first.pk)
    second.refresh_from_db()
    assert second.raw is not None
    assert second.raw.read() == MAIL
    routing.route(second.pk)
    assert not StoredFile.objects.filter(company=None).exists()


def test_other_body_under_the_same_message_id_is_another_mail(company: Company) -> None:
    receive(MAIL, ACME)
    receive(MAIL + b"P.S. One more thing.", ACME)
    routing.route_received()
    assert Delivery.objects.count() == 2


def test_unroutable_mail_is_kept_and_can_be_replayed(catch_all: MailFolder) -> None:
    mail = receive(MAIL, folder=catch_all)
    routing.route_received()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("unrouted", "it names no address of a known company")
    assert mail.raw is not None

    company = CompanyFactory(account="acme")
    assert routing.replay(mail.pk)
    routing.route_received()
    assert Delivery.objects.get().company == company
    assert not routing.replay(mail.pk)


def test_mail_that_takes_too_long_to_read_is_quarantined_and_holds_up_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.1)
    page = raw_mail(To=ACME).replace(b"text/plain", b"text/html") + b"<div>" * 200_000
    slow = receive(page, ACME)
    receive(MAIL, ACME)
    assert routing.route_received() == 2
    assert states() == ["quarantined", "routed"]
    slow.refresh_from_db()
    assert slow.reason == "TakesTooLong: reading it takes more than 0.1 seconds"
    monkeypatch.undo()
    routing.replay(slow.pk)
    routing.route_received()
    assert states() == ["routed", "routed"]


def test_poison_mail_is_quarantined_and_holds_up_no_other(
    company: Company, fail: Callable[[Exception], None]
) -> None:
    fail(ValueError("unexpected header"))
    poison = receive(raw_mail(subject="poison"), ACME)
    receive(MAIL, ACME)
    assert routing.route_received() == 2
    assert states() == ["quarantined", "routed"]
    poison.refresh_from_db()
    assert poison.reason == "ValueError: unexpected header"
    assert poison.raw is not None
    assert Delivery.objects.count() == 1, "what was half done is undone"


def test_passing_trouble_is_tried_again_and_given_up_in_the_end(
    company: Company, fail: Callable[[Exception], None]
) -> None:
    fail(OperationalError("database is locked"))
    mail = receive(raw_mail(subject="poison"), ACME)
    for _ in range(routing.MAX_ATTEMPTS):
        assert states() == ["received"]
        assert routing.route_received() == 1
        IncomingMail.objects.update(claimed_at=timezone.now() - routing.CLAIM * 2)
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("quarantined", "OperationalError: database is locked")


def test_mail_whose_file_is_lost_is_quarantined(company: Company) -> None:
    mail = receive(MAIL, ACME)
    lose_file(mail)
    routing.route_received()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("quarantined", "its file is missing from storage")


def test_mail_claimed_by_another_router_is_left_alone(company: Company) -> None:
    mail = receive(MAIL, ACME)
    IncomingMail.objects.update(claimed_at=timezone.now())
    assert routing.route_received() == 0
    assert not routing.route(mail.pk)
    assert states() == ["received"]


def test_mail_of_a_router_that_died_is_taken_again(company: Company) -> None:
    receive(MAIL, ACME)
    IncomingMail.objects.update(claimed_at=timezone.now() - timedelta(minutes=3), attempts=1)
    routing.route_received()
    assert states() == ["routed"]


def test_mail_that_kills_its_routers_is_quarantined(company: Company) -> None:
    mail = receive(MAIL, ACME)
    IncomingMail.objects.update(attempts=routing.MAX_ATTEMPTS)
    routing.route_received()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("quarantined", "no outcome in 5 attempts")


def test_router_that_lost_its_claim_leaves_no_delivery(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_slow(*_: object) -> None:
        IncomingMail.objects.update(claimed_at=timezone.now())  # another one took it

    mail = receive(MAIL, ACME)
    monkeypatch.setattr(recognition, "recognise", be_slow)
    assert not routing.route(mail.pk)
    assert not Delivery.objects.exists()
    assert states() == ["received"]


@pytest.mark.django_db(transaction=True)
def test_many_routers_deliver_each_mail_once(company: Company) -> None:
    for number in range(20):
        receive(raw_mail(subject=f"Mail {number}"), ACME)

    def work() -> None:
        routing.route_received()
        connections.close_all()

    routers = [Thread(target=work) for _ in range(3)]
    for router in routers:
        router.start()
    for router in routers:
        router.join()
    assert Delivery.objects.count() == 20
    assert states() == ["routed"] * 20


@pytest.mark.django_db(transaction=True)
def test_crash_in_the_middle_of_routing_is_made_good(
    company: Company, globex: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    receive(MAIL, ACME, GLOBEX)
    with monkeypatch.context() as patch:
        patch.setattr(recognition, "recognise", crash)
        with pytest.raises(KeyboardInterrupt):
            routing.route_received()
    assert not Delivery.objects.exists()
    IncomingMail.objects.update(claimed_at=timezone.now() - routing.CLAIM * 2)
    routing.route_received()
    assert Delivery.objects.count() == 2


def test_oversize_mail_is_not_routed(company: Company) -> None:
    mail = receive(MAIL, ACME)
    IncomingMail.objects.update(state="oversize")
    assert routing.route_received() == 0
    assert not routing.replay(mail.pk)


def test_any_bytes_can_be_routed(company: Company) -> None:
    for raw in (b"", b"\r\n", b"\xff\x00" * 500, b"Message-ID: <" + b"x" * 3000 + b"@y>\r\n\r\n"):
        receive(raw, ACME)
    routing.route_received()
    assert states() == ["routed"] * 4
