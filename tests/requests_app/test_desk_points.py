"""The queue as a map: whose requests are drawn, what is told of them, how cheaply; the outlines around them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import queries as areas
from requests_app import actions
from requests_app.models import ServiceRequest
from requests_app.queries import desk_points, desk_queue
from requests_app.queries.desk_queue import Filters
from tests.cast import SOUTH, WEST, Cast
from tests.copies import fill

pytestmark = pytest.mark.django_db

MOST_QUERIES, MANY, MOST_BYTES_EACH = 8, 10_000, 70


def shown(user: User, **filters: Any) -> dict[str, Any]:
    """Returns what the map is told."""
    found: dict[str, Any] = json.loads(desk_points.points(user, Filters(**{"tab": "open", **filters})))
    return found


def titles(user: User, **filters: Any) -> list[str]:
    """Returns the titles on the map."""
    return [point[4] for point in shown(user, **filters)["points"]]


def names(user: User, area_id: int | None = None) -> list[str]:
    """Returns the areas whose outlines are drawn."""
    return [each["properties"]["name"] for each in json.loads(desk_points.land(user, area_id))["features"]]


def test_a_point_has_number_place_tone_and_title_and_nothing_else(cast: Cast) -> None:
    request = cast.place(title="换灯泡")
    assert shown(cast.dispatcher)["points"] == [[request.pk, SOUTH + 0.005, WEST + 0.005, 0, "换灯泡"]]


def test_tones_are_those_of_the_list_and_the_most_pressing_comes_first(cast: Cast) -> None:
    for title, hours in (("有时间", 9), ("快到期", 0.5), ("超期", -1)):
        request = cast.place(title=title)
        due = request.placed_at + timedelta(hours=hours)
        ServiceRequest.objects.filter(pk=request.pk).update(act_by=due)
    found = shown(cast.dispatcher)
    assert [(point[4], point[3]) for point in found["points"]] == [("超期", 2), ("快到期", 1), ("有时间", 0)]
    assert found["told"] == "地图上 3 件 · 1 件超期 · 1 件快到期"


def test_tab_filters_and_search_are_those_of_the_list(cast: Cast) -> None:
    cast.place(title="取药", category="errand")
    cast.place(title="换灯泡", category="repair", urgency="urgent")
    cast.offered(title="已派单")
    assert titles(cast.dispatcher, category="repair") == ["换灯泡"]
    assert titles(cast.dispatcher, urgency="urgent") == ["换灯泡"]
    assert titles(cast.dispatcher, tab="new") == ["取药"]
    assert titles(cast.dispatcher, q="灯泡") == ["换灯泡"]


def test_without_a_tab_it_is_the_one_that_the_list_begins_with(cast: Cast) -> None:
    for title, hours in (("有时间", 9), ("超期", -1)):
        request = cast.place(title=title)
        due = request.placed_at + timedelta(hours=hours)
        ServiceRequest.objects.filter(pk=request.pk).update(act_by=due)
    assert desk_queue.page(cast.dispatcher, Filters()).filters.tab == "overdue"
    assert titles(cast.dispatcher, tab="") == ["超期"]


def test_requests_without_a_place_are_counted_in_words(cast: Cast) -> None:
    cast.place(title="有位置")
    cast.place(title="没有位置", lat=None, lon=None)
    found = shown(cast.dispatcher)
    assert [point[4] for point in found["points"]] == ["有位置"]
    assert found["unplaced"] == "1 件没有位置"
    assert shown(cast.dispatcher, q="有位置的")["unplaced"] == ""


def test_what_is_beyond_the_most_pressing_is_said_in_words(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(desk_points, "MOST", 1)
    cast.place(title="不急", urgency="flexible")
    cast.place(title="很急", urgency="urgent")
    found = shown(cast.dispatcher)
    assert [point[4] for point in found["points"]] == ["很急"]
    assert found["left_out"] == "只画出最紧急的诉求，另有 1 件见列表。"


def test_nobody_sees_another_districts_requests(cast: Cast, client: Client) -> None:
    cast.place(title="本区")
    assert titles(cast.dispatcher) == titles(cast.auditor) == ["本区"]
    assert titles(cast.outsider) == []
    assert titles(cast.outsider, area=cast.district.pk) == []
    client.force_login(cast.outsider)
    answer = client.get(reverse("desk:map"), {"tab": "open", "area": cast.community.pk, "q": "本区"})
    assert answer.json()["points"] == []


def test_a_confidential_request_is_drawn_only_for_whom_it_is_open(cast: Cast) -> None:
    request = actions.act(cast.place(title="保密的"), "confidential", actor=cast.dispatcher, on=True)
    assert titles(cast.dispatcher) == ["保密的"]  # acted on it
    for user in (cast.colleague, cast.auditor):
        found = shown(user)
        assert (found["points"], found["unplaced"]) == ([], "")
    assert shown(cast.colleague, q=request.code)["points"] == []


def test_a_proxy_sees_only_what_they_placed(cast: Cast) -> None:
    cast.place(title="别人的")
    assert titles(cast.proxy) == []


def test_whoever_has_no_queue_has_no_map(cast: Cast, client: Client) -> None:
    for user in (
        cast.resident,
        cast.volunteer.user,
        cast.staff("管理", "+8613800000061", Role.ADMIN, cast.city),
    ):
        client.force_login(user)
        assert client.get(reverse("desk:map")).status_code == 403
        assert client.get(reverse("desk:map_areas")).status_code == 403


def test_ten_thousand_points_cost_the_queries_of_one_and_stay_small(cast: Cast, client: Client) -> None:
    client.force_login(cast.colleague)
    request = cast.place(title="帮忙取药")

    def ask() -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("desk:map"), {"tab": "open"})
        return len(queries), answer

    ask()  # fills what the process keeps
    before, _answer = ask()
    fill(request, MANY - 1)
    after, answer = ask()
    assert after == before <= MOST_QUERIES
    assert len(answer.json()["points"]) == MANY
    assert len(answer.content) < MANY * MOST_BYTES_EACH
    again = client.get(reverse("desk:map"), {"tab": "open"}, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_outlines_are_those_of_the_readers_areas(cast: Cast) -> None:
    assert names(cast.dispatcher) == ["锦苑社区", "第一网格"]
    assert names(cast.colleague) == ["青禾区", "文化路街道", "锦苑社区", "第一网格"]
    assert names(cast.colleague, cast.community.pk) == ["锦苑社区", "第一网格"]
    assert names(cast.outsider, cast.community.pk) == ["柳溪区"]  # not one of theirs


def test_the_smallest_areas_are_left_out_when_they_have_too_many_corners(
    cast: Cast, monkeypatch: Any
) -> None:
    monkeypatch.setattr(desk_points, "MOST_CORNERS", 15)
    found = json.loads(desk_points.land(cast.colleague, None))
    assert [each["properties"]["depth"] for each in found["features"]] == [2, 3, 4]
    assert found["left_out"] == "选择一个区域后可看到网格边界。"


def test_an_area_out_of_use_is_not_drawn(cast: Cast) -> None:
    type(cast.grid).objects.filter(pk=cast.grid.pk).update(is_active=False)
    areas.forget()
    assert names(cast.dispatcher) == ["锦苑社区"]


def test_the_candidates_are_drawn_about_100_metres_from_where_they_live(cast: Cast, client: Client) -> None:
    type(cast.volunteer).objects.filter(pk=cast.volunteer.pk).update(lat=SOUTH + 0.00437, lon=WEST + 0.00461)
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[cast.place().pk])).content.decode()
    assert 'data-at="34.004,117.005"' in page
    assert "34.0043" not in page and "117.0046" not in page


def test_the_page_draws_the_map_only_where_this_browser_wants_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.dispatcher)
    assert "leaflet" not in client.get(reverse("desk:queue")).content.decode()
    client.cookies["desk_view"] = "map"
    page = client.get(reverse("desk:queue"), {"tab": "open", "urgency": "urgent"}).content.decode()
    assert "leaflet.js" in page
    assert f'data-poll="{reverse("desk:map")}?tab=open&amp;urgency=urgent"' in page
    assert "data-rows" in page  # for whoever has no JavaScript
