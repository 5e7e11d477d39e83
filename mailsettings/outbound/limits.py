"""How much an account may send at a time: what its mailbox says, else what its provider is known to bear."""

from datetime import timedelta

from django.utils import timezone

from mailsettings.models import Mailbox
from mailsettings.providers import lookup

# Connections, where nothing is known; a slow server must not take every worker.
CONNECTIONS = 2
MINUTE = timedelta(minutes=1)
# Of a minute's mails so many may leave at once; the rest is spread, so that no minute sees too many.
BURST = 1 / 3


def connections(mailbox: Mailbox | None) -> int:
    """Return how many workers may serve the account side by side."""
    if mailbox is None:
        return CONNECTIONS
    provider = lookup.by_host(mailbox.smtp_host)
    return mailbox.connections_limit or (provider and provider.connections) or CONNECTIONS


def per_minute(mailbox: Mailbox) -> int:
    """Return how many mails the account may send in any minute; 0: as many as it likes."""
    provider = lookup.by_host(mailbox.smtp_host)
    return mailbox.per_minute_limit or (provider.per_minute if provider else 0)


def take(mailbox: Mailbox, wanted: int) -> int:
    """Reserve room for up to ``wanted`` mails now; return for how many there was.

    The caller holds the lock under which an account's mails are claimed.
    """
    limit = per_minute(mailbox)
    if not limit:
        return wanted
    now = timezone.now()
    burst = max(int(limit * BURST), 1)
    step = MINUTE / max(limit - burst, 1)
    used_until = max(mailbox.paced_until or now, now)
    room = min(wanted, int((step * burst - (used_until - now)) / step))
    if room <= 0:
        return 0
    mailbox.paced_until = used_until + step * room
    Mailbox.objects.filter(pk=mailbox.pk).update(paced_until=mailbox.paced_until)
    return room
