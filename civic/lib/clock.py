"""What time it is: the one place domain code asks, so that the demo loader and tests can say otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

YEARS: Final = range(1900, 2200)
_fixed: ContextVar[datetime | None] = ContextVar("civic_clock", default=None)


def now() -> datetime:
    """Returns the present moment, aware, in UTC; inside `at` the moment fixed there."""
    return _fixed.get() or datetime.now(UTC)


def is_plausible(moment: datetime) -> bool:
    """Whether it lies in the years that anything here can be about; hours can be added to it and taken off it."""
    return moment.year in YEARS


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Fixes `now()` to `moment` (aware, any zone) within the block, for this thread or task only; nests.

    Raises ValueError for a naive moment.
    """
    if moment.tzinfo is None:
        raise ValueError("clock.at needs a moment with a time zone")
    fixed = moment.astimezone(UTC)
    token = _fixed.set(fixed)
    try:
        yield fixed
    finally:
        _fixed.reset(token)
