"""Which encryption keys this database has known, so that a mistyped key is found at start."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EncryptionKey(models.Model):
    """The id of a key and a constant sealed with it."""

    key_id = models.CharField(_("key id"), max_length=8, unique=True)
    check_value = models.TextField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("encryption key")
        verbose_name_plural = _("encryption keys")

    def __str__(self) -> str:
        return self.key_id
