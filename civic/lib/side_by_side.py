"""Asking the database several things at once, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], items: Sequence[T], most: int) -> Iterator[R]:
    """Yields what `work` returns for each of `items`, in their order; up to `most` are done at once, in threads.

    What one raises is raised here, and what has not begun is dropped. Within a transaction it is done here, one after
    another: no other connection sees what the transaction has written.
    """
    if connection.in_atomic_block:
        yield from map(work, items)
        return
    opened = list[BaseDatabaseWrapper]()

    def open_line() -> None:
        line = connections[DEFAULT_DB_ALIAS]
        line.inc_thread_sharing()  # it is closed from here, once its thread has ended
        opened.append(line)

    pool = ThreadPoolExecutor(most, initializer=open_line)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)
        for line in opened:
            line.close()
