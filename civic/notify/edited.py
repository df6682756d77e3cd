"""The wordings written in the console, in memory: which one was in use when.

Read again every RECHECK_SECONDS, so that a wording edited elsewhere is used here after that time at the latest.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Final

from civic.lib import clock
from civic.notify.models import Wording

RECHECK_SECONDS: Final = 2.0
InUse = dict[tuple[str, str], list[Wording]]

_kept: InUse = {}
_read_at = float("-inf")


def wording(template: str, channel: str, at: datetime | None = None) -> Wording | None:
    """Returns the wording in use at `at` (now), None where the shipped one is; at most one query."""
    moment = at or clock.now()
    rows: Sequence[Wording] = _in_use().get((template, channel), ())
    return next((row for row in reversed(rows) if row.in_use_from and row.in_use_from <= moment), None)


def forget() -> None:
    """Makes the next call read the database: called by whatever in this process has written a wording."""
    global _read_at
    _read_at = float("-inf")


def _in_use() -> InUse:
    global _kept, _read_at
    if monotonic() - _read_at >= RECHECK_SECONDS:
        found: InUse = defaultdict(list)
        for row in Wording.objects.exclude(in_use_from=None).order_by("in_use_from", "version"):
            found[row.template, row.channel].append(row)
        _kept, _read_at = dict(found), monotonic()
    return _kept
