"""Our mails under ids that providers gave them: some put an id of their own in the place of our Message-ID."""

from collections.abc import Collection, Iterable

from mailsettings.models import OutgoingMail, OutgoingRecipient

LONG_ID = 16  # characters; a shorter one may be anybody's when its domain is not looked at


def find(companies: Collection[int], message_ids: Iterable[str]) -> dict[int, str]:
    """Return the mails of these companies that bear one of these Message-IDs, and which one each bears."""
    written = {form: message_id for message_id in message_ids for form in _forms(message_id)}
    if not written:
        return {}
    mails = OutgoingMail.objects.filter(company__in=companies, provider_id__in=written)
    recipients = OutgoingRecipient.objects.filter(
        mail__company__in=companies, provider_id__in=written
    )
    found = [
        *mails.values_list("pk", "provider_id"),
        *recipients.values_list("mail", "provider_id"),
    ]
    return {pk: written[provider_id] for pk, provider_id in found}


def _forms(message_id: str) -> list[str]:
    """How a provider may have told us an id: whole, without brackets, or (SES) without its domain too."""
    bare = message_id.strip("<>")
    local = bare.partition("@")[0]
    return [message_id, bare, *([local] if len(local) >= LONG_ID else [])]
