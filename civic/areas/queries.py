"""The tree of areas in memory: read once a process, read again when the generation token has changed.

A lookup costs a dictionary access; the token is compared at most every RECHECK_SECONDS, so that a change
made elsewhere is seen here after that time at the latest, and a change made in this process at once.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from civic.areas.models import Area, AreaGeneration, AreaLevel

RECHECK_SECONDS = 2.0


class ScopeIds(NamedTuple):
    """The area ids above a place, own level included, None below it. Hot rows carry these five columns."""

    city_id: int | None
    district_id: int | None
    street_id: int | None
    community_id: int | None
    grid_id: int | None


NOWHERE = ScopeIds(None, None, None, None, None)


@dataclass(frozen=True)
class Tree:
    """One picture of all areas. The Area objects are shared between threads: read them, never change or
    save them; their `boundary` is not loaded (civic.areas.locate has it).
    """

    token: UUID | None
    by_id: Mapping[int, Area]
    by_code: Mapping[str, Area]
    parent_ids: Mapping[int, int | None]
    child_ids: Mapping[int | None, tuple[int, ...]]
    scopes: Mapping[int, ScopeIds]

    def parent(self, area_id: int) -> Area | None:
        """Returns the area above, None above the city. Raises KeyError for an unknown id."""
        parent_id = self.parent_ids[area_id]
        return None if parent_id is None else self.by_id[parent_id]

    def ancestors(self, area_id: int) -> tuple[Area, ...]:
        """Returns the areas above `area_id`, city first. Raises KeyError for an unknown id."""
        above = [found for found in self.scopes[area_id] if found is not None]
        return tuple(self.by_id[found] for found in above[:-1])

    def lineage(self, area_id: int) -> tuple[Area, ...]:
        """Returns the areas above `area_id` and itself, city first. Raises KeyError for an unknown id."""
        return (*self.ancestors(area_id), self.by_id[area_id])

    def children(self, area_id: int | None) -> tuple[Area, ...]:
        """Returns the areas directly below (of None: the city), in the order of their codes."""
        return tuple(self.by_id[child] for child in self.child_ids.get(area_id, ()))

    def subtree_ids(self, area_id: int) -> tuple[int, ...]:
        """Returns the ids of `area_id` and everything below it, parents before children. Empty for an
        unknown id.
        """
        if area_id not in self.by_id:
            return ()
        found, position = [area_id], 0
        while position < len(found):
            found.extend(self.child_ids.get(found[position], ()))
            position += 1
        return tuple(found)

    def at_level(self, level: AreaLevel, within: int | None = None) -> tuple[Area, ...]:
        """Returns the areas of `level`, in the order of their codes; with `within`, only those in that
        subtree.
        """
        ids = self.by_id if within is None else self.subtree_ids(within)
        return tuple(
            sorted((self.by_id[i] for i in ids if self.by_id[i].level == level), key=lambda a: a.code)
        )

    def in_use(self, area_id: int) -> bool:
        """Returns whether the area and all above it are in use. False for an unknown id."""
        return area_id in self.by_id and all(area.is_active for area in self.lineage(area_id))


_lock = threading.Lock()
_kept: Tree | None = None
_checked_at = float("-inf")


def tree() -> Tree:
    """Returns the present picture of all areas; two small queries when it changed, none within
    RECHECK_SECONDS of the last look.
    """
    kept = _kept
    if kept is not None and monotonic() - _checked_at < RECHECK_SECONDS:
        return kept
    return _renew()


def forget() -> None:
    """Makes the next call of `tree` look at the database again: called by whatever in this process has
    changed areas.
    """
    global _checked_at
    with _lock:
        _checked_at = float("-inf")


def city() -> Area | None:
    """Returns the city, None while there is no area at all."""
    top = tree().children(None)
    return top[0] if top else None


def by_code(code: str) -> Area | None:
    """Returns the area with `code`, None when there is none."""
    return _with(lambda kept: kept.by_code.get(code))


def by_id(area_id: int) -> Area | None:
    """Returns the area with `area_id`, None when there is none."""
    return _with(lambda kept: kept.by_id.get(area_id))


def path_label(area_id: int, *, below: AreaLevel = AreaLevel.CITY, separator: str = " · ") -> str:
    """Returns the names from the level under `below` down to the area, in the reader's language; "" for an
    unknown id.
    """
    kept = tree()
    if area_id not in kept.by_id:
        return ""
    line = kept.lineage(area_id)
    shown = [area.label for area in line if area.depth > below.depth] or [line[-1].label]
    return separator.join(shown)


def fresh_if_unknown(area_id: int) -> Tree:
    """Returns the tree, looked at again when it does not know `area_id`: a row made in another process a
    moment ago counts.
    """
    kept = tree()
    if area_id in kept.by_id:
        return kept
    forget()
    return tree()


def _with(look: Callable[[Tree], Area | None]) -> Area | None:
    found = look(tree())
    if found is None:
        forget()
        found = look(tree())
    return found


def _renew() -> Tree:
    """Returns the kept tree when its token still holds, else a new one. One thread at a time does the
    reading.
    """
    global _kept, _checked_at
    with _lock:
        now = monotonic()
        if _kept is not None and now - _checked_at < RECHECK_SECONDS:
            return _kept
        # The token is read first: a change between the two reads makes the picture newer than its token,
        # never older.
        token = AreaGeneration.objects.values_list("token", flat=True).first()
        if _kept is None or _kept.token != token:
            _kept = _build(token)
        _checked_at = now
        return _kept


def _build(token: UUID | None) -> Tree:
    areas = list(Area.objects.defer("boundary").order_by("path"))
    step = Area.steplen
    id_at: dict[str, int] = {}
    parent_ids: dict[int, int | None] = {}
    below: dict[int | None, list[Area]] = defaultdict(list)
    scopes: dict[int, ScopeIds] = {}
    for area in areas:
        id_at[area.path] = area.pk
        parent_id = id_at.get(area.path[:-step])
        parent_ids[area.pk] = parent_id
        below[parent_id].append(area)
        above = NOWHERE if parent_id is None else scopes[parent_id]
        own = AreaLevel(area.level).depth - 1
        scopes[area.pk] = ScopeIds._make((*above[:own], area.pk, *NOWHERE[own + 1 :]))
    return Tree(
        token=token,
        by_id={area.pk: area for area in areas},
        by_code={area.code: area for area in areas},
        parent_ids=parent_ids,
        child_ids={
            at: tuple(a.pk for a in sorted(found, key=lambda a: a.code)) for at, found in below.items()
        },
        scopes=scopes,
    )
