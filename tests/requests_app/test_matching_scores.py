"""Scores: every part stays in its bounds, says what its name says, and looks at one person alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from requests_app.matching import scores
from requests_app.matching.scores import UNKNOWN, Past

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
counts = st.integers(0, 5000)
weights = st.fixed_dictionaries({name: st.floats(0, 100) for name in scores.PARTS}).filter(
    lambda found: sum(found.values()) > 0.001
)
skills = st.sets(st.integers(1, 12), max_size=6)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    asked = draw(counts)
    last = draw(st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
    return Past(
        asked=asked,
        accepted=draw(st.integers(0, asked)),
        kept=draw(counts),
        no_shows=draw(counts),
        late_give_ups=draw(counts),
        recent=draw(counts),
        last_served_at=last,
        good=draw(counts),
        bad=draw(counts),
    )


@given(pasts(), st.none() | st.floats(0, 2e7), st.booleans(), skills, skills, weights)
def test_every_part_and_the_whole_stay_between_0_and_1(
    past: Past,
    away: float | None,
    near: bool,
    wanted: set[int],
    has: set[int],
    given_weights: dict[str, float],
) -> None:
    parts = scores.parts(away_m=away, same_community=near, wanted=wanted, has=has, past=past, now=NOW)
    assert list(parts) == list(scores.PARTS)
    assert all(0 <= value <= 1 for value in parts.values())
    assert 0 <= scores.total(parts, given_weights) <= 1


@given(weights, st.floats(0.01, 50))
def test_shares_sum_to_one_and_only_proportions_count(given_weights: dict[str, float], factor: float) -> None:
    shares = scores.shares(given_weights)
    assert sum(shares.values()) == pytest.approx(1)
    assert scores.shares({name: w * factor for name, w in given_weights.items()}) == pytest.approx(shares)


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="sum to nothing"):
        scores.shares(dict.fromkeys(scores.PARTS, 0.0))


@given(pasts(), st.floats(0, 1e6), st.floats(0, 1e6))
def test_nearer_is_never_worse(past: Past, one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert scores.distance(near, same_community=False) >= scores.distance(far, same_community=True)


@given(pasts())
def test_a_newcomer_is_trusted_more_than_most(past: Past) -> None:
    """Nobody known to accept and keep less than four in five stands above somebody of whom nothing is known."""
    assert scores.acceptance(UNKNOWN) == pytest.approx(0.8)
    assert scores.reliability(UNKNOWN) == pytest.approx(0.9)
    assert scores.fairness(UNKNOWN, NOW) == 1
    if 5 * past.accepted < 4 * past.asked:
        assert scores.acceptance(past) < scores.acceptance(UNKNOWN)


@given(pasts(), st.integers(1, 100))
def test_every_broken_promise_costs_and_a_no_show_the_most(past: Past, more: int) -> None:
    facts = vars(past)
    late = Past(**{**facts, "late_give_ups": past.late_give_ups + more})
    missing = Past(**{**facts, "no_shows": past.no_shows + more})
    assert scores.reliability(missing) < scores.reliability(late) < scores.reliability(past)


@pytest.mark.parametrize(
    ("good", "bad", "part"),
    [(0, 0, 0.5), (1, 0, 2 / 3), (3, 0, 1.0), (9, 0, 1.0), (0, 1, 0.0), (3, 1, 0.5), (1, 4, 0.0)],
)
def test_knowing_each_other_helps_unless_it_went_badly(good: int, bad: int, part: float) -> None:
    assert scores.continuity(Past(good=good, bad=bad)) == pytest.approx(part)


@pytest.mark.parametrize(
    ("recent", "days", "part"), [(0, 30, 1.0), (3, 30, 0.75), (0, 0, 0.5), (3, 0, 0.25), (9, 3.5, 0.375)]
)
def test_load_and_rest_count_half_each(recent: int, days: float, part: float) -> None:
    past = Past(recent=recent, last_served_at=NOW - timedelta(days=days))
    assert scores.fairness(past, NOW) == pytest.approx(part)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 10**6)), unique_by=lambda each: each[1]),
    st.integers(1, 99),
)
def test_whoever_else_is_there_ranks_keep_their_order(
    people: list[tuple[float, int]], request_id: int
) -> None:
    def ranked(some: list[tuple[float, int]]) -> list[int]:
        return [
            pk
            for _score, pk in sorted(
                some, key=lambda each: scores.order(each[0], str(request_id), str(each[1]))
            )
        ]

    everybody, some = ranked(people), people[::2]
    assert ranked(some) == [pk for pk in everybody if pk in {pk for _score, pk in some}]
    assert ranked(people[::-1]) == everybody


def test_a_tie_is_drawn_anew_for_every_request_and_the_same_every_time() -> None:
    firsts = [
        min((1, 2, 3), key=lambda pk: scores.order(0.5, str(request), str(pk))) for request in range(300)
    ]
    assert {firsts.count(pk) > 60 for pk in (1, 2, 3)} == {True}
    assert firsts == [
        min((3, 2, 1), key=lambda pk: scores.order(0.5, str(request), str(pk))) for request in range(300)
    ]


@pytest.mark.parametrize(
    ("asks", "speaks", "part"),
    [
        ("", [], 1),
        ("", ["english"], 1),
        ("zh-hans", [], 1),
        ("zh-hans", ["local"], 1),
        ("zh-hans", ["english"], 0),
        ("en", ["mandarin", "english"], 1),
        ("en", ["mandarin"], 0),
        ("en", [], 0),
    ],
)
def test_a_language_that_the_resident_understands_counts(asks: str, speaks: list[str], part: float) -> None:
    assert scores.language(asks, speaks) == part


@pytest.mark.parametrize(
    ("asks", "speaks"), [("", ["english"]), ("zh-hans", []), ("en", ["english"]), ("en", [])]
)
def test_a_part_of_nothing_for_the_language_says_why(asks: str, speaks: list[str]) -> None:
    parts = scores.parts(
        away_m=None, same_community=False, wanted=(), has=(), asks=asks, speaks=speaks, past=UNKNOWN, now=NOW
    )
    said = scores.reasons(parts, UNKNOWN, same_community=False, wanted=False)
    assert ("no_language" in said) == (parts["language"] == 0) == (asks == "en" and not speaks)
    assert set(said) <= set(scores.REASONS)


def test_every_language_of_the_pages_is_understood_by_somebody() -> None:
    assert set(scores.UNDERSTOOD) == {code for code, _name in settings.LANGUAGES}
