"""Which folders of a mailbox have a purpose (RFC 6154)."""

from mailsettings.wire.imap_session import Client, naming_errors

# What programs call the folders where no server names their purpose.
NAMES = {
    "Sent": (
        *("sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete objekte"),
        *("gesendete elemente", "gesendete nachrichten", "envoyés", "enviados", "posta inviata"),
    ),
    "Drafts": ("drafts", "entwürfe", "brouillons", "borradores", "bozze"),
    "Junk": ("junk", "spam", "junk email", "junk e-mail", "spamverdacht", "indésirables"),
    "Trash": (
        *("trash", "deleted items", "deleted messages", "papierkorb", "gelöscht"),
        *("gelöschte elemente", "gelöschte objekte", "corbeille", "papelera", "cestino"),
    ),
    "Archive": ("archive", "archives", "archiv", "archivo", "archivio"),
}


def special_folders(client: Client) -> dict[str, str]:
    """Return the folders by their purpose, as marked, else as named: ``{"Sent": "INBOX.Gesendet"}``."""
    with naming_errors():
        listed = client.list_folders()
    by_name: dict[str, str] = {}
    marked: dict[str, str] = {}
    for flags, delimiter, name in listed:
        for purpose in NAMES:
            if f"\\{purpose}".encode() in flags:
                marked.setdefault(purpose, str(name))
        separator = delimiter.decode() if delimiter else "/"
        by_name.setdefault(str(name).rpartition(separator)[2].lower(), str(name))
    found = {}
    for purpose, names in NAMES.items():
        named = next((by_name[name] for name in names if name in by_name), "")
        if folder := marked.get(purpose, named):
            found[purpose] = folder
    return found
