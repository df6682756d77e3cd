"""Reading everything as it stood at one moment, however long the reading takes and whatever is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_picture() -> Iterator[None]:
    """Lets every query of the block see the database as the first of them does; nothing can be written in it.

    Inside a transaction that runs already it changes nothing: what that one sees, and may do, stays.
    """
    if connection.in_atomic_block or not connection.get_autocommit():
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
