"""The shared cache, and a private one in its place while the server is away.

A cache is a convenience: rate limits and counters. A page must not fail because of it.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

PAUSE = 5  # seconds during which an absent server is not asked again


def _here_or_there(name: str) -> Callable[..., Any]:
    """One method of the cache: the shared one's, or the process's own while that cannot be reached."""

    def call(cache: "Cache", *args: Any, **options: Any) -> Any:
        if time.monotonic() >= Cache.away_until:
            try:
                return getattr(RedisCache, name)(cache, *args, **options)
            except (RedisConnectionError, RedisTimeoutError) as error:
                Cache.away_until = time.monotonic() + PAUSE
                logger.warning("the cache is away, this process remembers by itself: %s", error)
        return getattr(cache.own, name)(*args, **options)

    call.__name__ = name
    return call


class Cache(RedisCache):
    """Redis or Valkey; without it every process counts for itself, so limits are looser, not gone."""

    away_until = 0.0  # of the whole process: Django makes one cache object for each thread

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.own = LocMemCache("while-away", params)

    add = _here_or_there("add")
    get = _here_or_there("get")
    set = _here_or_there("set")
    touch = _here_or_there("touch")
    delete = _here_or_there("delete")
    get_many = _here_or_there("get_many")
    has_key = _here_or_there("has_key")
    incr = _here_or_there("incr")
    set_many = _here_or_there("set_many")
    delete_many = _here_or_there("delete_many")
    clear = _here_or_there("clear")
