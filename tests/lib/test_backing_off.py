"""Waiting longer after each failure, and never too long to be computed."""

from datetime import timedelta

import pytest

from civic.lib.backing_off import wait_after

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (11, 3600), (43, 3600), (32_767, 3600)],
)
def test_the_wait_doubles_up_to_the_longest(failures: int, seconds: int) -> None:
    assert wait_after(failures, first=10 * SECOND, longest=timedelta(hours=1)) == seconds * SECOND


def test_a_longest_that_is_a_doubling_is_reached_and_not_passed() -> None:
    waits = [wait_after(each, first=SECOND, longest=8 * SECOND) / SECOND for each in range(1, 7)]
    assert waits == [1, 2, 4, 8, 8, 8]
    assert wait_after(7, first=SECOND, longest=SECOND) == SECOND
