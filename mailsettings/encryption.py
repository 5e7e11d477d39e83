"""Secrets at rest: a text field whose values are sealed with a list of keys, newest first.

django-cryptography does not import on Django 5, and none of its successors rotates keys safely, so
this is a small field of our own on ``cryptography``'s Fernet (docs/decisions/0002). A value loads
sealed and is opened only by ``reveal()``: a wrong key breaks one attribute, never a page, and a value
that was not touched is stored again byte for byte.
"""

import base64
import functools
import hashlib
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

PREFIX = "s1"

if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]  # generic in the stubs only
else:
    _TextField = models.TextField


UNREADABLE = "The stored password cannot be read with the keys of this server."


class DecryptionError(Exception):
    """No configured key opens this value."""


def key_id(key: str) -> str:
    """Return the public name of a key: eight hex digits of its digest, stored beside each value."""
    return hashlib.sha256(b"posthorn key id" + key.encode()).hexdigest()[:8]


def newest_key_id() -> str:
    """Return the id of the key that seals."""
    return key_id(settings.MAIL_ENCRYPTION_KEYS[0])


@functools.cache
def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"posthorn mail secrets")
    return Fernet(base64.urlsafe_b64encode(derived.derive(key.encode())))


def seal(clear: str, *, key: str = "") -> str:
    """Encrypt with ``key``, by default the newest: ``s1:<key id>:<token>``."""
    key = key or settings.MAIL_ENCRYPTION_KEYS[0]
    return f"{PREFIX}:{key_id(key)}:{_box(key).encrypt(clear.encode()).decode()}"


def unseal(stored: str) -> str:
    """Decrypt; ``DecryptionError`` when the key that sealed it is not configured or the value is broken."""
    parts = stored.split(":", 2)
    if len(parts) != 3 or parts[0] != PREFIX:
        raise DecryptionError("this is not a sealed value")
    for key in settings.MAIL_ENCRYPTION_KEYS:
        if key_id(key) == parts[1]:
            try:
                return _box(key).decrypt(parts[2].encode()).decode()
            except InvalidToken as error:
                raise DecryptionError("the sealed value is damaged") from error
    raise DecryptionError(f"key {parts[1]} is not among MAIL_ENCRYPTION_KEYS")


class Sealed:
    """What the attribute holds: prints as dots, opens with ``reveal()``."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    @classmethod
    def of(cls, clear: str) -> "Sealed":
        return cls(seal(clear))

    def reveal(self) -> str:
        """Return the secret; ``DecryptionError`` when no configured key fits."""
        return unseal(self.token)

    @property
    def is_readable(self) -> bool:
        """Whether one of the configured keys opens it."""
        try:
            self.reveal()
        except DecryptionError:
            return False
        return True

    @property
    def key_id(self) -> str:
        return self.token.split(":", 2)[1]

    def __str__(self) -> str:
        return "••••••••"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


class SealedField(_TextField):
    """Stores a secret sealed. Assign a ``str`` (sealed on save) or a ``Sealed``; read back a ``Sealed`` or ``""``."""

    def from_db_value(self, value: str | None, *_: Any) -> "Sealed | str":
        return Sealed(value) if value else ""

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, Sealed):
            return value.token
        return seal(str(value)) if value else ""

    def to_python(self, value: Any) -> Any:
        # A fixture carries the sealed token; sealing it again would destroy the secret.
        if isinstance(value, str) and value.startswith(f"{PREFIX}:"):
            return Sealed(value)
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only emptiness can be asked of a secret."""
        return super().get_lookup(lookup_name) if lookup_name in ("exact", "isnull") else None

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))
