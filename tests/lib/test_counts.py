"""Counting in the cache, also while Redis is emptied."""

import pytest
from django.core.cache import cache

from civic.lib import counts


def test_counting_goes_up_one_by_one() -> None:
    assert [counts.count_up("check-in:x", 60) for _ in range(3)] == [1, 2, 3]


def test_redis_emptied_between_the_two_calls_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    add = cache.add

    def add_and_empty(*given: object) -> bool:
        done = add(*given)  # type: ignore[arg-type]
        cache.clear()
        return done

    monkeypatch.setattr(counts.cache, "add", add_and_empty)
    assert counts.count_up("check-in:x", 60) == 1
    monkeypatch.undo()
    assert counts.count_up("check-in:x", 60) == 2
