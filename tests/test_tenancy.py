"""Every address of the product, walked: strangers find nothing of another company, anonymous visitors log in.

A new URL that carries an argument must say in ``planted`` whose object it is about; a new public one
must be written down in ``PUBLIC``. Until then these tests fail.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.planted import about_incoming, about_interviews, about_webhooks
from tests.planted_mail import Arguments, about_messages, about_news

if TYPE_CHECKING:
    from companies.models import Company, Membership, Subcompany
    from recruiting.models import Application

# Whole namespaces and single addresses that answer without a login, each for its reason.
PUBLIC_NAMESPACES = {
    "careers",  # what applicants and job boards use
    "anymail",  # webhooks with a secret of their own
    "sandbox",  # answers 404 while DEBUG is off
}
PUBLIC = {
    "healthz",
    "readyz",
    "styleguide",  # answers 404 while DEBUG is off
    "styleguide-error",  # likewise
    "recruiting:calendar-feed",  # for calendar programs; its address is the secret
}
# About the visitor's own account alone; allauth guards them.
OWN_ACCOUNT = ("account_", "mfa_")

# Addresses about the conversation of an application.
OF_A_CONVERSATION = [
    "thread-unreplied",
    "thread-mine",
    "thread-all",
    "thread-assignee",
    "thread-snooze",
    "thread-done",
    "thread-reopen",
    "message-send",
    "message-draft",
    "message-templates",
]

# What an acme row shows to its own people and must show to nobody else.
PLANTED = {
    "Zeppelin captain",
    "Quentin Planted",
    "quentin@planted.example",
    "A planted letter",
    "A planted mail nobody sorted",
    "planted-jobs@acme.example",
    "Planted credential",
    "https://planted.example/hook",
    "Polly Planted",
    "Acme Planted GmbH",
    "refused@planted.example",
    "Planted channel",
    "Planted attribute",
    "@planted-rule.example",
    "Planted type",
    "Planted talk",
}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern with its full name, as ``reverse`` takes it."""
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            # Django's admin has two without a name: a redirect, and what catches the rest.
            if each.name or namespace != "admin:":
                yield namespace + (each.name or str(each.pattern)), each
        else:
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from patterns(each, inner)


def private() -> dict[str, list[str]]:
    """Names of the addresses behind the login, with the names of their arguments."""
    return {
        name: list(pattern.pattern.regex.groupindex)
        for name, pattern in patterns(get_resolver())
        if name not in PUBLIC
        and name.partition(":")[0] not in PUBLIC_NAMESPACES
        and not name.startswith(OWN_ACCOUNT)
    }


def tenant_pages() -> dict[str, list[str]]:
    """The private addresses without the admin, which has a walk of its own."""
    return {name: args for name, args in private().items() if not name.startswith("admin:")}


@pytest.fixture
def planted(application: "Application", subcompany: "Subcompany") -> Arguments:
    """Rows of every kind in acme: the arguments of each URL that lead to them."""
    application.position.name = "Zeppelin captain"
    application.position.save()
    application.candidate.first_name, application.candidate.last_name = "Quentin", "Planted"
    application.candidate.save()
    application.candidate.addresses.update(address="quentin@planted.example")
    application.unread_count = 1
    application.save()
    subcompany.name = "Acme Planted GmbH"
    subcompany.save()
    return (
        about_application(application)
        | {f"recruiting:{name}": {"pk": application.pk} for name in OF_A_CONVERSATION}
        | about_messages(application)
        | about_interviews(application)
        | about_refused(application)
        | about_people(subcompany.company)
        | about_mailboxes(subcompany)
        | about_webhooks(subcompany.company)
        | about_incoming(subcompany.company)
    )


def about_application(application: "Application") -> Arguments:
    from recruiting.people import merging
    from tests import factories

    document = factories.DocumentFactory(application=application)
    told = about_news(application)
    template = factories.MessageTemplateFactory(company=document.candidate.company)
    one = {"pk": application.pk}
    person = {"pk": application.candidate_id}
    twin = factories.CandidateFactory(company=document.candidate.company)
    merged = merging.merge(
        application.candidate, twin, by=factories.MembershipFactory(company=twin.company)
    )
    return about_position(application) | {
        "recruiting:candidate": {"pk": application.candidate_id},
        "recruiting:duplicates": person,
        "recruiting:merge": person,
        "recruiting:tell-apart": person,
        "recruiting:merge-undo": person | {"merge_id": merged.pk},
        "recruiting:application": one,
        "recruiting:application-move": one,
        "recruiting:application-reject": one,
        "recruiting:application-withdraw": one,
        "recruiting:note-add": one,
        "recruiting:colleagues": one,
        "recruiting:notification": told,
        "recruiting:evaluations": one,
        "recruiting:evaluation-ask": one,
        "recruiting:message-template": one | {"template_id": template.pk},
        "recruiting:template": {"pk": template.pk},
        "recruiting:template-delete": {"pk": template.pk},
        "recruiting:template-test": {"pk": template.pk},
        "recruiting:template-file-remove": {
            "pk": template.pk,
            "file_id": template.files.create(file=document.file, name="x").pk,
        },
        "recruiting:document": {"code": document.code},
        "recruiting:document-preview": {"code": document.code},
    }


def about_position(application: "Application") -> Arguments:
    from recruiting.hiring.starting import importing
    from recruiting.models import SavedView, Scorecard
    from tests import factories

    position = application.position
    scorecard = Scorecard.objects.create(company=position.company, name="Planted scorecard")
    owner = factories.MembershipFactory(company=position.company)
    view = SavedView.objects.create(
        company=owner.company, position=position, owner=owner, name="Planted", is_shared=True
    )
    brought = importing.begin(position, b"Email\nx@planted.example", "a.csv", by=owner)
    pages = (
        "position board table review bulk moves-undo view-save position-state position-edit"
        " position-description position-form position-team position-duplicate"
    )
    imports = ("import", "import-errors", "import-undo")
    return (
        {f"recruiting:{name}": {"pk": position.pk} for name in pages.split()}
        | {f"recruiting:{name}": {"pk": brought.pk} for name in imports}
        | {
            "recruiting:board-column": {"pk": position.pk, "stage_id": application.stage_id},
            "recruiting:view-delete": {"pk": view.pk},
            "recruiting:pipeline": {"pk": position.pipeline_id},
            "recruiting:pipeline-delete": {"pk": position.pipeline_id},
            "recruiting:scorecard": {"pk": scorecard.pk},
            "recruiting:scorecard-delete": {"pk": scorecard.pk},
            "publishing:promotion": {"pk": position.pk},
            "publishing:on-career-page": {"pk": position.pk},
        }
    )


def about_refused(application: "Application") -> Arguments:
    from recruiting.models import RefusedApplication, RefusedDocument
    from tests import factories

    refused = RefusedApplication.objects.create(
        company=application.position.company,
        position=application.position,
        reason="already applied",
        data={"email": "refused@planted.example"},
    )
    document = RefusedDocument.objects.create(
        refused=refused,
        file=factories.DocumentFactory(application=application).file,
        name="cv.pdf",
    )
    one = {"pk": refused.pk}
    return {
        "recruiting:refused-application": one,
        "recruiting:refused-accept": one,
        "recruiting:refused-delete": one,
        "recruiting:refused-document": one | {"document_id": document.pk},
    }


def about_people(company: "Company") -> Arguments:
    from tests import factories

    credential = factories.ApiCredentialFactory(company=company, name="Planted credential")
    colleague = factories.MembershipFactory(company=company, user__name="Polly Planted")
    support = company.support_accesses.create(
        operator=factories.OperatorFactory(), reason="Planted reason", until=timezone.now()
    )
    return {
        "companies:credential": {"pk": credential.pk},
        "companies:credential-rotate": {"pk": credential.pk},
        "companies:credential-revoke": {"pk": credential.pk},
        "companies:member": {"pk": colleague.pk},
        "companies:member-invite": {"pk": colleague.pk},
        "companies:support-end": {"pk": support.pk},
        "recruiting:channel": {
            "pk": factories.SourceFactory(company=company, name="Planted channel").pk
        },
        "recruiting:attribute": {
            "pk": factories.AttributeFactory(company=company, name="Planted attribute").pk
        },
    }


def about_mailboxes(subcompany: "Subcompany") -> Arguments:
    from mailsettings.models import ProbeRun
    from tests import factories

    company = subcompany.company
    factories.EmailSettingsFactory(company=company)
    mailbox = factories.MailboxFactory(
        company=company, subcompany=subcompany, address="planted-jobs@acme.example"
    )
    domain = company.sender_domains.create(name="acme.example")
    probe = ProbeRun.objects.create(company=company, mailbox=mailbox, kind=ProbeRun.Kind.SMTP)
    return {
        "mailsettings:mailbox": {"subcompany_id": subcompany.pk},
        "mailsettings:mailbox-test": {"pk": mailbox.pk},
        "mailsettings:mailbox-try-again": {"pk": mailbox.pk},
        "mailsettings:mailbox-disconnect": {"pk": mailbox.pk},
        "mailsettings:domain-prove": {"pk": domain.pk},
        "mailsettings:domain-forget": {"pk": domain.pk},
        "mailsettings:test-run": {"pk": probe.pk},
    }


def logged_in(member: "Membership") -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def test_every_address_with_an_argument_is_about_a_planted_row(
    planted: Arguments,
) -> None:
    asked = {name: sorted(arguments) for name, arguments in tenant_pages().items() if arguments}
    assert asked == {name: sorted(arguments) for name, arguments in planted.items()}


def test_stranger_finds_no_row_of_another_company(cleo: "Membership", planted: Arguments) -> None:
    stranger = logged_in(cleo)
    answers = {
        name: {
            stranger.get(reverse(name, kwargs=arguments)).status_code,
            stranger.post(reverse(name, kwargs=arguments)).status_code,
        }
        for name, arguments in planted.items()
    }
    assert {
        name: codes for name, codes in answers.items() if 404 not in codes or codes - {404, 405}
    } == {}


def test_owner_reaches_every_planted_row(ada: "Membership", planted: Arguments) -> None:
    """Without this, an address that is broken for everybody would look well guarded."""
    ada.role = "owner"
    ada.save()
    owner = logged_in(ada)
    for name, arguments in planted.items():
        answer = owner.get(reverse(name, kwargs=arguments))
        answer.getvalue()  # a file is open until it was read
        assert answer.status_code in (200, 302, 405), name


def read_lists(member: "Membership") -> dict[str, str]:
    """The text of every page without an argument that the member can read."""
    browser = logged_in(member)
    answers = {
        name: browser.get(reverse(name))
        for name, arguments in tenant_pages().items()
        if not arguments
    }
    return {name: answer.text for name, answer in answers.items() if answer.status_code == 200}


def test_lists_of_a_stranger_name_nothing_of_another_company(
    cleo: "Membership", planted: Arguments
) -> None:
    leaks = {
        (name, words)
        for name, page in read_lists(cleo).items()
        for words in PLANTED
        if words in page
    }
    assert leaks == set()


def test_lists_of_a_colleague_name_everything_planted(
    ada: "Membership", planted: Arguments
) -> None:
    """What could leak is there to be seen."""
    seen = "".join(read_lists(ada).values())
    assert {words for words in PLANTED if words not in seen} == set()


def test_anonymous_visitor_is_sent_to_the_login_from_everywhere(db: None, client: Client) -> None:
    wrong = {}
    for name, arguments in private().items():
        if name in ("admin:login", "admin:jsi18n"):  # the way to the login, and its words
            continue
        # The admin knows its apps by name; any other argument may be a number.
        values = {each: "recruiting" if each == "app_label" else "1" for each in arguments}
        url = reverse(name, kwargs=values)
        for answer in (client.get(url), client.post(url)):
            if answer.status_code != 302 or "/login" not in answer["Location"]:
                wrong[name] = (answer.status_code, answer.headers.get("Location"))
    assert wrong == {}
