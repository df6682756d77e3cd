"""How a request looks at the desk: which of its limits runs, paused or not, and where it went that left a list."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from civic.lib import clock
from requests_app import actions
from requests_app.models import ServiceRequest
from requests_app.queries import desk_queue
from requests_app.queries.desk_queue import Filters
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The dispatcher's browser."""
    client.force_login(cast.dispatcher)
    return client


def words(response: Any) -> str:
    """Returns the text of a page, its blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def pause(cast: Cast, request: ServiceRequest) -> str:
    """Pauses it for three days; returns the day on which it goes on, as it is said."""
    until = clock.now() + timedelta(days=3)
    actions.act(request, "pause", actor=cast.dispatcher, reason_code="away", until=until)
    local = localtime(until)
    return f"{local.month} 月 {local.day} 日"


def test_a_paused_request_looks_paused_in_its_row_and_header(cast: Cast, desk: Client) -> None:
    request, other = cast.place(title="停一停"), cast.place(actor=cast.neighbour, title="不停")
    on = pause(cast, request)
    page = desk_queue.page(cast.dispatcher, Filters(tab="new"))
    assert [(row.title, row.paused, row.limit) for row in page.rows] == [
        ("不停", False, "派单"),
        ("停一停", True, "恢复"),
    ]
    assert page.rows[1].meta.startswith("已暂停 · ")
    queue = words(desk.get(reverse("desk:queue_fragment"), {"tab": "new"}))
    assert "所列诉求中 1 件已暂停" in queue
    head = words(desk.get(reverse("desk:live", args=[request.pk])))
    assert re.search(rf"已暂停， *{on} [0-9:]+ 恢复", head)
    assert "已暂停" not in words(desk.get(reverse("desk:live", args=[other.pk])))


def test_a_paused_request_presses_nobody_when_its_pause_is_nearly_over(cast: Cast) -> None:
    until = clock.now() + timedelta(minutes=30)
    actions.act(cast.place(), "pause", actor=cast.dispatcher, reason_code="away", until=until)
    [row] = desk_queue.page(cast.dispatcher, Filters(tab="open")).rows
    assert (row.tone, row.paused) == ("", True)


def test_beside_the_time_stands_which_limit_it_is(cast: Cast, desk: Client) -> None:
    made = {
        "派单": cast.place(),
        "接单": cast.offered(),
        "签到": cast.accepted(cast.second),
        "办结": cast.in_service(cast.third),
    }
    limits = {row.pk: row.limit for row in desk_queue.page(cast.dispatcher, Filters(tab="open")).rows}
    assert limits == {request.pk: limit for limit, request in made.items()}
    for limit, request in made.items():
        head = words(desk.get(reverse("desk:live", args=[request.pk])))
        assert re.search(rf"^ *{limit} (还剩|超|.{{1,20}} 前)", head), (limit, head[:60])
        assert f'class="limit">{limit}<' in desk.get(reverse("desk:queue"), {"tab": "open"}).content.decode()


def test_what_left_a_list_tells_how_it_stands_now(cast: Cast, desk: Client) -> None:
    request, closed = cast.offered(title="派出去了"), cast.place(actor=cast.neighbour, title="取消了")
    actions.act(closed, "cancel", actor=cast.neighbour)
    of = f"{request.pk},{closed.pk},x,,99999999999999999"
    told = desk.get(reverse("desk:queue_rows"), {"tab": "new", "of": of})
    assert told.content.decode().count("data-row=") == 2
    assert "派单中" in words(told)
    assert "已取消" in words(told)
    assert "tab=new" in told.content.decode()
    desk.force_login(cast.outsider)
    assert "data-row" not in desk.get(reverse("desk:queue_rows"), {"of": of}).content.decode()
