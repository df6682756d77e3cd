"""Several questions to the database at once: in order, really beside one another, and with nothing left open."""

from threading import Barrier, get_ident

import pytest
from django.db import connection

from civic.lib.side_by_side import side_by_side
from tests.faults.plant import until


def line(_item: int) -> int:
    """Returns the process of PostgreSQL that answers here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def are_closed(lines: set[int]) -> bool:
    """Waits until none of the connections `lines` is there any more; their processes take a moment to end."""

    def gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(lines)])
            return not cursor.fetchone()[0]

    until(gone, "connections are still open")
    return True


@pytest.mark.django_db(transaction=True)
def test_two_are_done_at_once_each_on_a_connection_that_is_closed_afterwards() -> None:
    both = Barrier(2)

    def work(item: int) -> tuple[int, int]:
        both.wait(20)  # passes only where two are at it
        return item, line(item)

    found = list(side_by_side(work, range(6), 2))
    assert [item for item, _line in found] == [0, 1, 2, 3, 4, 5]
    lines = {each for _item, each in found}
    assert len(lines) == 2 and line(0) not in lines
    assert are_closed(lines)


@pytest.mark.django_db
def test_within_a_transaction_it_is_done_on_its_own_connection() -> None:
    assert set(side_by_side(line, [1, 2, 3], 2)) == {line(0)}
    assert set(side_by_side(lambda _item: get_ident(), [1, 2, 3], 2)) == {get_ident()}


@pytest.mark.django_db(transaction=True)
def test_what_one_raises_is_raised_and_the_rest_is_dropped() -> None:
    begun, lines = list[int](), set[int]()

    def work(item: int) -> int:
        begun.append(item)
        lines.add(line(item))
        if item == 1:
            raise ValueError("no")
        return item

    with pytest.raises(ValueError, match="no"):
        list(side_by_side(work, range(500), 2))
    assert len(begun) < 500
    assert are_closed(lines)


@pytest.mark.django_db(transaction=True)
def test_whoever_stops_listening_leaves_nothing_open() -> None:
    answers = side_by_side(line, range(200), 2)
    first = next(answers)
    answers.close()
    assert are_closed({first})
