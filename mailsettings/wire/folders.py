"""Which folders of a mailbox have a purpose (RFC 6154)."""

from mailsettings.wire.imap_session import Client, naming_errors

PURPOSES = ("Sent", "Drafts", "Junk", "Trash", "Archive")


def special_folders(client: Client) -> dict[str, str]:
    """Return the folders the server names a purpose for: ``{"Sent": "INBOX.Gesendet"}``."""
    if not client.has_capability("SPECIAL-USE"):
        return {}
    with naming_errors():
        listed = client.list_folders()
    found: dict[str, str] = {}
    for flags, _delimiter, name in listed:
        for purpose in PURPOSES:
            if f"\\{purpose}".encode() in flags:
                found.setdefault(purpose, str(name))
    return found
