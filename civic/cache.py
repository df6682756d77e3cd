"""The cache: Redis while it answers, and nothing at all while it does not.

Redis carries no obligation (docs: DESIGN section 1), so a page must not fail because it is away: what was kept is
missing, what is written is dropped, a counter is at its first count, and the log says so. `add` answers False,
so that whoever asks for a lock or for being the first is refused: limits of signing in stay shut meanwhile.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TooSlow

log = logging.getLogger(__name__)

REST_AFTER_FAILURE: Final = 2.0  # seconds in which an unreachable Redis is not asked again

# Server > when to ask it again. Threads have a client each; one of them has waited for all.
_resting: dict[str, float] = {}


class ForgivingClient(RedisCacheClient):
    """Django's client, each call of which answers as an empty cache would when Redis cannot be reached."""

    def _ask(self, call: Callable[..., Any], otherwise: Any, *arguments: Any) -> Any:
        server = self._servers[0]  # type: ignore[attr-defined]  # not in the stubs
        if time.monotonic() < _resting.get(server, 0.0):
            return otherwise
        try:
            return call(*arguments)
        except (Unreachable, TooSlow) as error:
            _resting[server] = time.monotonic() + REST_AFTER_FAILURE
            log.warning("nothing is cached while Redis does not answer: %s", error)
            return otherwise

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Returns the one client of a connection pool: making one costs more than asking it."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # not in the stubs
        kept: dict[Any, Any] = self.__dict__.setdefault("_kept_clients", {})
        if pool not in kept:
            kept[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return kept[pool]

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return bool(self._ask(super().add, False, key, value, timeout))

    def get(self, key: Any, default: Any) -> Any:
        return self._ask(super().get, default, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        self._ask(super().set, None, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return bool(self._ask(super().touch, False, key, timeout))

    def delete(self, key: Any) -> bool:
        return bool(self._ask(super().delete, False, key))

    def get_many(self, keys: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = self._ask(super().get_many, {}, keys)
        return found

    def has_key(self, key: Any) -> bool:
        return bool(self._ask(super().has_key, False, key))

    def incr(self, key: Any, delta: Any) -> int:
        return int(self._ask(super().incr, delta, key, delta))

    def set_many(self, data: Any, timeout: Any) -> None:
        self._ask(super().set_many, None, data, timeout)

    def delete_many(self, keys: Any) -> None:
        self._ask(super().delete_many, None, keys)

    def clear(self) -> bool:
        return bool(self._ask(super().clear, False))

    def mark(self, key: str, member: str, now: float, seconds: float) -> None:
        self._ask(self._mark, None, key, member, now, seconds)

    def _mark(self, key: str, member: str, now: float, seconds: float) -> None:
        commands = self.get_client(key, write=True).pipeline()
        commands.zremrangebyscore(key, "-inf", now).zadd(key, {member: now + seconds}).execute()

    def marked(self, key: str, now: float) -> list[bytes]:
        found: list[bytes] = self._ask(self.get_client(key).zrangebyscore, [], key, now, "+inf")
        return found


class ForgivingCache(RedisCache):
    """The backend for settings.CACHES."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingClient

    def mark(self, key: str, member: str, now: float, seconds: float) -> None:
        """Puts `member` into the set `key` for `seconds` from `now` (seconds since 1970)."""
        self._cache.mark(self.make_and_validate_key(key), member, now, seconds)  # type: ignore[attr-defined]

    def marked(self, key: str, now: float) -> list[bytes]:
        """Returns the members of the set `key` whose time has not run out at `now`, UTF-8."""
        found: list[bytes] = self._cache.marked(self.make_and_validate_key(key), now)  # type: ignore[attr-defined]
        return found
