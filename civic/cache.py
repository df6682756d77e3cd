"""The cache: Redis while it answers, and nothing at all while it does not.

Redis carries no obligation (docs: DESIGN section 1), so a page must not fail because it is away: what was kept is
missing, what is written is dropped, a counter is at its first count, and the log says so. `add` answers False,
so that whoever asks for a lock or for being the first is refused.

Limits go on counting, in the database (civic.accounts.spare): signing in, codes at the door and uploads stay as limited
as ever. What should have been dropped or replaced meanwhile is dropped once Redis answers again, before anything is
read of it: a session that was ended stays ended.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as TooSlow

log = logging.getLogger(__name__)

REST_AFTER_FAILURE: Final = 2.0  # seconds in which an unreachable Redis is not asked again
# Counts that have to go on without Redis: of allauth (also that each code of an app is used once), and our own.
COUNTS: Final = (
    "allauth:rl:",
    "allauth.mfa.totp.used",
    "track-code:",
    "track-from:",
    "check-in:",
    "calendar:",
    "calendar-from:",
    "evidence:uploads:",
)
MOST_STALE: Final = 100_000  # keys remembered; of a longer absence the oldest are forgotten

# Server > when to ask it again. Threads have a client each; one of them has waited for all.
_resting: dict[str, float] = {}
# Server > keys whose value there is out of date.
_stale: dict[str, dict[str, None]] = {}
_lock = threading.Lock()


def is_count(key: str) -> bool:
    """Whether a key, as Redis knows it (prefix:version:key), holds a count that must not be lost."""
    return any(f":{start}" in key for start in COUNTS)


def _instead(key: str, otherwise: Any, call: str, *arguments: Any) -> Any:
    """Returns what to do without Redis: `call` of civic.accounts.spare for a count, else just to answer `otherwise`."""
    return partial(_spare, call, key, *arguments) if is_count(key) else otherwise


def _spare(call: str, *arguments: Any) -> Any:
    from civic.accounts import spare  # models, which are not there yet when the settings are read

    return getattr(spare, call)(*arguments)


class ForgivingClient(RedisCacheClient):
    """Django's client, each call of which answers as an empty cache would when Redis cannot be reached; counts are
    kept in the database then."""

    @property
    def is_away(self) -> bool:
        """Whether Redis did not answer lately."""
        return time.monotonic() < _resting.get(self._server, 0.0)

    @property
    def _server(self) -> str:
        return str(self._servers[0])  # type: ignore[attr-defined]  # not in the stubs

    def _ask(
        self, call: Callable[..., Any], otherwise: Any, *arguments: Any, changes: Iterable[str] = ()
    ) -> Any:
        """Returns what `call` returns; without Redis `otherwise`, or what that returns where it is a partial.
        `changes` are the keys that `call` drops or replaces."""
        if not self.is_away:
            try:
                self._catch_up()
                return call(*arguments)
            except (Unreachable, TooSlow) as error:
                _resting[self._server] = time.monotonic() + REST_AFTER_FAILURE
                log.warning("nothing is cached while Redis does not answer: %s", error)
        self._remember(key for key in changes if not is_count(key))
        return otherwise() if isinstance(otherwise, partial) else otherwise

    def _remember(self, keys: Iterable[str]) -> None:
        with _lock:
            stale = _stale.setdefault(self._server, {})
            stale.update(dict.fromkeys(keys))
            for key in list(stale)[: max(0, len(stale) - MOST_STALE)]:
                del stale[key]

    def _catch_up(self) -> None:
        """Drops what was changed while Redis was away."""
        if not _stale.get(self._server):
            return
        with _lock:
            if stale := _stale[self._server]:
                super().delete_many(list(stale))
                stale.clear()

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Returns the one client of a connection pool: making one costs more than asking it."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # not in the stubs
        kept: dict[Any, Any] = self.__dict__.setdefault("_kept_clients", {})
        if pool not in kept:
            kept[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return kept[pool]

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        instead = _instead(key, False, "add", value, timeout)
        return bool(self._ask(super().add, instead, key, value, timeout))

    def get(self, key: Any, default: Any) -> Any:
        return self._ask(super().get, _instead(key, default, "read", default), key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        instead = _instead(key, None, "put", value, timeout)
        self._ask(super().set, instead, key, value, timeout, changes=[key])

    def touch(self, key: Any, timeout: Any) -> bool:
        return bool(self._ask(super().touch, _instead(key, False, "touch", timeout), key, timeout))

    def delete(self, key: Any) -> bool:
        return bool(self._ask(super().delete, _instead(key, False, "drop"), key, changes=[key]))

    def get_many(self, keys: Any) -> dict[Any, Any]:
        keys = list(keys)
        counts = [key for key in keys if is_count(key)]
        instead: Any = partial(_spare, "read_many", counts) if counts else {}
        found: dict[Any, Any] = self._ask(super().get_many, instead, keys)
        return found

    def has_key(self, key: Any) -> bool:
        return bool(self._ask(super().has_key, False, key))

    def incr(self, key: Any, delta: Any) -> int:
        return int(self._ask(super().incr, _instead(key, delta, "increase", delta), key, delta))

    def set_many(self, data: Any, timeout: Any) -> None:
        self._ask(super().set_many, None, data, timeout, changes=list(data))

    def delete_many(self, keys: Any) -> None:
        keys = list(keys)
        self._ask(super().delete_many, None, keys, changes=keys)

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

    @property
    def is_away(self) -> bool:
        """Whether Redis did not answer lately: what is asked of the cache is not asked of Redis at all now."""
        return bool(self._cache.is_away)  # type: ignore[attr-defined]

    def mark(self, key: str, member: str, now: float, seconds: float) -> None:
        """Puts `member` into the set `key` for `seconds` from `now` (seconds since 1970)."""
        self._cache.mark(self.make_and_validate_key(key), member, now, seconds)  # type: ignore[attr-defined]

    def marked(self, key: str, now: float) -> list[bytes]:
        """Returns the members of the set `key` whose time has not run out at `now`, UTF-8."""
        found: list[bytes] = self._cache.marked(self.make_and_validate_key(key), now)  # type: ignore[attr-defined]
        return found
