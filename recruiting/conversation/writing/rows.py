"""Rows that become mails one by one after the request: what breaks in one must not hold up the rest."""

import logging
from collections.abc import Callable, Iterable

from django.db import OperationalError

logger = logging.getLogger(__name__)


def write_each(
    pks: Iterable[int], write: Callable[[int], bool], give_up: Callable[[int, str], None]
) -> int:
    """Call ``write`` for each row; return how many it wrote.

    Trouble of database or storage leaves a row for the next round. Any other error is logged and given to
    ``give_up`` with words for people, so that the row is not tried for ever.
    """
    written = 0
    for pk in pks:
        try:
            written += write(pk)
        except (OperationalError, OSError):
            logger.warning("row %s is tried again", pk, exc_info=True)
        except Exception as error:
            logger.exception("row %s cannot be written", pk)
            give_up(pk, f"{type(error).__name__}: {error}"[:300])
    return written
