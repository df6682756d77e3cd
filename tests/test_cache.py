"""The cache while Redis is away: empty, never an error; and back by itself."""

import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache.backends.base import BaseCache

from civic import cache as forgiving
from civic.cache import ForgivingCache

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
