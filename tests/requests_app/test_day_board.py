"""The board of a day: by volunteer and by hour, with what presses; who reads it, and how cheaply."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from requests_app import actions
from requests_app.models import ServiceRequest
from requests_app.queries import day_board
from requests_app.queries.day_board import Board, Row
from tests.cast import Cast
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db

MOST_QUERIES = 8
NINE = datetime(2026, 11, 24, 1, tzinfo=UTC)  # a Tuesday, 9:00 in Shanghai
DAY = date(2026, 11, 24)


@pytest.fixture
def monday() -> Iterator[Any]:
    """The clock stands at 9:00 of the day before."""
    with time_machine.travel(NINE - timedelta(days=1), tick=False) as clock:
        yield clock


def at(cast: Cast, volunteer: Volunteer, hour: float, *, minutes: int = 30, **wish: Any) -> ServiceRequest:
    """Returns a request that `volunteer` accepted, to begin so many hours after 9:00 of the day."""
    start = NINE + timedelta(hours=hour)
    request = cast.place(preferred_start=start, preferred_end=start + timedelta(hours=2), **wish)
    terms = {"agreed_start": start, "expected_minutes": minutes}
    actions.act(request, "offer", actor=cast.dispatcher, volunteers=[volunteer.pk], **terms)
    return actions.act(request, "accept", actor=volunteer.user)


def standing(cast: Cast) -> list[str]:
    """Returns how each task of the day stands, in the order of their starts."""
    return [task.stands for task in day_board.board(cast.dispatcher, DAY).tasks]


def drawn(board: Board, row: Row) -> list[list[tuple[str, str, str]]]:
    """Returns (part, from, until) of what is drawn in each lane of a row."""
    lanes = []
    for lane in row.lanes:
        minutes, parts = board.hours.start * 60, []
        for cell in lane:
            ends = minutes + cell.steps * day_board.STEP_MINUTES
            if cell.task is not None:
                parts.append(
                    (cell.part, f"{minutes // 60}:{minutes % 60:02}", f"{ends // 60}:{ends % 60:02}")
                )
            minutes = ends
        assert minutes == board.hours.stop * 60, "every lane is as long as the day"
        lanes.append(parts)
    return lanes


def test_a_block_begins_and_ends_where_the_task_does(cast: Cast, monday: Any) -> None:
    at(cast, cast.volunteer, -0.5, minutes=120)
    at(cast, cast.volunteer, 4, minutes=45)
    board = day_board.board(cast.dispatcher, DAY)
    [row] = board.rows
    assert board.hours == range(8, 18)
    assert drawn(board, row) == [
        [("whole", "8:30", "10:30"), ("block", "13:00", "13:45"), ("words", "13:45", "15:15")]
    ]


def test_what_would_lie_over_each_other_stands_in_lanes(cast: Cast, monday: Any) -> None:
    at(cast, cast.volunteer, 0, minutes=30)
    at(cast, cast.volunteer, 0.5, minutes=90)
    at(cast, cast.volunteer, 2, minutes=60)
    board = day_board.board(cast.dispatcher, DAY)
    assert drawn(board, board.rows[0]) == [
        [("block", "9:00", "9:30"), ("words", "9:30", "11:00"), ("whole", "11:00", "12:00")],
        [("whole", "9:30", "11:00")],
    ]


def test_a_minute_of_work_can_be_seen_and_late_in_the_day_its_words_stand_left_of_it(
    cast: Cast, monday: Any
) -> None:
    request = at(cast, cast.volunteer, 8.5)
    monday.move_to(NINE + timedelta(hours=8, minutes=31))
    actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    monday.move_to(NINE + timedelta(hours=8, minutes=32))
    actions.act(request, "complete", actor=cast.volunteer.user)
    board = day_board.board(cast.dispatcher, DAY)
    assert drawn(board, board.rows[0]) == [[("words", "16:00", "17:30"), ("block", "17:30", "17:45")]]


def test_who_began_on_another_day_than_agreed_stands_on_the_day_of_the_work(cast: Cast, monday: Any) -> None:
    request = at(cast, cast.volunteer, 0)
    monday.move_to(NINE - timedelta(hours=20))
    actions.act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    assert standing(cast) == []
    [task] = day_board.board(cast.dispatcher, DAY - timedelta(days=1)).tasks
    assert (task.start, task.stands) == (NINE - timedelta(hours=20), "in_service")


def test_who_begins_early_stands_in_the_hours_of_the_work_and_not_below_a_later_task(
    cast: Cast, monday: Any
) -> None:
    tomorrow, later = at(cast, cast.volunteer, 26), at(cast, cast.volunteer, 5)
    early = at(cast, cast.volunteer, 2, minutes=120)
    monday.move_to(NINE + timedelta(minutes=20))
    actions.act(tomorrow, "check_in", actor=cast.volunteer.user, code=tomorrow.check_in_code)
    actions.act(tomorrow, "complete", actor=cast.volunteer.user)
    monday.move_to(NINE + timedelta(hours=1, minutes=10))
    actions.act(early, "check_in", actor=cast.volunteer.user, code=early.check_in_code)
    board = day_board.board(cast.dispatcher, DAY)
    [row] = board.rows
    blocks = [cell.task for cell in row.lanes[0] if cell.task and cell.part != "words"]
    assert [task.request_id for task in blocks] == [tomorrow.pk, later.pk]
    assert drawn(board, row) == [
        [
            *(("block", "9:20", "9:35"), ("words", "9:35", "11:05")),
            *(("block", "14:00", "14:30"), ("words", "14:30", "16:00")),
        ],
        [("whole", "10:10", "12:10")],
    ]
    assert [cell.task.request_id for cell in row.lanes[1] if cell.task] == [early.pk]
    [first, *_rest] = day_board.board(cast.dispatcher, DAY).tasks
    assert (first.start, first.end) == (NINE + timedelta(minutes=20), NINE + timedelta(minutes=20))
    monday.move_to(NINE + timedelta(hours=3, minutes=50))  # later than begun and expected, not than agreed
    assert standing(cast) == ["completed", "in_service", "accepted"]


def test_the_columns_reach_as_far_as_somebody_serves_and_end_at_midnight(cast: Cast, monday: Any) -> None:
    at(cast, cast.volunteer, -3)
    at(cast, cast.second, 14, minutes=120)
    board = day_board.board(cast.dispatcher, DAY)
    assert board.hours == range(6, 24)
    assert [drawn(board, row) for row in board.rows] == [
        [[("block", "6:00", "6:30"), ("words", "6:30", "8:00")]],
        [[("whole", "23:00", "24:00")]],
    ]


def test_who_is_late_who_has_not_checked_in_and_who_is_over_time_stand_out(cast: Cast, monday: Any) -> None:
    serving = at(cast, cast.volunteer, -0.5)
    at(cast, cast.second, 0)
    at(cast, cast.third, 2)
    assert standing(cast) == ["accepted", "accepted", "accepted"]
    monday.move_to(NINE - timedelta(minutes=25))
    actions.act(serving, "check_in", actor=cast.volunteer.user, code=serving.check_in_code)
    assert standing(cast) == ["in_service", "accepted", "accepted"]
    monday.move_to(NINE + timedelta(minutes=10))
    assert standing(cast) == ["over", "late", "accepted"]
    monday.move_to(NINE + timedelta(minutes=40))
    board = day_board.board(cast.dispatcher, DAY)
    assert [task.stands for task in board.tasks] == ["over", "missing", "accepted"]
    assert [row.presses for row in board.rows] == [True, True, False]
    assert board.hour_now == 9


def test_what_presses_comes_first(cast: Cast, monday: Any) -> None:
    early = at(cast, cast.volunteer, -1)
    at(cast, cast.second, 0)
    monday.move_to(NINE - timedelta(hours=1))
    actions.act(early, "check_in", actor=cast.volunteer.user, code=early.check_in_code)
    actions.act(early, "complete", actor=cast.volunteer.user)
    monday.move_to(NINE + timedelta(minutes=40))
    rows = day_board.board(cast.dispatcher, DAY).rows
    assert [row.volunteer for row in rows] == [cast.second.user.name, cast.volunteer.user.name]


def test_who_gave_up_is_still_shown_and_another_day_is_another_board(cast: Cast, monday: Any) -> None:
    given_up = at(cast, cast.volunteer, 5)
    actions.act(given_up, "give_up", actor=cast.volunteer.user, reason_code="ill")
    assert standing(cast) == ["given_up"]
    assert day_board.board(cast.dispatcher, DAY + timedelta(days=1)).tasks == []


def test_the_page_says_states_in_words_and_leads_to_the_request(
    cast: Cast, client: Client, monday: Any
) -> None:
    request = at(cast, cast.volunteer, 0, title="陪诊")
    monday.move_to(NINE + timedelta(minutes=45))
    client.force_login(cast.dispatcher)
    html = client.get(reverse("desk:today")).content.decode()
    assert (
        html.count(reverse("desk:request", args=[request.pk])) == 2
    )  # in the table, and in the list by hour
    for shown in ("陪诊", cast.volunteer.user.name, "未签到", "超 45 分钟", 'aria-current="time"'):
        assert shown in html
    assert f'href="{reverse("desk:today")}"' in client.get(reverse("desk:queue")).content.decode()


@pytest.mark.parametrize("asked", ["", "yesterday", "2026-13-40", "1026-01-01", "2026-11-24\x00"])
def test_a_day_that_cannot_be_read_is_today(monday: Any, asked: str) -> None:
    assert day_board.day_of(asked) == DAY - timedelta(days=1)


def test_the_area_narrows_and_the_next_district_sees_nothing(cast: Cast, monday: Any) -> None:
    at(cast, cast.volunteer, 0)
    assert len(day_board.board(cast.colleague, DAY, cast.grid.pk).tasks) == 1
    assert day_board.board(cast.colleague, DAY, cast.other_district.pk).tasks == []
    assert day_board.board(cast.outsider, DAY).tasks == []


def test_a_confidential_request_is_on_the_board_of_who_worked_on_it_alone(cast: Cast, monday: Any) -> None:
    request = at(cast, cast.volunteer, 0)
    actions.act(request, "confidential", actor=cast.dispatcher, on=True)
    assert len(day_board.board(cast.dispatcher, DAY).tasks) == 1
    assert day_board.board(cast.colleague, DAY).tasks == []


def test_more_than_fits_is_cut_off_and_said(
    cast: Cast, client: Client, monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(cast, cast.volunteer, 0)
    at(cast, cast.second, 1)
    monkeypatch.setattr(day_board, "MOST", 1)
    assert len(day_board.board(cast.dispatcher, DAY).tasks) == 1
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:today"), {"day": "2026-11-24"}, headers={"Accept-Language": "en"})
    assert "Choose an area" in page.content.decode()


def test_ten_tasks_cost_as_many_queries_as_one(cast: Cast, client: Client, monday: Any) -> None:
    at(cast, cast.volunteer, 0, title="")
    client.force_login(cast.dispatcher)
    page = reverse("desk:today")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(page, {"day": "2026-11-24"}).status_code == 200
        return len(counted)

    queries()  # fills what the process keeps
    before = queries()
    for hour in range(1, 10):
        at(cast, (cast.volunteer, cast.second, cast.third)[hour % 3], hour)
    queries()  # on a busy machine they took longer than what the process keeps counts as fresh
    assert queries() == before <= MOST_QUERIES


def test_a_poll_gets_the_board_again_only_when_it_has_changed(
    cast: Cast, client: Client, monday: Any
) -> None:
    request = at(cast, cast.volunteer, 0)
    client.force_login(cast.dispatcher)
    poll = reverse("desk:today_fragment") + "?day=2026-11-24"
    first = client.get(poll)
    same = {"If-None-Match": first.headers["ETag"]}
    assert client.get(poll, headers=same).status_code == 304
    actions.act(request, "give_up", actor=cast.volunteer.user, reason_code="ill")
    changed = client.get(poll, headers=same)
    assert changed.status_code == 200
    assert "已放弃" in changed.content.decode()


def test_residents_and_proxies_are_refused(cast: Cast, client: Client) -> None:
    for user in (cast.resident, cast.proxy, cast.volunteer.user):
        client.force_login(user)
        assert client.get(reverse("desk:today")).status_code == 403
