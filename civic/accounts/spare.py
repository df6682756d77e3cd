"""Where limits count while Redis does not answer: how often something was tried, in the database.

Each call is a short connection of its own, so that a count stays when what it counts is rolled back, as it would in
Redis. That is dear, and happens only while Redis is away. Keys are hashed: they hold addresses of people.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from civic.accounts.models import SpareCount
from civic.lib import clock
from civic.lib.crypto import keyed_hash

TABLE = SpareCount._meta.db_table
LONGEST = timedelta(days=1)  # for what is kept without an end

_ADD = f"""
INSERT INTO {TABLE} (key_hash, value, ends_at) VALUES (%(key)s, %(value)s, %(ends)s)
ON CONFLICT (key_hash) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
WHERE {TABLE}.ends_at <= %(now)s
"""
_SET = f"""
INSERT INTO {TABLE} (key_hash, value, ends_at) VALUES (%(key)s, %(value)s, %(ends)s)
ON CONFLICT (key_hash) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
"""
_INCR = f"""
UPDATE {TABLE} SET value = to_jsonb((value #>> '{{}}')::bigint + %(by)s)
WHERE key_hash = %(key)s AND ends_at > %(now)s RETURNING value
"""
_TOUCH = f"UPDATE {TABLE} SET ends_at = %(ends)s WHERE key_hash = %(key)s AND ends_at > %(now)s"
_DELETE = f"DELETE FROM {TABLE} WHERE key_hash = %(key)s"
_READ = f"SELECT key_hash, value FROM {TABLE} WHERE key_hash = ANY(%(keys)s) AND ends_at > %(now)s"


def add(key: str, value: Any, seconds: int | None) -> bool:
    """Keeps `value` (whatever JSON can hold) for so many seconds unless there is one; returns whether it did."""
    return _run(_ADD, key, value, seconds) == 1


def put(key: str, value: Any, seconds: int | None) -> None:
    """Keeps `value`, in place of what was there."""
    _run(_SET, key, value, seconds)


def read(key: str, default: Any = None) -> Any:
    """Returns what is kept, else `default`."""
    return read_many([key]).get(key, default)


def read_many(keys: Iterable[str]) -> dict[str, Any]:
    """Returns what is kept of `keys`."""
    by_hash = {_hashed(key): key for key in keys}
    with _apart() as cursor:
        cursor.execute(_READ, {"keys": list(by_hash), "now": clock.now()})
        return {by_hash[hashed]: json.loads(value) for hashed, value in cursor.fetchall()}


def increase(key: str, by: int) -> int:
    """Adds `by` to a number and returns it. Raises ValueError when there is none, as Redis does for Django."""
    with _apart() as cursor:
        cursor.execute(_INCR, {"key": _hashed(key), "by": by, "now": clock.now()})
        row = cursor.fetchone()
    if row is None:
        raise ValueError(f"Key '{key}' not found")
    return int(json.loads(row[0]))


def touch(key: str, seconds: int | None) -> bool:
    """Keeps it for so many seconds from now; returns whether it was there."""
    return _run(_TOUCH, key, None, seconds) == 1


def drop(key: str) -> bool:
    """Forgets it; returns whether it was there."""
    return _run(_DELETE, key, None, None) == 1


def _run(statement: str, key: str, value: Any, seconds: int | None) -> int:
    with _apart() as cursor:
        cursor.execute(statement, _values(key, value, seconds))
        return int(cursor.rowcount)


def _values(key: str, value: Any, seconds: int | None) -> dict[str, str | datetime]:
    now = clock.now()
    ends = now + (LONGEST if seconds is None else timedelta(seconds=seconds))
    return {"key": _hashed(key), "value": json.dumps(value), "ends": ends, "now": now}


def _hashed(key: str) -> str:
    return keyed_hash(f"spare:{key}")


@contextmanager
def _apart() -> Iterator[CursorWrapper]:
    """Gives a cursor on a connection of its own, outside of any transaction that is under way."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            yield cursor
    finally:
        own.close()
