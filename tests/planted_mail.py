"""Rows of a company's mail and news, for the walk through every address (``test_tenancy``)."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone

if TYPE_CHECKING:
    from companies.models import Company, Membership
    from recruiting.models import Application

Arguments = dict[str, dict[str, Any]]


def _reader(company: "Company") -> "Membership":
    """Who walks the addresses: the company's administrator."""
    from tests import factories

    known = company.memberships.filter(user__email="ada@acme.example").select_related("user")
    reader: Membership = known.first() or factories.MembershipFactory(company=company)
    return reader


def about_news(application: "Application") -> dict[str, Any]:
    """A notification for the company's administrator, who walks the addresses."""
    from recruiting.models import Notification

    company = application.position.company
    told = Notification.objects.create(
        company=company,
        kind="new_application",
        is_told=True,
        member=_reader(company),
        application=application,
    )
    return {"pk": told.pk}


def about_messages(application: "Application") -> Arguments:
    from recruiting.models import MailRule
    from tests import factories

    company = application.position.company
    received = factories.MessageFactory(application=application)
    attachment = received.attachments.create(
        file=factories.DocumentFactory(application=application).file,
        name="planted.pdf",
        content_type="application/pdf",
    )
    sent = factories.SentMessageFactory(
        application=application, subject="A planted letter", outgoing__state="failed"
    )
    waiting = factories.UnassignedMessageFactory(
        company=company, subject="A planted mail nobody sorted"
    )
    archived = factories.UnassignedMessageFactory(company=company, archived_at=timezone.now())
    mailing = company.mailings.create(
        author=factories.MembershipFactory(company=company), subject="Planted", text="x"
    )
    unsent = application.drafts.create(author=_reader(company).user)
    kept = unsent.files.create(file=attachment.file, name="x", content_type="application/pdf")
    return {
        "recruiting:draft-file": {"code": kept.code},
        "recruiting:mailing": {"pk": mailing.pk},
        "recruiting:mailing-stop": {"pk": mailing.pk},
        "recruiting:message-body": {"pk": received.pk},
        "recruiting:message-retry": {"pk": sent.pk},
        "recruiting:message-cancel": {"pk": sent.pk},
        "recruiting:message-look": {"pk": sent.pk},
        "recruiting:message-leave": {"pk": sent.pk},
        "recruiting:message-ask-again": {"pk": sent.pk},
        "recruiting:message-confirm": {"pk": received.pk},
        "recruiting:message-detach": {"pk": received.pk},
        "recruiting:unassigned-message": {"pk": waiting.pk},
        "recruiting:message-assign": {"pk": waiting.pk},
        "recruiting:message-create-application": {"pk": waiting.pk},
        "recruiting:message-archive": {"pk": waiting.pk},
        "recruiting:mail-rule-add": {"pk": waiting.pk},
        "recruiting:mail-rule-remove": {
            "pk": MailRule.objects.create(
                company=company, pattern="@planted-rule.example", treat="spam"
            ).pk
        },
        "recruiting:message-restore": {"pk": archived.pk},
        "recruiting:attachment": {"code": attachment.code},
    }
