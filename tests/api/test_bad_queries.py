"""Whatever stands in an address: a clear answer in the caller's language, never a 500."""

import pytest
from pytest import Subtests

from tests.api.conftest import Api
from tests.api.wishes import is_chinese, problem
from tests.cast import Cast

pytestmark = pytest.mark.django_db

QUERIES = {
    "state": "flying",
    "category": "rocket",
    "area": "nowhere",
    "urgency": "now",
    "overdue": "perhaps",
    "created_after": "yesterday",
    "created_before": "2026-13-45",
    "assignee": "him",
    "ordering": "price",
    "page_size": "x",
    "cursor": "abc",
}


def test_a_filter_that_makes_no_sense_is_named(cast: Cast, subtests: Subtests) -> None:
    desk = Api(cast.dispatcher)
    for name, value in QUERIES.items():
        with subtests.test(name):
            found = problem(desk.get("/service-requests/", **{name: value}), 400, "invalid")
            assert list(found["errors"]) == [name]
            assert is_chinese(found["errors"][name][0])


def test_any_words_can_be_searched_for(cast: Cast, subtests: Subtests) -> None:
    desk = Api(cast.dispatcher)
    for q in ("\x00", "%", "_", "\\", "' OR 1=1 --", "取药", "x" * 80, "😀", "\ufffd"):
        with subtests.test(repr(q)):
            assert desk.get("/service-requests/", q=q).status_code == 200
    problem(desk.get("/service-requests/", q="x" * 81), 400, "invalid")


CURSORS = [
    "WyJhIiwieCJd",  # ["a", "x"]
    "WyJhIiwxLDJd",  # ["a", 1, 2]
    "WyJ6IiwxXQ",  # ["z", 1]
    "WyJhIix0cnVlXQ",  # ["a", true]
    "bnVsbA",  # null
    "WyJhIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTldXQ",  # a number of 27 digits
    "é",
    "x" * 600,
]


def test_a_cursor_that_was_not_given_out_is_refused(cast: Cast, subtests: Subtests) -> None:
    desk = Api(cast.dispatcher)
    for cursor in CURSORS:
        with subtests.test(cursor[:50]):
            problem(desk.get("/service-requests/", cursor=cursor), 400, "invalid")
            problem(desk.get("/service-requests/", cursor=cursor, ordering="due_at"), 400, "invalid")
    problem(desk.get("/areas/", cursor="bnVsbA"), 400, "invalid")


def test_a_place_to_locate_needs_two_real_numbers(cast: Cast, subtests: Subtests) -> None:
    resident = Api(cast.resident)
    for point in ({}, {"lat": 91, "lon": 1}, {"lat": "NaN", "lon": 1}, {"lat": "x", "lon": "y"}):
        with subtests.test(str(point)):
            problem(resident.get("/grids/locate/", **point), 400, "invalid")
    problem(resident.get("/grids/locate/", lat=10, lon=10), 404, "not_found")


FAR = ["0001-01-01", "0001-01-01T00:00:00Z", "0001-01-02T00:00:00", "9999-12-31", "9999-12-31T15:59:00Z"]


def test_a_day_at_the_ends_of_the_calendar_is_named(cast: Cast, subtests: Subtests) -> None:
    """Nothing can be reckoned from there; the years between are taken."""
    admin = Api(cast.admin)
    queries = [
        ("/stats/rates/", "from"),
        ("/stats/rates/", "to"),
        ("/service-requests/", "created_after"),
        ("/service-requests/", "created_before"),
    ]
    for path, name in queries:
        for day in FAR:
            with subtests.test(f"{path} {name} {day}"):
                found = problem(admin.get(path, **{name: day}), 400, "invalid")
                assert is_chinese(found["errors"][name][0])
        for day in ("1900-01-02", "2199-12-31"):
            with subtests.test(f"{path} {name} {day}"):
                answer = admin.get(path, **{"to": "2199-12-31T12:00:00Z", name: day})
                assert answer.status_code == 200
