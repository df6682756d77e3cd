"""Which copies a city of a size consists of: worlds side by side, and before the present one epoch after another.

The people of a world live through the same ninety days several times, each time further in the past, so that nobody
is ever in two places. Only the newest epoch of some worlds has open requests. Before all of them lies what an earlier
system had closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

EPOCH = timedelta(days=98)  # longer than the ninety days with what was agreed on for after them; whole weeks
STAGGERED_DAYS, STAGGERED_STEPS, STAGGERED_BY = 14, 8, timedelta(minutes=6)
MOST_AT_ONCE = 50  # worlds whose requests come at the same moments
PAST_AT_ONCE = 500  # the same of what was taken over
# Behind the ninety days, and half a year behind those, and yet nothing older than people are kept (REQUEST_DAYS).
PAST_SPAN = timedelta(days=800)


class Share(StrEnum):
    """Which of a world's requests are copied."""

    WHOLE = "whole"  # all of them
    ENDED = "ended"  # those that are over
    PAST = "past"  # those that were over in the system before this one


@dataclass(frozen=True)
class Cells:
    """`count` worlds from `first` on, one epoch of each, `back` in the past.

    `share` says which requests of a world, `upto` that only so many of them, the first ones.
    """

    first: int
    count: int
    back: timedelta
    share: Share = Share.ENDED
    upto: int | None = None


@dataclass(frozen=True)
class Counts:
    """How many requests a world has, by which of them are copied."""

    whole: int
    ended: int
    past: int


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
    *, volunteers: int, requests: int, open_requests: int, past: int, of_volunteers: int, of_requests: Counts
) -> Layout:
    """Returns the copies that add so many volunteers and requests, about `open_requests` of them open, `past` of them
    only taken over.

    A world has `of_volunteers` volunteers and `of_requests` requests. Raises ValueError when there are too few
    volunteers for any world, or there is nothing past to copy.
    """
    of = of_requests
    worlds, extra = divmod(max(0, volunteers), of_volunteers)
    requests -= past
    whole = min(worlds, max(0, round(open_requests / max(1, of.whole - of.ended))), requests // of.whole)
    cells, rest = divmod(max(0, requests - whole * of.whole), of.ended)
    if not worlds and (cells or rest or past):
        raise ValueError("there are too few volunteers for so many requests")
    if past and not of.past:
        raise ValueError("no request of this city was taken over")
    made: list[list[Cells]] = [[Cells(1, whole, timedelta(0), Share.WHOLE)] if whole else []]
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
    lived = [each for epoch in reversed(made) for each in reversed(epoch)]
    return Layout(worlds, extra, len(made) - 1, (*_past(worlds, past, of.past), *lived))


def _past(worlds: int, requests: int, of_past: int) -> Iterator[Cells]:
    """Yields groups of worlds, over and over, spread evenly over PAST_SPAN: what was only taken over promises nobody's
    time, so that the same people may have it close together."""
    left, at = requests, 1
    while left:
        count = max(1, min(PAST_AT_ONCE, worlds - at + 1, left // of_past))
        taken = min(left, count * of_past)
        back = PAST_SPAN * (left / requests)
        yield Cells(at, count, back, Share.PAST, upto=None if taken == count * of_past else taken)
        left -= taken
        at = at + count if at + count <= worlds else 1


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
