"""Counting in the cache: so many in so long a time."""

from django.core.cache import cache


def count_up(key: str, seconds: int) -> int:
    """Returns the count under `key`, one higher than it was; a new one lasts `seconds`."""
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # ran out between the two calls, or Redis was emptied
        cache.set(key, 1, seconds)
        return 1
