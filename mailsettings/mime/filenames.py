"""Names of attachments: what strangers chose, made safe to show and to save under."""

import re
import unicodedata

from mailsettings.mime import headers

MAX_LENGTH = 150  # characters
MAX_EXTENSION = 12

# Control characters, and the marks that make "fdp.exe" read "exe.pdf".
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\ufeff]"
)
_RESERVED = re.compile(r'[<>:"|?*]')
_EXTENSIONS = {
    "application/ms-tnef": ".dat",
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
}


def sanitise(name: str, content_type: str) -> str:
    """A file name without path, control characters or reserved signs, at most 150 characters, never empty."""
    name = unicodedata.normalize("NFC", headers.clean(name)).replace("\\", "/").rpartition("/")[2]
    name = _RESERVED.sub("_", _INVISIBLE.sub("", name)).strip(" .")
    if not name:
        kind, _, subtype = content_type.partition("/")
        stem = subtype if kind == "message" or subtype == "rfc822-headers" else "attachment"
        return sanitise(stem, "") + _EXTENSIONS.get(content_type, "")
    if len(name) <= MAX_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > MAX_EXTENSION:
        return name[:MAX_LENGTH].strip(" .")
    return stem[: MAX_LENGTH - len(extension) - 1].strip(" .") + dot + extension


def for_message(raw: bytes) -> str:
    """A name for a mail inside a mail: its subject."""
    fields, _ = headers.split(raw)
    subject = (
        headers.decode_words(headers.first(fields, "Subject"))
        .replace("/", "-")
        .replace("\\", "-")
        .strip()
    )
    return f"{subject[:100]}.eml" if subject else "message.eml"
