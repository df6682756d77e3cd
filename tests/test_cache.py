"""The cache while Redis is away: empty, never an error; and back by itself."""

import logging
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.core.cache.backends.base import BaseCache

from civic import cache as forgiving
from civic.cache import ForgivingCache
from civic.evidence import limits
from civic.lib import clock
from civic.lib.counts import count_up
from civic.lib.errors import TooMany
from requests_app import limiter
from tests.without_redis import redis_away  # noqa: F401

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def away() -> Iterator[BaseCache]:
    """A cache whose server nobody runs."""
    yield ForgivingCache(NOWHERE, {"OPTIONS": {"socket_connect_timeout": 1}})
    forgiving._resting.pop(NOWHERE, None)


def test_a_cache_that_is_away_answers_as_an_empty_one(away: BaseCache) -> None:
    away.set("a", 1)
    away.set_many({"a": 1, "b": 2})
    assert away.get("a") is None
    assert away.get("a", 7) == 7
    assert away.get_many(["a", "b"]) == {}
    assert "a" not in away
    assert away.touch("a") is False
    assert away.delete("a") is False
    away.delete_many(["a", "b"])
    assert away.clear() is False


def test_a_counter_stands_at_its_first_count_and_nobody_gets_a_lock(away: BaseCache) -> None:
    assert away.incr("tries") == 1
    assert away.add("lock", 1) is False


def test_it_is_logged_once_and_asked_again_after_a_rest(
    away: BaseCache, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.WARNING, "civic.cache"):
        for _ in range(5):
            away.get("a")
        assert len(caplog.records) == 1
        forgiving._resting[NOWHERE] -= forgiving.REST_AFTER_FAILURE
        away.get("a")
    assert len(caplog.records) == 2


def test_a_cache_that_answers_is_redis_as_ever() -> None:
    cache = ForgivingCache(settings.REDIS_URL, {"KEY_PREFIX": "test-cache"})
    cache.clear()
    cache.set("a", {"b": 1})
    assert cache.get("a") == {"b": 1}
    assert cache.add("a", 2) is False and cache.add("c", 2) is True
    assert cache.incr("c") == 3
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nobody")
    assert cache.get_many(["a", "c"]) == {"a": {"b": 1}, "c": 3}
    assert cache.touch("c") and cache.delete("c") and not cache.has_key("c")
    cache.clear()


LIMITS = [each for each in vars(limiter).values() if isinstance(each, limiter.Limit)]


@pytest.mark.usefixtures("redis_away")
@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_every_limit_goes_on_counting_while_redis_is_away(limit: limiter.Limit) -> None:
    name = limiter.key(limit, "whoever")
    assert [count_up(name, limit.seconds) for _ in range(3)] == [1, 2, 3]


@pytest.mark.usefixtures("redis_away")
def test_uploads_go_on_being_counted_while_redis_is_away() -> None:
    with time_machine.travel(clock.now(), tick=False):
        limits._count("session:x", 2)
        limits._count("session:x", 2)
        with pytest.raises(TooMany):
            limits._count("session:x", 2)


def test_nothing_counts_but_by_these_limits() -> None:
    """Another place would need its prefix in civic.cache.COUNTS, and a test beside those above."""
    apps = [settings.BASE_DIR / name for name in ("civic", "insight", "requests_app", "volunteers")]
    sources = [path for app in apps for path in app.rglob("*.py") if "count_up(" in path.read_text()]
    assert {str(path.relative_to(settings.BASE_DIR)) for path in sources} == {
        "civic/lib/counts.py",
        "civic/evidence/limits.py",
        "requests_app/limiter.py",
        "requests_app/views/volunteer/feed.py",
    }
