"""Redis that nobody runs, for tests of what goes on without it."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from civic import cache as forgiving
from civic.accounts import spare

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def redis_away(settings: Any, db: None) -> Iterator[None]:
    """Lets the cache, and with it every limit, find no Redis; what is counted instead is gone after the test."""
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": NOWHERE, "KEY_PREFIX": uuid.uuid4().hex}}
    yield
    forgiving._resting.pop(NOWHERE, None)
    forgiving._stale.pop(NOWHERE, None)
    own = connection.copy()  # counts stand outside of the test's transaction
    with own.cursor() as cursor:
        cursor.execute(f"DELETE FROM {spare.TABLE}")
    own.close()
