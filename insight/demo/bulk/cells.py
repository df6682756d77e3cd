"""Which copies a city of a size consists of: worlds side by side, and before the present one epoch after another.

The people of a world live through the same ninety days several times, each time further in the past, so that nobody
is ever in two places. Only the newest epoch of some worlds has open requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

EPOCH = timedelta(days=98)  # longer than the ninety days with what was agreed on for after them; whole weeks
STAGGERED_DAYS, STAGGERED_STEPS, STAGGERED_BY = 14, 8, timedelta(minutes=6)
MOST_AT_ONCE = 50  # worlds whose requests come at the same moments


@dataclass(frozen=True)
class Cells:
    """`count` worlds from `first` on, one epoch of each, `back` in the past.

    `whole`: with the requests that are open. `upto`: only so many of the requests of a world, the first ones.
    """

    first: int
    count: int
    back: timedelta
    whole: bool = False
    upto: int | None = None


@dataclass(frozen=True)
class Layout:
    """`worlds` whole worlds of people and `extra` volunteers of one more; their requests in `cells`, oldest first."""

    worlds: int
    extra: int
    epochs: int
    cells: tuple[Cells, ...]

    @property
    def people_back(self) -> timedelta:
        """How long before the people of the small city those of the copies have joined."""
        return EPOCH * self.epochs + timedelta(days=STAGGERED_DAYS)


def layout(
    *, volunteers: int, requests: int, open_requests: int, of_volunteers: int, of_requests: int, of_ended: int
) -> Layout:
    """Returns the copies that add so many volunteers and requests, about `open_requests` of them open.

    A world has `of_volunteers` volunteers, and `of_requests` requests of which `of_ended` have ended.
    """
    worlds, extra = divmod(max(0, volunteers), of_volunteers)
    whole = min(
        worlds, max(0, round(open_requests / max(1, of_requests - of_ended))), requests // of_requests
    )
    cells, rest = divmod(max(0, requests - whole * of_requests), of_ended)
    if not worlds and (cells or rest):
        raise ValueError("there are too few volunteers for so many requests")
    made: list[list[Cells]] = [[Cells(1, whole, timedelta(0), whole=True)] if whole else []]
    at = whole + 1
    while cells or rest:
        if at > worlds:
            at = 1
            made.append([])
        epoch = len(made) - 1
        taken = min(cells, worlds - at + 1)
        if taken:
            made[-1].extend(_staggered(at, taken, epoch, worlds))
        else:
            made[-1].extend(_staggered(at, 1, epoch, worlds, upto=rest))
            rest = 0
        cells -= taken
        at += max(taken, 1)
    oldest_first = tuple(each for epoch in reversed(made) for each in reversed(epoch))
    return Layout(worlds, extra, len(made) - 1, oldest_first)


def _staggered(first: int, count: int, epoch: int, worlds: int, upto: int | None = None) -> Iterator[Cells]:
    """Yields the worlds in groups, each some days and minutes off the next: the same group in every epoch alike."""
    width = max(1, min(MOST_AT_ONCE, worlds // 20))
    at, end = first, first + count
    while at < end:
        group = at // width
        until = min(end, (group + 1) * width)
        off = timedelta(days=group % STAGGERED_DAYS) + STAGGERED_BY * (
            group // STAGGERED_DAYS % STAGGERED_STEPS
        )
        yield Cells(at, until - at, EPOCH * epoch + off, upto=upto)
        at = until
