"""How often one account, or one address without an account, may call the API in a minute.

Counted in Redis, one round trip a request. A limiter is no lock on the door: when Redis is down or was
flushed everybody is let in, and the log says so.
"""

import logging
import time
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

import redis
from allauth.account.adapter import get_adapter
from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads this module through the settings

log = logging.getLogger(__name__)

MINUTE: Final = 60
ANSWERS_WITHIN: Final = 0.25  # seconds a caller may wait for the limiter
REST_AFTER_FAILURE: Final = 5.0  # seconds in which an unreachable Redis is not asked again


class Unreachable(Exception):
    """Redis did not answer."""


class PerMinute(BaseThrottle):
    """Counts in windows of one minute: readings and changes of an account apart, strangers by address."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Returns whether this call is within its limit; True when that cannot be known."""
        mark, allowed = _limit(request)
        if not allowed:
            return True
        try:
            return count(f"{mark}:{int(time.time()) // MINUTE}") <= allowed
        except Unreachable:
            return True

    def wait(self) -> float:
        """Returns the seconds until the window is over."""
        return MINUTE - time.time() % MINUTE


def _limit(request: Request) -> tuple[str, int]:
    if not request.user.is_authenticated:
        address = get_adapter().get_client_ip(request)
        return f"stranger:{address}", settings.API_STRANGERS_A_MINUTE
    if request.method in SAFE_METHODS:
        return f"reads:{request.user.pk}", settings.API_READS_A_MINUTE
    return f"writes:{request.user.pk}", settings.API_WRITES_A_MINUTE


_asked_again_at = 0.0


def count(mark: str) -> int:
    """Returns how often `mark` was counted, this time included; raises Unreachable."""
    global _asked_again_at
    if time.monotonic() < _asked_again_at:
        raise Unreachable
    key = f"throttle:{mark}"
    try:
        with _the_client().pipeline(transaction=False) as pipe:
            pipe.set(key, 0, ex=2 * MINUTE, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[-1])
    except redis.RedisError as error:
        _asked_again_at = time.monotonic() + REST_AFTER_FAILURE
        log.warning("the API is not limited while Redis does not answer: %s", error)
        raise Unreachable from error


_building = Lock()


def _the_client() -> redis.Redis:
    """Returns the one client of this process: of two made at once, the one nobody keeps would close its connection
    while it is being used."""
    with _building:
        return _client()


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=ANSWERS_WITHIN, socket_connect_timeout=ANSWERS_WITHIN
    )
