"""Knowing a mail again, whichever door and however many relays it came through."""

import hashlib

from mailsettings.mime import headers
from mailsettings.mime.parse import ParsedMail


def fingerprint(raw: bytes, mail: ParsedMail) -> str:
    """Return the SHA-256 over Message-ID and body, in hex.

    Relays add header fields, so the header does not count; without a Message-ID, which two mails of
    the same wording would then share, From, Date and Subject stand in for it.
    """
    identity = mail.message_id or "\n".join(
        mail.header(name) for name in ("From", "Date", "Subject")
    )
    return hashlib.sha256(f"{identity}\n{_digest_body(raw)}".encode()).hexdigest()


def _digest_body(raw: bytes) -> str:
    """Doors differ in line ends and in the blank lines at the end, as DKIM's relaxed bodies do."""
    body = raw[headers.split(raw)[1] :]
    lines = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n")
    return hashlib.sha256(lines).hexdigest()
