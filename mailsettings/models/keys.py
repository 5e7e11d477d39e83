"""Which encryption keys this database has known, so that a mistyped key is found at start."""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mailsettings import encryption
from mailsettings.encryption import Sealed, SealedField


class EncryptionKeyQuerySet(models.QuerySet["EncryptionKey"]):
    def remember_configured(self) -> None:
        """Note every key of MAIL_ENCRYPTION_KEYS that this database has not seen yet."""
        keys = {encryption.key_id(key): key for key in settings.MAIL_ENCRYPTION_KEYS}
        known = set(self.values_list("key_id", flat=True))
        self.bulk_create(
            (
                EncryptionKey(key_id=one, check_value=encryption.seal(one, key=key))
                for one, key in keys.items()
                if one not in known
            ),
            ignore_conflicts=True,  # another process may be starting too
        )

    def missing(self) -> set[str]:
        """Return the ids of keys that some secret needs and MAIL_ENCRYPTION_KEYS lacks."""
        configured = {encryption.key_id(key) for key in settings.MAIL_ENCRYPTION_KEYS}
        return {sealed.key_id for _, _, _, sealed in secrets()} - configured


class EncryptionKey(models.Model):
    """The id of a key and a constant sealed with it."""

    key_id = models.CharField(_("key id"), max_length=8, unique=True)
    check_value = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = EncryptionKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("encryption key")
        verbose_name_plural = _("encryption keys")

    def __str__(self) -> str:
        return self.key_id


def secrets() -> Iterator[tuple[type[models.Model], int, str, Sealed]]:
    """Yield every sealed value of every app as (model, primary key, field, value)."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                rows = model._base_manager.exclude(**{field.name: ""})
                for pk, sealed in rows.values_list("pk", field.name).iterator():
                    yield model, pk, field.name, sealed
