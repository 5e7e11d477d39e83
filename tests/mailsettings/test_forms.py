"""The form of a mailbox: what can be stored, and to whom a stored password may go."""

from typing import Any

import pytest

from companies.models import Company, Membership, Subcompany
from mailsettings import mailboxes
from mailsettings.forms import MailboxForm, clean_host
from mailsettings.models import Mailbox
from tests import factories

FORM = {
    "address": "jobs@acme.example",
    "use_for_sending": "yes",
    "smtp_host": "smtp.acme.example",
    "smtp_port": "587",
    "smtp_encryption": "starttls",
    "smtp_account": "jobs@acme.example",
    "smtp_password": "secret",
}


def errors(company: Company, subcompany: Subcompany | None = None, **changes: str) -> Any:
    """The codes or texts of what is wrong, by field."""
    form = MailboxForm({**FORM, **changes}, instance=mailboxes.find(company, subcompany))
    return {name: texts[0] for name, texts in form.errors.items()}


def test_a_complete_form_is_valid(company: Company) -> None:
    assert errors(company) == {}


def test_all_of_it_may_be_left_empty(company: Company) -> None:
    form = MailboxForm({"use_for_sending": "no"}, instance=mailboxes.find(company, None))
    assert form.is_valid()
    assert (form.cleaned_data["smtp_port"], form.cleaned_data["imap_folder"]) == (587, "INBOX")


@pytest.mark.parametrize("name", ["smtp_host", "address"])
def test_sending_needs_address_and_server(company: Company, name: str) -> None:
    assert list(errors(company, None, **{name: ""})) == [name]


def test_reading_needs_an_account(company: Company) -> None:
    assert list(errors(company, imap_host="imap.acme.example")) == ["imap_account"]


def test_a_password_without_an_account_is_that_of_the_address(company: Company) -> None:
    typed = {**FORM, "smtp_account": "", "imap_host": "imap.acme.example", "imap_password": "x"}
    form = MailboxForm(typed, instance=mailboxes.find(company, None))
    assert form.is_valid()
    accounts = form.cleaned_data["smtp_account"], form.cleaned_data["imap_account"]
    assert accounts == ("jobs@acme.example", "jobs@acme.example")
    assert errors(company, smtp_account="", smtp_password="") == {}, "some servers want no login"


@pytest.mark.parametrize("address", ["jobs@acme.example", "JOBS@Acme.Example"])
def test_an_address_of_the_same_company_names_its_owner(
    company: Company, subcompany: Subcompany, address: str
) -> None:
    factories.MailboxFactory(company=company, address="jobs@acme.example")
    found = errors(company, subcompany, address=address)
    assert found == {"address": "Acme GmbH already uses this address."}


def test_what_another_company_uses_is_not_told(company: Company, cleo: Membership) -> None:
    factories.MailboxFactory(company=cleo.company, address="jobs@acme.example")
    assert errors(company) == {}


def test_our_own_domain_is_no_custom_address(company: Company) -> None:
    assert list(errors(company, address=company.recruiting_address)) == ["address"]


def test_domains_are_stored_in_lower_case(company: Company) -> None:
    form = MailboxForm(
        {**FORM, "address": "Jobs@ACME.example"}, instance=mailboxes.find(company, None)
    )
    assert form.is_valid()
    assert form.cleaned_data["address"] == "Jobs@acme.example"


@pytest.mark.parametrize(
    "host",
    [
        *("https://smtp.acme.example", "smtp.acme.example:587/x", "a b", "jobs@acme.example"),
        *("smtp.acme.example:587", "..", "-----", f"{'a' * 64}.example"),
    ],
)
def test_a_host_is_a_name_only(company: Company, host: str) -> None:
    assert list(errors(company, smtp_host=host)) == ["smtp_host"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("[2001:DB8::1]", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
        ("mail_1.acme.example.", "mail_1.acme.example."),
    ],
)
def test_an_address_may_stand_in_brackets(typed: str, stored: str) -> None:
    assert clean_host(typed) == stored


@pytest.mark.parametrize("name", ["smtp_account", "smtp_password"])
def test_line_breaks_are_refused_before_a_server_sees_them(company: Company, name: str) -> None:
    assert list(errors(company, None, **{name: "jobs\r\nX: y"})) == [name]


@pytest.mark.parametrize("port", ["0", "65536", "smtp"])
def test_a_port_is_a_number_that_exists(company: Company, port: str) -> None:
    assert list(errors(company, smtp_port=port)) == ["smtp_port"]


def test_a_stored_password_is_not_handed_to_another_server(company: Company) -> None:
    account = FORM["smtp_account"]
    factories.MailboxFactory(company=company, smtp_host="smtp.acme.example", smtp_account=account)
    assert errors(company, smtp_password="") == {}
    found = errors(company, smtp_password="", smtp_host="evil.example")
    assert found == {
        "smtp_password": "The stored password is for smtp.acme.example. Type the one for this server."
    }


def test_a_password_may_begin_and_end_with_spaces(company: Company, ada: Membership) -> None:
    form = MailboxForm({**FORM, "smtp_password": " a b "}, instance=mailboxes.find(company, None))
    assert form.is_valid()
    mailboxes.change(company, None, form.cleaned_data, by=ada)
    assert Mailbox.objects.get().smtp_password.reveal() == " a b "
