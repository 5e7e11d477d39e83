"""The shared cache, and a private one in its place while the server is away.

A cache is a convenience: rate limits and counters. A page must not fail because of it. Each of these
can ``count`` within a window that slides, for which Django's caches have no one question.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

PAUSE = 5  # seconds during which an absent server is not asked again


# a hash of seconds, each with what was counted in it; at most one of each second of the window
_COUNT = """
local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local seconds, counted, oldest = redis.call('HGETALL', KEYS[1]), 0, now
for at = 1, #seconds, 2 do
  local second = tonumber(seconds[at])
  if second <= now - window then
    redis.call('HDEL', KEYS[1], seconds[at])
  else
    counted, oldest = counted + tonumber(seconds[at + 1]), math.min(oldest, second)
  end
end
if counted >= limit then return math.max(oldest + window - now, 1) end
redis.call('HINCRBY', KEYS[1], now, 1)
redis.call('EXPIRE', KEYS[1], window + 1)
return 0
"""


class Own(LocMemCache):
    """The cache of one process."""

    _counting = threading.Lock()

    def count(self, key: str, *, limit: int, window: int) -> int:
        """Count one in a window of seconds unless it holds ``limit``: 0, or the seconds until it has room."""
        now = int(time.time())
        with self._counting:
            known = self.get(key, {}).items()
            seconds: dict[int, int] = {second: n for second, n in known if second > now - window}
            if sum(seconds.values()) >= limit:
                return max(min([now, *seconds]) + window - now, 1)
            seconds[now] = seconds.get(now, 0) + 1
            self.set(key, seconds, window + 1)
        return 0


class Shared(RedisCache):
    """Redis or Valkey."""

    @cached_property
    def _client(self) -> Any:
        return self._cache.get_client(write=True)

    def count(self, key: str, *, limit: int, window: int) -> int:
        """As ``Own.count``, for all processes: of any number at once no more than ``limit`` pass."""
        now = int(time.time())
        return int(
            self._client.eval(_COUNT, 1, self.make_and_validate_key(key), now, window, limit)
        )


def _here_or_there(name: str) -> Callable[..., Any]:
    """One method of the cache: the shared one's, or the process's own while that cannot be reached."""

    def call(cache: "Cache", *args: Any, **options: Any) -> Any:
        if time.monotonic() >= Cache.away_until:
            try:
                return getattr(Shared, name)(cache, *args, **options)
            except (RedisConnectionError, RedisTimeoutError) as error:
                Cache.away_until = time.monotonic() + PAUSE
                logger.warning("the cache is away, this process remembers by itself: %s", error)
        return getattr(cache.own, name)(*args, **options)

    call.__name__ = name
    return call


class Cache(Shared):
    """Redis or Valkey; without it every process counts for itself, so limits are looser, not gone."""

    away_until = 0.0  # of the whole process: Django makes one cache object for each thread

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.own = Own("while-away", params)

    add = _here_or_there("add")
    get = _here_or_there("get")
    set = _here_or_there("set")
    touch = _here_or_there("touch")
    delete = _here_or_there("delete")
    get_many = _here_or_there("get_many")
    has_key = _here_or_there("has_key")
    count = _here_or_there("count")
    incr = _here_or_there("incr")
    set_many = _here_or_there("set_many")
    delete_many = _here_or_there("delete_many")
    clear = _here_or_there("clear")
