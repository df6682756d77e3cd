"""Guessing digits on the progress page: five wrong ones lock a code for an hour, thirty an address.

Counted in the cache: a flushed cache forgets the count, never a request.
"""

import hashlib

from django.core.cache import cache

WRONG_PER_CODE, WRONG_PER_ADDRESS = 5, 30
LOCKED_SECONDS = 3600


def is_locked(code: str, address: str) -> bool:
    """Whether no more digits are taken for this code, or from this address."""
    keys = _keys(code, address)
    counts = cache.get_many(keys)
    return any(counts.get(key, 0) >= most for key, most in keys.items())


def count_wrong(code: str, address: str) -> bool:
    """Counts one wrong try and returns whether that locked it."""
    locked = False
    for key, most in _keys(code, address).items():
        cache.add(key, 0, LOCKED_SECONDS)
        try:
            tries = cache.incr(key)
        except ValueError:  # ran out between the two calls
            tries = 1
            cache.set(key, tries, LOCKED_SECONDS)
        if tries == most:
            cache.touch(key, LOCKED_SECONDS)
        locked = locked or tries >= most
    return locked


def _keys(code: str, address: str) -> dict[str, int]:
    marks = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in (code, address)]
    return {f"track-code:{marks[0]}": WRONG_PER_CODE, f"track-from:{marks[1]}": WRONG_PER_ADDRESS}
