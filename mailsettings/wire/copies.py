"""Filing a copy of a sent mail in the folder an account keeps for that (RFC 6154)."""

from collections.abc import Sequence

from mailsettings.wire import imap
from mailsettings.wire.folders import special_folders
from mailsettings.wire.imap_session import Client, check_arguments, naming_errors


def sent_folder(client: Client) -> str | None:
    """Return the folder of sent mails: the one marked ``\\Sent``, else by its name."""
    return special_folders(client).get("Sent")


def file_once(
    client: Client, folder: str, raw: bytes, message_id: str, fields: Sequence[str]
) -> bool:
    """File a mail unless it ``holds`` that already; say whether it was filed."""
    if holds(client, folder, message_id, fields):
        return False
    imap.append(client, folder, raw)
    return True


def holds(client: Client, folder: str, message_id: str, fields: Sequence[str]) -> bool:
    """Open the folder and say whether a mail lies in it that has this id in one of these header fields."""
    check_arguments(message_id)
    imap.open_folder(client, folder)
    with naming_errors():
        return any(client.search(["HEADER", field, message_id]) for field in fields)
