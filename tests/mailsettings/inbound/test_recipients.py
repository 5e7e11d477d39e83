import pytest

from companies.models import Company, Membership, Subcompany
from mailsettings.inbound import recipients
from mailsettings.inbound.recipients import Destination, UnroutableError
from mailsettings.mime.parse import parse
from mailsettings.models import IncomingMail, Mailbox, MailFolder
from tests.factories import MailboxFactory, raw_mail

ACME = "acme-jobs@in.posthorn.example"
GLOBEX = "globex-jobs@in.posthorn.example"


@pytest.fixture
def globex(cleo: Membership) -> Company:
    return cleo.company


def find(
    *envelope: str, folder: MailFolder | None = None, door: str = "smtp", **headers: str
) -> list[Destination]:
    mail = IncomingMail(door=door, folder=folder, envelope_recipients=list(envelope))
    traced = recipients.trace(mail, parse(raw_mail(**headers)))
    return recipients.find_destinations(mail, traced, recipients.Directory([traced]))


def why_not(folder: MailFolder | None, **headers: str) -> str:
    with pytest.raises(UnroutableError) as raised:
        find(folder=folder, door="imap", **headers)
    return str(raised.value)


@pytest.mark.parametrize(
    ("address", "account"),
    [
        (ACME, "acme"),
        ("ACME-Jobs@IN.Posthorn.Example", "acme"),
        ("acme-jobs+r.4711@in.posthorn.example", "acme"),
        ("acme-jobs-jobs@in.posthorn.example", "acme-jobs"),
        ("acme-jobs+x-jobs@in.posthorn.example", "acme"),
        ("acme@in.posthorn.example", None),
        ("-jobs@in.posthorn.example", None),
        ("acme-jobs@elsewhere.example", None),
        ("acme-jobs@evil@in.posthorn.example", None),
        ("acme-jobs", None),
        ("", None),
    ],
)
def test_read_account(address: str, account: str | None) -> None:
    assert recipients.read_account(address) == account


def test_only_addresses_of_existing_companies_are_known(company: Company) -> None:
    assert recipients.is_known("Acme-Jobs+tag@in.posthorn.example")
    assert not recipients.is_known("nobody-jobs@in.posthorn.example")
    assert not recipients.is_known("jobs@acme.example")


def test_envelope_decides_against_every_header(company: Company, globex: Company) -> None:
    found = find(ACME, Delivered_To=GLOBEX, To=GLOBEX)
    assert found == [Destination(company, ACME, "envelope")]


def test_one_envelope_may_name_two_companies(company: Company, globex: Company) -> None:
    found = find(GLOBEX, ACME, "acme-jobs+2@in.posthorn.example")
    assert [(each.company, each.address) for each in found] == [(globex, GLOBEX), (company, ACME)]


def test_mailbox_it_was_read_from_decides_against_headers(
    folder: MailFolder, company: Company, globex: Company
) -> None:
    found = find(folder=folder, door="imap", To=GLOBEX)
    assert found == [Destination(company, "jobs@acme.example", "mailbox", folder.mailbox)]


def test_mailbox_of_a_subcompany_tells_the_subcompany(
    folder: MailFolder, subcompany: Subcompany
) -> None:
    Mailbox.objects.update(subcompany=subcompany)
    folder = MailFolder.objects.get(pk=folder.pk)
    assert [each.subcompany for each in find(folder=folder, door="imap")] == [subcompany]


@pytest.mark.parametrize(
    "header", ["Delivered_To", "X_Original_To", "Envelope_To", "X_Forwarded_To", "To", "Cc"]
)
def test_catch_all_reads_the_address_from_headers(
    header: str, company: Company, catch_all: MailFolder
) -> None:
    found = find(folder=catch_all, door="imap", **{header: "acme-jobs+7@IN.posthorn.example"})
    expected = header.replace("_", "-")
    assert [(each.address, each.found_in) for each in found] == [
        ("acme-jobs+7@in.posthorn.example", expected)
    ]


def test_catch_all_gives_a_mail_to_every_company_it_names(
    company: Company, globex: Company, catch_all: MailFolder
) -> None:
    found = find(folder=catch_all, door="imap", To=f"{ACME}, {GLOBEX}")
    assert [each.company for each in found] == [company, globex]


def test_subcompany_is_that_of_the_first_known_address(
    company: Company, subcompany: Subcompany, globex: Company
) -> None:
    berlin = MailboxFactory(company=company, subcompany=subcompany, address="Berlin@acme.example")
    MailboxFactory(company=company, address="jobs@acme.example")
    MailboxFactory(company=globex, address="jobs@globex.example")
    named = "jobs@globex.example, berlin@ACME.example, jobs@acme.example"
    assert find(ACME, To=named) == [Destination(company, ACME, "envelope", berlin, subcompany)]


def prove(mailbox: Mailbox) -> Mailbox:
    """Let a test mail have come back from the mailbox's address."""
    mailbox.probe_runs.create(
        company=mailbox.company, kind="round_trip", state="passed", address=mailbox.address
    )
    return mailbox


def test_catch_all_finds_a_customers_own_address_when_nothing_else_is_left(
    company: Company, subcompany: Subcompany, catch_all: MailFolder
) -> None:
    own = prove(
        MailboxFactory(company=company, subcompany=subcompany, address="berlin@acme.example")
    )
    found = find(folder=catch_all, door="imap", To="Acme Berlin <BERLIN@acme.example>")
    assert found == [Destination(company, "BERLIN@acme.example", "To", own, subcompany)]


def test_own_addresses_of_two_tenants_are_not_guessed_between(
    company: Company, globex: Company, catch_all: MailFolder
) -> None:
    prove(MailboxFactory(company=company, address="jobs@acme.example"))
    prove(MailboxFactory(company=globex, address="jobs@globex.example"))
    reason = why_not(catch_all, To="jobs@acme.example, jobs@globex.example")
    assert reason == "it names addresses of several companies"


def test_address_that_a_tenant_only_typed_in_draws_nobodys_mail(
    globex: Company, catch_all: MailFolder
) -> None:
    MailboxFactory(company=globex, address="jobs@victim.example")
    reason = why_not(catch_all, To="jobs@victim.example")
    assert reason == "it names no address of a known company"


def test_personal_address_never_routes(ada: Membership, catch_all: MailFolder) -> None:
    MailboxFactory(company=ada.company, user=ada.user, address="ada@acme.example")
    reason = why_not(catch_all, To="ada@acme.example")
    assert reason == "it names no address of a known company"


def test_mail_for_a_company_that_does_not_exist_is_unroutable(catch_all: MailFolder) -> None:
    reason = why_not(catch_all, To="nobody-jobs@in.posthorn.example")
    assert reason == "it names no address of a known company"


def test_mail_of_a_mailbox_that_was_removed_goes_to_nobody_else(globex: Company) -> None:
    MailboxFactory(company=globex, address="jobs@globex.example")
    assert why_not(None, To="jobs@globex.example") == "the mailbox it was read from was removed"
