"""The thread key: names an application's conversation in addresses and Message-IDs.

An outsider cannot guess it: it is a keyed hash (RFC 2104) of the application's id. It survives servers
that rewrite Message-IDs, because replies also come back to a plus-address that carries it.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Iterable

from django.conf import settings

from recruiting.models import Application

LENGTH = 20
_IN_MESSAGE_ID = re.compile(rf"^<([a-z2-7]{{{LENGTH}}})\.[0-9a-f]{{24}}@", re.IGNORECASE)
# Read by programs only, where servers replaced the ids: it stands hidden in the HTML that answers quote.
_IN_TEXT = re.compile(rf"\bposthorn:([a-z2-7]{{{LENGTH}}})\b")
_IN_ADDRESS = re.compile(rf"\+([a-z2-7]{{{LENGTH}}})@", re.IGNORECASE)


def key(application: Application) -> str:
    """Return the key of an application's conversation: 20 letters and digits, always the same."""
    return key_of(application.pk)


def key_of(application_id: int) -> str:
    """``key`` for who has the id alone."""
    secret = b"posthorn thread" + settings.SECRET_KEY.encode()
    digest = hmac.digest(secret, str(application_id).encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:LENGTH]


def make_message_id(thread_key: str) -> str:
    """Return a fresh Message-ID (RFC 5322 3.6.4) that carries the key; brackets included."""
    return f"<{thread_key}.{secrets.token_hex(12)}@{settings.RECRUITING_DOMAIN}>"


def tagged(address: str, thread_key: str) -> str:
    """Return ``local+key@domain``: replies to it find the conversation without any header."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{thread_key}@{domain}"


def mark(thread_key: str) -> str:
    """Return the word that carries the key in a letter's HTML."""
    return f"posthorn:{thread_key}"


def without_marks(text: str) -> str:
    """Take the words out that ``mark`` made, which are for nobody to read."""
    return _IN_TEXT.sub("", text) if "posthorn:" in text else text


def keys_in(
    *, message_ids: Iterable[str], addresses: Iterable[str], texts: Iterable[str] = ()
) -> list[str]:
    """Return the keys that addresses, Message-IDs and texts carry, in that order, each once."""
    found = [_IN_ADDRESS.search(address) for address in addresses]
    found += [_IN_MESSAGE_ID.match(message_id) for message_id in message_ids]
    found += [_IN_TEXT.search(text) for text in texts if "posthorn:" in text]
    return list(dict.fromkeys(match[1].lower() for match in found if match))
