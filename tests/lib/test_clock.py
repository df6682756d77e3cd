"""The clock that domain code asks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from civic.lib import clock

NOON_IN_SHANGHAI = datetime(2026, 2, 17, 12, tzinfo=timezone(timedelta(hours=8)))


def test_now_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_at_fixes_the_moment_in_utc_and_gives_it_back_afterwards():
    with clock.at(NOON_IN_SHANGHAI) as fixed:
        assert clock.now() == fixed == NOON_IN_SHANGHAI
        assert clock.now().isoformat() == "2026-02-17T04:00:00+00:00"
        with clock.at(NOON_IN_SHANGHAI + timedelta(days=1)):
            assert clock.now() == NOON_IN_SHANGHAI + timedelta(days=1)
        assert clock.now() == NOON_IN_SHANGHAI
    assert clock.now() != NOON_IN_SHANGHAI


def test_a_failing_block_still_releases_the_clock():
    with pytest.raises(ZeroDivisionError), clock.at(NOON_IN_SHANGHAI):
        raise ZeroDivisionError
    assert clock.now() != NOON_IN_SHANGHAI


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime(2026, 1, 1)):
        raise AssertionError
