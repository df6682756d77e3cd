"""Guessing at codes: after so many wrong ones no more are taken for a while.

Counted in the cache: a flushed cache forgets the count, never a request. While Redis is away the count goes on in the
database (civic.cache).
"""

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.core.cache import cache

from civic.lib.counts import count_up


class Limit(NamedTuple):
    """How many wrong tries lock what is guessed at, and for how many seconds, counted from the last of them."""

    name: str
    most: int
    seconds: int


# The last four digits of the phone, on the progress page: of one code by anybody, and of any code from an address.
DIGITS_OF_CODE: Final = Limit("track-code", 5, 3600)
DIGITS_FROM_ADDRESS: Final = Limit("track-from", 30, 3600)
# The resident's code at the door, by the volunteer of one assignment.
CODE_AT_DOOR: Final = Limit("check-in", 5, 15 * 60)
# A calendar fetched by programs: one address by all its owner's devices, and wrong addresses from one place.
CALENDAR: Final = Limit("calendar", 120, 3600)
CALENDAR_FROM_ADDRESS: Final = Limit("calendar-from", 300, 3600)

Tries = Mapping[Limit, str]  # what is guessed at, under each limit that counts it


def is_locked(tries: Tries) -> bool:
    """Whether no more tries are taken under one of the limits; one round trip."""
    keys = {key(limit, mark): limit.most for limit, mark in tries.items()}
    counts = cache.get_many(keys)
    return any(counts.get(name, 0) >= most for name, most in keys.items())


def count_wrong(tries: Tries, guess: str = "") -> bool:
    """Counts one wrong `guess` under each limit and returns whether that locked it.

    The same guess once more teaches nobody anything and is not counted again; without one every try counts.
    """
    locked = False
    for limit, mark in tries.items():
        name = key(limit, mark)
        is_new = not guess or cache.add(key(limit, f"{mark}:{guess}"), 1, limit.seconds)
        count = count_up(name, limit.seconds) if is_new else cache.get(name, 0)
        if count == limit.most:
            cache.touch(name, limit.seconds)
        locked = locked or count >= limit.most
    return locked


def key(limit: Limit, mark: str) -> str:
    """Returns where the cache counts the tries at `mark`."""
    return f"{limit.name}:{hashlib.sha256(mark.encode()).hexdigest()[:32]}"
