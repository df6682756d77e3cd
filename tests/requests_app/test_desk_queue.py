"""The queue of the desk: who sees what, in which tab, filtered, page by page, cheaply."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from civic.accounts.enums import Role
from civic.accounts.models import Membership, User
from civic.areas import queries as areas
from civic.lib import clock
from requests_app import actions
from requests_app.models import ServiceRequest
from requests_app.queries import desk_queue
from requests_app.queries.desk_queue import Filters
from requests_app.queries.desk_request import Picture
from tests.cast import LONG_AGO, Cast

pytestmark = pytest.mark.django_db

MOST_QUERIES = 8
MOST_QUERIES_OF_A_REQUEST = 26


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The dispatcher's browser."""
    client.force_login(cast.dispatcher)
    return client


def titles(user: Any, **filters: Any) -> list[str]:
    """Returns what the queue shows."""
    return [row.title for row in desk_queue.page(user, Filters(**filters)).rows]


def test_a_new_request_stands_under_new_then_due_soon_then_overdue(cast: Cast) -> None:
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as now:  # a Monday, 9:00
        cast.place(title="换灯泡", category="repair")
        assert titles(cast.dispatcher, tab="new") == ["换灯泡"]
        now.shift(timedelta(minutes=75))
        assert titles(cast.dispatcher, tab="soon") == ["换灯泡"]
        assert titles(cast.dispatcher, tab="new") == []
        now.shift(timedelta(minutes=60))
        assert titles(cast.dispatcher, tab="overdue") == ["换灯泡"]
        page = desk_queue.page(cast.dispatcher, Filters())
        assert (page.filters.tab, page.waiting, page.rows[0].tone) == ("overdue", 1, "red")


def test_the_most_pressing_request_comes_first(cast: Cast) -> None:
    cast.place(title="不急", urgency="flexible")
    cast.place(title="很急", urgency="urgent")
    cast.place(title="一般")
    assert titles(cast.dispatcher, tab="open") == ["很急", "一般", "不急"]


def test_a_dispatcher_of_the_next_district_sees_nothing(cast: Cast, client: Client) -> None:
    request = cast.place()
    assert titles(cast.outsider, tab="open") == []
    client.force_login(cast.outsider)
    assert client.get(reverse("desk:request", args=[request.pk])).status_code == 404


def test_a_resident_is_refused_and_a_stranger_sent_to_sign_in(cast: Cast, client: Client) -> None:
    assert client.get(reverse("desk:queue")).status_code == 302
    client.force_login(cast.resident)
    assert client.get(reverse("desk:queue")).status_code == 403


def test_a_proxy_sees_the_requests_they_placed_and_no_others(cast: Cast, client: Client) -> None:
    cast.place(title="别人的")
    cast.place(
        actor=cast.proxy,
        title="代办的",
        beneficiary_name="周大爷",
        beneficiary_phone="13800000031",
        on_behalf_reason="不会用手机",
    )
    client.force_login(cast.proxy)
    html = client.get(reverse("desk:queue")).content.decode()
    assert "代办的" in html
    assert "别人的" not in html
    assert reverse("desk:new") in html


def test_an_administrator_without_requests_is_shown_the_volunteers(cast: Cast, client: Client) -> None:
    client.force_login(cast.admin)
    assert client.get(reverse("desk:queue")).headers["Location"] == reverse("desk:volunteers")


def test_filters_stand_in_the_address_and_narrow_together(cast: Cast, desk: Client) -> None:
    cast.place(title="换灯泡", category="repair", urgency="urgent")
    cast.place(title="修水管", category="repair")
    cast.place(title="买菜", urgency="urgent")
    html = desk.get(
        reverse("desk:queue"), {"tab": "open", "category": "repair", "urgency": "urgent"}
    ).content.decode()
    assert "换灯泡" in html
    assert "修水管" not in html
    assert "买菜" not in html
    assert "tab=open&amp;category=repair&amp;urgency=urgent" in html  # the links keep them


def test_the_area_filter_takes_everything_below_it(cast: Cast) -> None:
    cast.place(title="网格里")
    for area in (cast.district, cast.street, cast.community, cast.grid):
        assert titles(cast.colleague, tab="open", area=area.pk) == ["网格里"]
    assert titles(cast.colleague, tab="open", area=cast.other_district.pk) == []


def test_a_search_looks_beyond_the_tab_one_stands_in(cast: Cast, desk: Client) -> None:
    cast.place(title="帮忙取药")
    page = desk_queue.page(cast.dispatcher, Filters(tab="overdue", q="取药"))
    assert ([row.title for row in page.rows], page.filters.tab) == (["帮忙取药"], "open")
    empty = desk.get(
        reverse("desk:queue"), {"tab": "overdue", "q": "没有的词"}, headers={"Accept-Language": "en"}
    )
    assert "q=" not in empty.context["tabs"][0]["url"]  # a tab leads out of the search
    assert empty.content.decode().count("Nothing matches") == 2  # beside the list, too
    assert "Nothing waits here" not in empty.content.decode()


@pytest.mark.parametrize("q", ["药", "腿脚不便", "13800000001", "+86 138 0000 0001", "{code}", "{start}"])
def test_search_finds_by_words_whole_phone_and_code(cast: Cast, q: str) -> None:
    request = cast.place()
    cast.place(actor=cast.neighbour, title="别的", text="别的事")
    found = titles(cast.dispatcher, q=q.format(code=request.code, start=request.code[:7]))
    assert found == ["帮忙取药"]


def test_a_code_finds_a_closed_request_too(cast: Cast) -> None:
    request = cast.closed()
    assert titles(cast.dispatcher, q=request.code.lower()) == ["帮忙取药"]
    assert titles(cast.dispatcher, q="13800000099") == []


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "nonsense", "area": "x", "urgency": "nope", "category": "nope"},
        {"area": "99999999999999999999"},
        {"area": "²"},
        {"after": "x-y"},
        {"after": "99999999999999999-1"},
        {"after": "1-99999999999999999999"},
        {"q": "\x00%_\\'"},
        {"q": "x" * 5000},
    ],
)
def test_filters_that_cannot_be_read_are_left_out(desk: Client, query: dict[str, str]) -> None:
    assert desk.get(reverse("desk:queue"), query).status_code == 200


def test_each_count_is_the_number_of_rows_its_tab_shows(cast: Cast) -> None:
    city = cast.staff("市台", "+8613800000021", "dispatcher", cast.city)
    with time_machine.travel("2026-11-23T01:00:00Z", tick=False) as now:  # a Monday, 9:00
        cast.place(title="早", category="repair")
        cast.offered(cast.volunteer)
        unknown = cast.person("赵无址", "+8613800000022")
        cast.place(actor=unknown, title="不知在哪", lat=None, lon=None)
        elsewhere = {"beneficiary_name": "周大爷", "beneficiary_phone": "13800000031"}
        cast.completed(actor=cast.proxy, on_behalf_reason="不会用手机", **elsewhere)
        cast.closed()
        for minutes in (0, 75, 60, 24 * 60):
            now.shift(timedelta(minutes=minutes))
            cast.place(title="新", category="repair")
            page = desk_queue.page(city, Filters(tab="open"))
            counts = {key: count for key, _label, count in page.tabs}
            assert counts == {key: len(titles(city, tab=key)) for key in counts}, minutes
            assert all(counts[key] for key in ("open", "triage", "callback"))
            pressing = {
                row.pk
                for key in ("overdue", "soon", "triage", "new")
                for row in desk_queue.page(city, Filters(tab=key)).rows
            }
            assert page.waiting >= len(pressing - {0})


def test_pages_follow_each_other_without_gap_or_repetition(cast: Cast) -> None:
    for number in range(desk_queue.PAGE + 5):
        cast.place(title=f"第{number}件")
    first = desk_queue.page(cast.dispatcher, Filters(tab="open"))
    second = desk_queue.page(cast.dispatcher, Filters(tab="open", after=first.next_after))
    assert (len(first.rows), len(second.rows), second.next_after) == (desk_queue.PAGE, 5, "")
    assert len({row.pk for row in first.rows} | {row.pk for row in second.rows}) == desk_queue.PAGE + 5


def test_triage_holds_what_nobody_could_place(cast: Cast) -> None:
    city = cast.staff("市台", "+8613800000021", "dispatcher", cast.city)
    homeless = cast.person("赵无址", "+8613800000022")
    cast.place(actor=homeless, title="不知在哪", lat=None, lon=None)
    assert titles(city, tab="triage") == ["不知在哪"]
    assert titles(cast.dispatcher, tab="triage") == []


def test_what_cannot_be_rated_online_is_to_be_called_back_about(cast: Cast) -> None:
    request = cast.completed(
        actor=cast.proxy,
        title="无账号",
        beneficiary_name="周大爷",
        beneficiary_phone="13800000031",
        on_behalf_reason="不会用手机",
    )
    assert titles(cast.dispatcher, tab="callback") == ["无账号"]
    assert titles(cast.dispatcher, tab="overdue") == []
    actions.act(request, "call_back", actor=cast.colleague, solved="yes")
    assert titles(cast.dispatcher, tab="callback") == []


def test_in_the_list_to_call_back_stands_what_is_left_to_a_colleague(cast: Cast, desk: Client) -> None:
    """Whoever dispatched or served a request does not call back about it; it stays in sight all the same."""
    rated = {"actor": cast.resident, "solved": "partly", "stars": 2}
    case = actions.act(cast.completed(title="派出去的"), "rate", **rated)
    words = "请同事回访：您经手过"

    def said(user: Any) -> list[bool]:
        return [words in row.meta for row in desk_queue.page(user, Filters(tab="callback")).rows]

    assert (said(cast.dispatcher), said(cast.colleague), said(cast.auditor)) == ([True], [False], [False])
    Membership.objects.create(
        user=cast.volunteer.user, role=Role.DISPATCHER, area=cast.community, valid_from=LONG_AGO
    )
    assert said(User.objects.get(pk=cast.volunteer.user_id)) == [True]
    page = desk.get(reverse("desk:queue_fragment"), {"tab": "callback"}).content.decode()
    assert words in page
    assert "call_back" not in Picture(cast.dispatcher, case.pk).verbs
    assert "call_back" in Picture(cast.colleague, case.pk).verbs


def test_the_fragment_costs_the_same_however_many_rows_it_has(cast: Cast, desk: Client) -> None:
    def queries() -> int:
        desk.get(reverse("desk:queue_fragment"), {"tab": "open"})
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert desk.get(reverse("desk:queue_fragment"), {"tab": "open"}).status_code == 200
        return len(caught)

    cast.place()
    one = queries()
    for _each in range(6):
        cast.place(actor=cast.neighbour)
    assert queries() == one <= MOST_QUERIES


def test_the_fragment_answers_304_until_something_changes(cast: Cast, desk: Client) -> None:
    cast.place()
    url = reverse("desk:queue_fragment") + "?tab=open"
    tag = desk.get(url).headers["ETag"]
    assert desk.get(url, headers={"If-None-Match": tag}).status_code == 304
    cast.place(actor=cast.neighbour, title="又一件")
    fresh = desk.get(url, headers={"If-None-Match": tag})
    assert (fresh.status_code, "又一件" in fresh.content.decode()) == (200, True)
    assert desk.get(url, headers={"If-None-Match": tag, "Accept-Language": "en"}).status_code == 200


def test_a_colleague_who_has_the_request_open_is_named(cast: Cast, client: Client) -> None:
    request = cast.place()
    client.force_login(cast.colleague)
    client.get(reverse("desk:request", args=[request.pk]))
    client.force_login(cast.dispatcher)
    assert "张敏" in client.get(reverse("desk:queue_fragment"), {"tab": "open"}).content.decode()
    assert "张敏" in client.get(reverse("desk:request", args=[request.pk])).content.decode()


def test_titles_fall_back_to_the_words_then_to_the_category(cast: Cast) -> None:
    cast.place(title="", text="家里的灯不亮了\n请来看看")
    assert titles(cast.dispatcher, tab="open") == ["家里的灯不亮了"]
    assert ServiceRequest.objects.get().act_by > clock.now()


def test_more_rows_come_alone_for_the_script_and_whole_for_the_poll(cast: Cast, desk: Client) -> None:
    for _each in range(desk_queue.PAGE + 1):
        cast.place()
    after = desk_queue.page(cast.dispatcher, Filters(tab="open")).next_after
    url, query = reverse("desk:queue_fragment"), {"tab": "open", "after": after}
    assert "data-waiting" not in desk.get(url, query, headers={"HX-Request": "true"}).content.decode()
    assert "data-waiting" in desk.get(url, query).content.decode()


def test_a_request_page_costs_the_same_whatever_has_happened_to_it(
    cast: Cast, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tree of areas is compared with the database by the clock, not by the page: on a slow machine within it.
    monkeypatch.setattr(areas, "RECHECK_SECONDS", 3600.0)

    def queries(request: ServiceRequest) -> int:
        url = reverse("desk:request", args=[request.pk])
        desk.get(url)
        with CaptureQueriesContext(connection) as caught:
            assert desk.get(url).status_code == 200
        return len(caught)

    quiet, busy = cast.accepted(), cast.accepted(cast.second, cast.third)
    assert queries(busy) == queries(quiet) <= MOST_QUERIES_OF_A_REQUEST
