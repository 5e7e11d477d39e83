"""More rows of acme that its addresses are about (``tests/test_tenancy.py``)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from companies.models import Company
    from recruiting.models import Application

Arguments = dict[str, dict[str, Any]]


def about_interviews(application: "Application") -> Arguments:
    from tests import factories

    company = application.position.company
    kind = factories.InterviewTypeFactory(company=company, name="Planted type")
    interview = factories.InterviewFactory(application=application, title="Planted talk")
    pages = ("interview", "interview-cancel", "interview-done")
    types = ("interview-type", "interview-type-delete")
    return (
        {f"recruiting:{name}": {"pk": interview.pk} for name in pages}
        | {f"recruiting:{name}": {"pk": kind.pk} for name in types}
        | {"recruiting:interview-new": {"pk": application.pk}}
    )


def about_webhooks(company: "Company") -> Arguments:
    hook = company.webhook_endpoints.create(
        url="https://planted.example/hook", events=["message.received"], secret="whsec_"
    )
    told = hook.deliveries.create(event="message.received", state="failed")
    one = {"pk": hook.pk}
    return {
        "mailsettings:webhook": one,
        "mailsettings:webhook-test": one,
        "mailsettings:webhook-delete": one,
        "mailsettings:webhook-repeat": {"pk": told.pk},
    }


def about_incoming(company: "Company") -> Arguments:
    from mailsettings.models import MailFolder
    from tests import factories

    folder = MailFolder.objects.create(mailbox=factories.MailboxFactory(company=company))
    mail = factories.IncomingMailFactory(door="imap", folder=folder, uid=7, state="oversize")
    delivery = factories.DeliveryFactory(company=company, state="quarantined")
    return {
        "recruiting:incoming-raw": {"pk": delivery.pk},
        "recruiting:incoming-delivery": {"pk": delivery.pk},
        "recruiting:incoming-source": {"pk": mail.pk},
        "recruiting:incoming-fetch": {"pk": mail.pk},
        "recruiting:incoming-backfill": {"pk": folder.pk},
    }
