"""Statements that are asked again and again: prepared once a connection, and only where settings allow it."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from civic.lib import rows

pytestmark = pytest.mark.django_db(transaction=True)  # so that each test has a connection of its own

ADD = "SELECT %s::int + %s + 1"


@pytest.fixture(autouse=True)
def _own_connection(db: None) -> None:
    connection.close()


def prepared_here() -> list[str]:
    """Returns the statements that PostgreSQL keeps for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def ask(sql: str, *values: int) -> int:
    with connection.cursor() as cursor:
        rows.execute(cursor, sql, values)
        return int(cursor.fetchone()[0])


def test_a_statement_asked_twice_is_prepared_once() -> None:
    assert (ask(ADD, 1, 2), ask(ADD, 3, 4)) == (4, 8)
    assert len([each for each in prepared_here() if "$1::int + $2 + 1" in each]) == 1


def test_nothing_is_prepared_behind_a_pooler(settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    assert ask("SELECT %s + 12", 1) == 13
    assert not [each for each in prepared_here() if "+ 12" in each]


def test_a_connection_keeps_a_bounded_number_of_statements() -> None:
    for number in range(rows.MOST_PREPARED + 5):
        assert ask(f"SELECT %s + {number}", 1) == number + 1
    assert len(prepared_here()) <= rows.MOST_PREPARED


def test_a_new_connection_prepares_anew() -> None:
    assert ask(ADD, 1, 2) == 4
    connection.close()
    assert ask(ADD, 1, 2) == 4


def test_a_server_that_goes_away_while_a_statement_is_prepared_is_told_as_djangos_error() -> None:
    """Else it would be answered as a fault of ours (500) instead of one that passes (503)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
        other = connection.copy()
        try:
            with other.cursor() as killer:
                killer.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        finally:
            other.close()
        with pytest.raises(OperationalError):
            rows.execute(cursor, "SELECT %s + 13", [1])
    connection.close()
