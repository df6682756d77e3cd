"""Waking a sweeper before its time, at most once for everything that waits: after a commit that wrote something
urgent, or when there is more to do than one sweeper does at once.

Only for speed: the beat's regular sweep is what guarantees delivery. The cache holds one flag from the first
wake until a sweep begins, so a burst of commits publishes one task. A sweep clears the flag before it looks;
whoever found the flag set had committed before that, so that sweep sees it.

While Redis is away no worker can be woken and no beat be heard. Then whoever has written something urgent delivers it
here and now, a few seconds at most: a sign-in code that comes when Redis is back is of no use to anybody.
"""

import logging
from typing import Final

from celery import current_app
from django.core.cache import cache
from django.db import transaction

from civic.notify import deliver

log = logging.getLogger("civic.notify")

SWEEP_TASK: Final = "notify.sweep"
FLAG: Final = "wake:"
FLAG_SECONDS: Final = 5  # a task lost by the broker delays waking by this much at most
HERE_AT_MOST: Final = 2  # messages that a page delivers itself while there is no worker


def wake() -> None:
    """Asks for a sweep once the present transaction commits; never raises, also when the broker is down."""
    connection = transaction.get_connection()
    if not any(entry[1] is publish for entry in connection.run_on_commit):
        transaction.on_commit(publish, robust=True)


def publish(task: str = SWEEP_TASK) -> None:
    """Publishes one sweep `task` unless one is already on its way."""
    try:
        if cache.add(FLAG + task, 1, timeout=FLAG_SECONDS):
            current_app.send_task(task, retry=False, ignore_result=True, expires=FLAG_SECONDS * 12)
        elif task == SWEEP_TASK and getattr(cache, "is_away", False):
            deliver.urgent(HERE_AT_MOST)
    except Exception as error:  # whatever broker and cache raise: the row is committed, the beat will find it
        log.warning("sweeper not woken, the next regular sweep delivers: %s", error)


def woken(task: str = SWEEP_TASK) -> None:
    """Clears the flag; a sweep calls this before it looks for work."""
    try:
        cache.delete(FLAG + task)
    except Exception as error:  # the flag expires by itself
        log.warning("wake flag not cleared: %s", error)
