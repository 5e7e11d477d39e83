"""Numbers that tell whether anything of many rows has changed, without reading the rows."""

import secrets
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)
BITS = 40  # so that the sum of eight million still fits


def draw() -> int:
    return secrets.randbits(BITS)


class RevisionField(models.PositiveBigIntegerField):  # type: ignore[type-arg]  # generic in the stubs only
    """A random number, drawn anew each time its row is saved.

    The sum over rows is another one once any of them changed, came or went, in whatever order their
    transactions end. A ``save`` with ``update_fields`` has to name the field.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("default", draw)
        options.setdefault("editable", False)
        super().__init__(**options)

    def pre_save(self, model_instance: models.Model, add: bool) -> int:  # noqa: ARG002 -- Django's signature
        value = draw()
        setattr(model_instance, self.attname, value)
        return value


class RevisedQuerySet(models.QuerySet[Row]):
    """Draws anew in ``update``, too, which asks no field."""

    def update(self, **values: Any) -> int:
        values.setdefault("revision", draw())
        return super().update(**values)

    def fingerprint(self) -> tuple[int, int]:
        """How many there are, and the sum of their revisions."""
        found = self.order_by().aggregate(count=models.Count("pk"), sum=models.Sum("revision"))
        return found["count"], int(found["sum"] or 0)
