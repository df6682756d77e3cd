"""The nearest of many requests of one kind: matching.nearest, laid out as columns.

A kind is a category in a district, with the shape of its requests. Who may be asked for any of them is read once and
laid out in a net of cells; the rest of the rules is asked of the pairs found there, all in one statement, except where
nothing in the volunteer or the request can keep the two apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from requests_app.matching import nearest, questions
from requests_app.matching.given import Facts, Shape, hardest
from requests_app.matching.net import Net, turns
from requests_app.matching.statements import numbers
from requests_app.planning.problem import Flags, Ints

Pairs = tuple[Ints, Ints]  # places of requests in those asked, in order, and ids of volunteers
NOBODY: Pairs = (np.zeros(0, np.int64), np.zeros(0, np.int64))


class Asked(NamedTuple):
    """A request's facts, where it looks from, and whether it is untouched (eligible.touched)."""

    facts: Facts
    place: nearest.Place
    untouched: bool


class Kind:
    """Those with a home point who may be asked for requests of one kind, as far as the kind decides."""

    def __init__(self, several: Sequence[Facts]) -> None:
        """Reads them; `several` are the facts of all requests of the kind."""
        of_the_kind = questions.of_the_kind(several[0].shape).of(hardest(several))
        self.ids, lat, lon, always = numbers(of_the_kind, "iffi")
        self.always = always > 0
        self.net = Net(lat, lon)

    def are_always(self, ids: Ints) -> Flags:
        """Returns which of the volunteers `ids` may be asked for every untouched request of the kind."""
        at = np.searchsorted(self.ids, ids)
        at[at == len(self.ids)] = 0
        return (self.ids[at] == ids) & self.always[at] if len(self.ids) else np.zeros(len(ids), np.bool_)


def found(kind: Kind, asked: Sequence[Asked], count: int) -> Pairs:
    """Returns for each of `asked`, which are of this `kind`, what nearest.around returns for it."""
    lat, lon = (np.array([each.place[side] for each in asked], float) for side in (0, 1))

    def near(of: Ints, wanted: int) -> Pairs:
        pairs = kind.net.nearest(lat[of], lon[of], wanted)
        return of[pairs.places], kind.ids[pairs.points]

    def homeless(of: Ints, wanted: int) -> Pairs:
        drawn = questions.drawn(asked[0].facts.shape)
        rows = [{**asked[each].facts.values, "count": wanted} for each in of.tolist()]
        at, pk = numbers(drawn.of_each(rows), "ii")
        order = np.argsort(at, kind="stable")
        return of[at[order]], pk[order]

    return _joined([_first(kind, asked, count, near), _first(kind, asked, nearest.WITHOUT_POINT, homeless)])


def _first(kind: Kind, asked: Sequence[Asked], count: int, look: Callable[[Ints, int], Pairs]) -> Pairs:
    """Returns the first `count` of each request who may be asked.

    `look` gives the first so many for the requests at some places; where too few of them are fit, it looks further, and
    those met before are not asked about again.
    """
    left, looked, wanted = np.arange(len(asked)), 0, count + nearest.SPARE
    held, parts = NOBODY, [NOBODY]
    while len(left):
        at, ids = look(left, wanted)
        seen = np.bincount(at, minlength=len(asked))
        new = turns(at) >= looked
        fit = _fit(kind, asked, at[new], ids[new])
        at, ids = _joined([held, (at[new][fit], ids[new][fit])])
        settled = (np.bincount(at, minlength=len(asked)) >= count) | (seen < wanted)
        kept = settled[at] & (turns(at) < count)
        parts.append((at[kept], ids[kept]))
        held = at[~settled[at]], ids[~settled[at]]
        left = left[~settled[left]]
        looked, wanted = wanted, _further(wanted, count, len(fit) / max(1, int(new.sum())))
    return _joined(parts)


def _further(wanted: int, count: int, share: float) -> int:
    """Returns how many to look at next, where of `wanted` too few were fit: as many as give `count` at this share."""
    enough = count / max(share, count / (nearest.GROWTH * wanted))
    return max(int(enough) + nearest.SPARE, wanted + wanted // 4)


def _joined(parts: Sequence[Pairs]) -> Pairs:
    """Returns all of them in the order of places; of one place those of the first part first."""
    at, ids = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(at, kind="stable")
    return at[order], ids[order]


def _fit(kind: Kind, asked: Sequence[Asked], at: Ints, ids: Ints) -> Ints:
    """Returns the numbers of those pairs which the rules allow, in order; they are asked where that is not certain."""
    certain = np.array([each.untouched for each in asked], np.bool_)[at] & kind.are_always(ids)
    doubtful = np.flatnonzero(~certain)
    if not len(doubtful):
        return np.arange(len(at))
    shape: Shape = asked[0].facts.shape
    rows = [each.facts.values for each in asked]
    [fit] = numbers(questions.fit(shape).of_pairs(rows, at[doubtful], ids[doubtful]), "i")
    certain[doubtful[fit - 1]] = True
    return np.flatnonzero(certain)
