"""What is broken, on every page: for those who can repair it, and for those whose mail it holds up."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.models import Company, Membership, Subcompany
from mailsettings import troubles
from mailsettings.models import MailFolder, OAuthGrant, Proof, SenderDomain
from tests import factories

HOUR = timedelta(hours=1)


def told(member: Membership) -> list[tuple[str, str, str]]:
    """Kind, target and the page that repairs it, empty where the member cannot."""
    found = troubles.report(member).found
    return [(one.kind, one.target, one.page if one.is_mine else "") for one in found]


@pytest.fixture
def broken(company: Company, subcompany: Subcompany, ben: Membership, cleo: Membership) -> None:
    """Everything that can break has, in Acme, in its Berlin company, in Ben's own account, and elsewhere."""
    now = timezone.now()
    other = factories.SubcompanyFactory(company=company, name="Acme Wien GmbH")
    main = factories.MailboxFactory(
        company=company,
        address="jobs@acme.example",
        paused_at=now - 9 * HOUR,
        pause_reason="535 no",
    )
    Proof.objects.create(  # the pause says it already
        company=company, mailbox=main, kind="smtp", proven_at=now, failing_since=now
    )
    berlin = factories.MailboxFactory(company=company, subcompany=subcompany, address="b@b.example")
    MailFolder.objects.create(mailbox=berlin, server="x", failing_since=now - 8 * HOUR)
    wien = factories.MailboxFactory(company=company, subcompany=other, address="w@w.example")
    OAuthGrant.objects.create(mailbox=wien, provider="google", revoked_at=now - 7 * HOUR)
    SenderDomain.objects.create(
        company=company, name="b.example", verified_at=now, failing_since=now - 6 * HOUR
    )
    for member, ago in ((ben, 5), (cleo, 4)):
        own = factories.MailboxFactory(
            company=member.company, user=member.user, address="me@x.example"
        )
        Proof.objects.create(
            company=member.company,
            mailbox=own,
            kind="imap",
            target=f"imap{ago}:993",
            proven_at=now,
            failing_since=now - ago * HOUR,
        )


def test_each_member_hears_of_what_concerns_them_once_and_where_it_is_repaired(
    broken: None, ada: Membership, ben: Membership, cleo: Membership, subcompany: Subcompany
) -> None:
    main, personal = reverse("mailsettings:email-settings"), reverse("mailsettings:personal")
    berlin = reverse("mailsettings:mailbox", args=[subcompany.pk])
    assert told(ada)[0] == ("paused", "jobs@acme.example", f"{main}#mailbox")
    assert [kind for kind, _target, _page in told(ada)] == [
        "paused",
        "folder",
        "permission",
        "domain",
    ]
    assert told(ben) == [
        ("imap", "me@x.example (imap5:993)", personal),
        ("paused", "jobs@acme.example", ""),
        ("folder", "b@b.example", ""),
        ("domain", "b.example", ""),
    ]
    assert told(cleo) == [("imap", "me@x.example (imap4:993)", personal)]
    ben.role = "admin"  # of one subcompany
    del ben.can
    assert [page for _kind, _target, page in told(ben)] == [
        f"{berlin}#mailbox",
        f"{berlin}#domain-now",
        personal,
        "",
    ]
    viewer = factories.MembershipFactory(company=ada.company, role="viewer")
    assert told(viewer) == []


def test_every_page_says_it_for_one_query(
    broken: None,
    client: Client,
    ada: Membership,
    ben: Membership,
    company: Company,
    django_assert_num_queries: Any,
) -> None:
    pages = ("recruiting:home", "recruiting:positions", "recruiting:messages-unreplied")
    Proof.objects.filter(kind="imap").update(failing_since=None)
    for member, word in ((ada, "Try again now"), (ben, "Can be repaired by: Ada.")):
        client.force_login(member.user)
        for page in pages:
            shown = client.get(reverse(page)).content.decode()
            assert "jobs@acme.example cannot send since" in shown
            assert "535 no" in shown
            assert word in shown
    with django_assert_num_queries(1):
        assert troubles.report(ben).repairers == ["Ada"]
    company.mailboxes.all().delete()
    company.sender_domains.all().delete()
    assert 'class="alarm"' not in client.get(reverse("recruiting:positions")).content.decode()
