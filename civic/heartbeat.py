"""When each watched sweeper last ended well: kept in the cache, lost with it, renewed by the next tick."""

import time

from django.conf import settings
from django.core.cache import cache

FRESH_SECONDS = 60
KEEP_SECONDS = 24 * 3600


def watched() -> list[str]:
    """Returns the task names that must tick: interval entries of the beat schedule."""
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    return [entry["task"] for entry in entries if isinstance(entry["schedule"], int | float)]


def is_watched(task: str) -> bool:
    return task in watched()


def beat(task: str) -> None:
    """Notes that `task` ended well now. Wall time, not civic.lib.clock: this is about machines."""
    cache.set(f"heartbeat:{task}", time.time(), KEEP_SECONDS)


def ages() -> dict[str, float | None]:
    """Returns seconds since each watched task last ended well; None when never (or the cache was flushed)."""
    names = watched()
    found = cache.get_many([f"heartbeat:{name}" for name in names])
    now = time.time()
    return {name: now - found[key] if (key := f"heartbeat:{name}") in found else None for name in names}


def stale() -> list[str]:
    """Returns the watched tasks without a fresh heartbeat."""
    return [name for name, age in ages().items() if age is None or age > FRESH_SECONDS]
