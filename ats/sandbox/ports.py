"""Where the sandbox listens: the usual ports, or those ``manage.py up`` chose because they were taken."""

import os

SMTP, IMAP = 8025, 8143


def smtp() -> int:
    return int(os.environ.get("SANDBOX_SMTP_PORT", SMTP))


def imap() -> int:
    return int(os.environ.get("SANDBOX_IMAP_PORT", IMAP))
