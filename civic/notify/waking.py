"""Waking the sweeper after a commit that wrote something urgent, at most once for everything that waits.

Only for speed: the beat's regular sweep is what guarantees delivery. The cache holds one flag from the first
wake until a sweep begins, so a burst of commits publishes one task. A sweep clears the flag before it looks;
whoever found the flag set had committed before that, so that sweep sees it.
"""

import logging
from typing import Final

from celery import current_app
from django.core.cache import cache
from django.db import transaction

log = logging.getLogger("civic.notify")

SWEEP_TASK: Final = "notify.sweep"
FLAG: Final = "notify:wake"
FLAG_SECONDS: Final = 5  # a task lost by the broker delays waking by this much at most


def wake() -> None:
    """Asks for a sweep once the present transaction commits; never raises, also when the broker is down."""
    connection = transaction.get_connection()
    if not any(entry[1] is publish for entry in connection.run_on_commit):
        transaction.on_commit(publish, robust=True)


def publish() -> None:
    """Publishes one sweep task unless one is already on its way."""
    try:
        if cache.add(FLAG, 1, timeout=FLAG_SECONDS):
            current_app.send_task(SWEEP_TASK, retry=False, ignore_result=True, expires=FLAG_SECONDS * 12)
    except Exception as error:  # whatever broker and cache raise: the row is committed, the beat will find it
        log.warning("sweeper not woken, the next regular sweep delivers: %s", error)


def woken() -> None:
    """Clears the flag; a sweep calls this before it looks for messages."""
    try:
        cache.delete(FLAG)
    except Exception as error:  # the flag expires by itself
        log.warning("wake flag not cleared: %s", error)
