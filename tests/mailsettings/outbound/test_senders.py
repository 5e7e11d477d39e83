"""One resolver says which address speaks and which server takes the mail, as a unit."""

from collections.abc import Callable
from typing import Any

import pytest

from companies.models import Company, Membership, Subcompany
from mailsettings.models.mailboxes import SenderName
from mailsettings.outbound import senders
from tests import factories

OURS = "acme-jobs@recruiting.posthorn.example"


@pytest.fixture
def mailbox_of(company: Company) -> Callable[..., Any]:
    return lambda subcompany=None, **fields: factories.MailboxFactory(
        company=company, subcompany=subcompany, **fields
    )


def test_company_without_settings_sends_by_the_platform(company: Company) -> None:
    sender = senders.resolve(company, None)
    assert (sender.address, sender.mailbox, sender.reply_to) == (OURS, None, OURS)
    assert (sender.level, sender.owner) == ("platform", company)


def test_subcompany_mailbox_comes_before_the_company_mailbox(
    company: Company, subcompany: Subcompany, mailbox_of: Callable[..., Any]
) -> None:
    factories.EmailSettingsFactory(company=company)
    mailbox_of(address="jobs@acme.example")
    berlin = mailbox_of(subcompany, address="berlin@acme.example")
    sender = senders.resolve(company, subcompany)
    assert (sender.address, sender.mailbox) == ("berlin@acme.example", berlin)
    assert (sender.level, sender.owner, sender.reply_to) == ("subcompany", subcompany, "")


def test_subcompany_without_address_inherits_the_company_mailbox(
    company: Company, subcompany: Subcompany, mailbox_of: Callable[..., Any]
) -> None:
    factories.EmailSettingsFactory(company=company)
    main = mailbox_of(address="jobs@acme.example")
    mailbox_of(subcompany, address="")
    sender = senders.resolve(company, subcompany)
    assert (sender.mailbox, sender.level, sender.owner) == (main, "company", company)


def test_mailbox_of_a_sister_or_a_person_is_never_used(
    company: Company, subcompany: Subcompany, mailbox_of: Callable[..., Any], ada: Membership
) -> None:
    factories.EmailSettingsFactory(company=company)
    mailbox_of(factories.SubcompanyFactory(company=company))
    mailbox_of(user=ada.user)
    factories.MailboxFactory()  # another company's
    assert senders.resolve(company, subcompany).level == "platform"


def test_switch_says_whether_any_custom_address_is_used(
    company: Company, subcompany: Subcompany, mailbox_of: Callable[..., Any]
) -> None:
    settings = factories.EmailSettingsFactory(company=company, use_custom_address=False)
    mailbox_of(address="jobs@acme.example")
    mailbox_of(subcompany, address="berlin@acme.example")
    assert senders.resolve(company, subcompany).level == "platform"
    settings.use_custom_address = True
    settings.save()
    company.refresh_from_db()
    assert senders.resolve(company, subcompany).address == "berlin@acme.example"


@pytest.mark.parametrize("missing", [{"use_for_sending": False}, {"smtp_host": ""}])
def test_subcompany_that_does_not_send_falls_back_to_the_company_and_then_to_the_platform(
    company: Company,
    subcompany: Subcompany,
    mailbox_of: Callable[..., Any],
    missing: dict[str, Any],
) -> None:
    mailbox_of(subcompany, address="berlin@acme.example", **missing)
    sender = senders.resolve(company, subcompany)
    assert (sender.address, sender.mailbox, sender.reply_to) == (OURS, None, OURS)
    main = mailbox_of(address="jobs@acme.example")
    sender = senders.resolve(company, subcompany)
    assert (sender.address, sender.mailbox, sender.level) == ("jobs@acme.example", main, "company")


def test_paused_mailbox_stays_the_sender(
    company: Company, subcompany: Subcompany, mailbox_of: Callable[..., Any]
) -> None:
    mailbox = mailbox_of(subcompany, paused_at="2026-11-02T10:00Z", retry_at="2026-11-02T10:10Z")
    assert senders.resolve(company, subcompany).mailbox == mailbox


def test_resolving_takes_at_most_two_queries(
    company: Company, subcompany: Subcompany, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        sender = senders.resolve(company, subcompany)
        senders.from_name(sender, None)


@pytest.mark.parametrize(
    ("setting", "expected"), [(SenderName.COMPANY, "Acme GmbH"), (SenderName.EMPLOYEE, "Ada")]
)
def test_from_name_follows_the_setting(
    company: Company, ada: Membership, setting: SenderName, expected: str
) -> None:
    factories.EmailSettingsFactory(company=company, sender_name=setting)
    sender = senders.resolve(company, None)
    assert senders.from_name(sender, ada.user) == expected
    assert senders.from_name(sender, None) == "Acme GmbH"


def test_senders_of_all_owners_are_those_of_each(
    company: Company,
    subcompany: Subcompany,
    mailbox_of: Callable[..., Any],
    django_assert_max_num_queries: Any,
) -> None:
    factories.EmailSettingsFactory(company=company)
    vienna = factories.SubcompanyFactory(company=company)
    mailbox_of(address="jobs@acme.example")
    mailbox_of(vienna, address="wien@acme.example")
    with django_assert_max_num_queries(3):
        found = senders.resolve_all(company)
    assert found == {
        owner.pk if owner else None: senders.resolve(company, owner)
        for owner in (None, subcompany, vienna)
    }
