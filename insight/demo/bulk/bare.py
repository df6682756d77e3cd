"""Tables without their indexes, references and triggers while very many rows come in; all of it back afterwards.

Inside one transaction, so that nobody ever sees them bare: after a failure it is as if nothing had been taken away.
What is put back is checked by the database against every row. Primary keys stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

CONSTRAINTS = """
SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid), c.contype
  FROM pg_constraint c WHERE c.conrelid = ANY(%s::regclass[]) AND c.contype IN ('u', 'x', 'f')
 ORDER BY c.contype = 'f', c.conrelid::regclass::text, c.conname
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indrelid::regclass::text,
       pg_get_expr(i.indpred, i.indrelid)
  FROM pg_index i WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('u', 'x'))
 ORDER BY i.indrelid::regclass::text, 1
"""
Told = Callable[[float], None]
Rare = Callable[[str, str], bool]


@contextmanager
def bare(
    tables: Sequence[str],
    *,
    rare: Rare = lambda table, condition: False,
    told: Told = lambda share: None,
) -> Iterator[None]:
    """Takes indexes, references and user triggers off `tables` within the block; `told` is the share put back.

    Partial indexes stay where `rare` says that few of the rows to come meet their condition: to put one back means
    to read the whole table.
    Only inside a transaction: whoever leaves the block with an exception has to roll back.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("tables are made bare within a transaction only")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
        cursor.execute(CONSTRAINTS, [list(tables)])
        constraints = cursor.fetchall()
        cursor.execute(INDEXES, [list(tables)])
        indexes = [
            (name, definition)
            for name, definition, table, condition in cursor.fetchall()
            if condition is None or not rare(table, condition)
        ]
        for table, name, _definition, _kind in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        _switch_triggers(cursor, tables, "DISABLE")
        yield
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        put_back = [definition for _name, definition in indexes] + [
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
            for table, name, definition, _kind in constraints
        ]
        for number, statement in enumerate(put_back, start=1):
            cursor.execute(statement)
            told(number / len(put_back))
        _switch_triggers(cursor, tables, "ENABLE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _switch_triggers(cursor: Any, tables: Sequence[str], way: str) -> None:
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} {way} TRIGGER USER")
