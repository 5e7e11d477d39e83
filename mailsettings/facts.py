"""How the mail engine stands, as tables for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailsettings import status
from mailsettings.models import Delivery, IncomingMail, OutgoingMail

QUEUES = {
    "routing": gettext_lazy("Received, not yet given to a company"),
    "filing": gettext_lazy("Given to a company, not yet filed"),
    "sending": gettext_lazy("To be sent"),
}
FOLDER_STATES = {
    "ok": gettext_lazy("Works"),
    "failing": gettext_lazy("Fails"),
    "waiting": gettext_lazy("Not read yet"),
    "off": gettext_lazy("Off"),
}
RECEIVED = dict(IncomingMail.State.choices) | dict(Delivery.State.choices)
SENT = dict(OutgoingMail.State.choices) | {"retrying": gettext_lazy("To be tried again")}


@dataclass(frozen=True)
class Table:
    """The first cell of a row names it; ``none`` is said in place of rows."""

    title: str
    columns: Iterable[str]
    rows: list[tuple[Any, ...]]
    none: str = ""


def tables() -> list[Table]:
    oldest = [(QUEUES[queue], _since(at)) for queue, at in status.find_oldest().items()]
    return [
        Table(_("Waiting"), (_("Queue"), _("Oldest")), oldest),
        _counts(_("Received"), status.count_incoming(), RECEIVED),
        _counts(_("Sent"), status.count_outgoing(), SENT),
        _mailboxes(),
        _paused(),
    ]


def _counts(title: str, counts: Mapping[str, int], names: Mapping[Any, Any]) -> Table:
    rows = [(names[state], count) for state, count in counts.items()]
    return Table(title, (_("State"), _("Mails")), rows)


def _mailboxes() -> Table:
    columns = (
        _("Address"),
        _("Folder"),
        _("State"),
        _("On the server"),
        _("Fetched"),
        _("Missing"),
        _("Last polled"),
    )
    rows = [
        (
            box["address"],
            box["folder"],
            FOLDER_STATES[box["state"]],
            box["on_server"],
            box["in_ledger"],
            box["missing"],
            _since(parse_datetime(box["last_polled_at"] or "")),
        )
        for box in status.list_mailboxes()
    ]
    return Table(_("Mailboxes that are read"), columns, rows, _("No mailbox is read."))


def _paused() -> Table:
    columns = (_("Account"), _("Paused"), _("What the server said"))
    rows = [
        (
            f"{mailbox.company} · {mailbox.smtp_host}",
            _since(mailbox.paused_at),
            mailbox.pause_reason,
        )
        for mailbox in status.list_paused()
    ]
    return Table(_("Paused accounts"), columns, rows, _("None"))


def _since(at: datetime | None) -> str | None:
    return _("%(time)s ago") % {"time": timesince(at)} if at else None
