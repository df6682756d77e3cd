"""Categories and time limits in memory: read again a few seconds after they change, never once a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from civic.worktime import clocks
from civic.worktime.clocks import Clock
from requests_app.enums import Step, Urgency
from requests_app.models import Category, TimeLimit

RECHECK_SECONDS = 5.0

# What holds while a district has written no limit of its own (amount in the clock's own unit).
DEFAULT_LIMITS: dict[tuple[str, str], tuple[Clock, float]] = {
    (Urgency.URGENT, Step.DISPATCH): (Clock.URGENT_HOURS, 0.5),
    (Urgency.URGENT, Step.FINISH): (Clock.URGENT_HOURS, 24),
    (Urgency.NORMAL, Step.DISPATCH): (Clock.WORK_HOURS, 2),
    (Urgency.NORMAL, Step.FINISH): (Clock.WORK_DAYS, 5),
    (Urgency.FLEXIBLE, Step.DISPATCH): (Clock.WORK_HOURS, 8),
    (Urgency.FLEXIBLE, Step.FINISH): (Clock.WORK_DAYS, 15),
}


@dataclass(frozen=True)
class Snapshot:
    """Categories by code and id (in display order) and the limits written for them."""

    by_code: dict[str, Category]
    by_id: dict[int, Category]
    limits: dict[tuple[int | None, str, str], tuple[Clock, float]]


_kept: Snapshot | None = None
_read_at = float("-inf")


def snapshot() -> Snapshot:
    """Returns the present reference data, at most RECHECK_SECONDS old."""
    global _kept, _read_at
    if _kept is None or monotonic() - _read_at > RECHECK_SECONDS:
        categories = list(Category.objects.select_related("parent"))
        limits = {
            (limit.category_id, limit.urgency, limit.step): (Clock(limit.clock), limit.amount)
            for limit in TimeLimit.objects.all()
        }
        _kept = Snapshot({c.code: c for c in categories}, {c.pk: c for c in categories}, limits)
        _read_at = monotonic()
    return _kept


def forget() -> None:
    """Drops what is in memory; called after an edit in this process and between tests."""
    global _kept
    _kept = None


def in_force() -> list[Category]:
    """Returns the categories that take new requests, in display order."""
    return [category for category in snapshot().by_code.values() if category.retired_at is None]


def top_level() -> list[Category]:
    """Returns the categories in force that stand below no other: the tiles residents choose from."""
    return [category for category in in_force() if category.parent_id is None]


def category(code: str) -> Category | None:
    """Returns the category in force with this code, or None."""
    found = snapshot().by_code.get(code)
    return found if found is not None and found.retired_at is None else None


def deadline(start: datetime, category_id: int, urgency: str, step: Step) -> datetime:
    """Returns when `step` of a request that began at `start` is due, in UTC."""
    limits = snapshot().limits
    clock, amount = (
        limits.get((category_id, urgency, step))
        or limits.get((None, urgency, step))
        or DEFAULT_LIMITS[urgency, step]
    )
    return clocks.add(start, clock, amount)
