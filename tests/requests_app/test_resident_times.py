"""When somebody is to come: what the resident wished is told everywhere alike, and a window stays a window."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from civic.notify import templates
from civic.notify.models import Message
from requests_app import actions, tracking
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.requests_app.residents import browser

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 12, 1, 6, 20, tzinfo=SHANGHAI)  # before the desk opens


@pytest.fixture(autouse=True)
def _early() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI)


def change(cast: Cast, request: ServiceRequest, **fields: str) -> ServiceRequest:
    """Chooses another time on the page and returns the request as it then is."""
    url = reverse("track_amend", args=[request.code])
    assert browser(cast.resident).post(url, {"when": "day", **fields}).status_code == 302
    request.refresh_from_db()
    return request


def last_message(request: ServiceRequest, language: str = "zh-hans") -> str:
    told = Message.objects.filter(user=request.beneficiary, channel="in_app").latest("pk")
    return templates.render(told, language).body


def track(cast: Cast, request: ServiceRequest) -> str:
    return browser(cast.resident).get(reverse("track", args=[request.code])).content.decode()


def declined(cast: Cast) -> ServiceRequest:
    """Returns a request that the desk has put to one person for a start of its own, who said no."""
    request = cast.place(preferred_start=at(3, 9), preferred_end=at(3, 12))
    request = actions.act(
        request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=at(3, 9, 30)
    )
    return actions.act(request, "decline_offer", actor=cast.volunteer.user)


def test_the_message_about_a_changed_time_names_the_new_one(cast: Cast) -> None:
    request = cast.place(preferred_start=None, preferred_end=None)
    change(cast, request, day="2026-12-04", part="exact", at="14:30")
    assert "安排有变化：12 月 4 日 14:30。" in last_message(request)
    change(cast, request, day="2026-12-04", part="morning")
    assert "安排有变化：12 月 4 日 8:00–12:00。" in last_message(request)
    assert "has changed: 4 Dec 8:00–12:00." in last_message(request, "en")


def test_hours_that_are_wished_stay_hours_while_nobody_has_accepted(cast: Cast) -> None:
    request = change(cast, declined(cast), day="2026-12-04", part="morning")
    assert (request.preferred_start, request.preferred_end) == (at(4, 8), at(4, 12))
    assert request.agreed_start is None
    assert "12 月 4 日 8:00–12:00" in last_message(request)
    assert "12 月 4 日（周五）8:00–12:00" in track(cast, request)


def test_a_fixed_time_takes_the_place_of_the_planned_start(cast: Cast) -> None:
    request = change(cast, declined(cast), day="2026-12-04", part="exact", at="14:30")
    assert (request.agreed_start, request.preferred_end) == (at(4, 14, 30), None)


def test_once_somebody_has_accepted_the_new_time_is_the_agreed_start(cast: Cast) -> None:
    request = cast.accepted(preferred_start=at(3, 9), preferred_end=None)
    assert change(cast, request, day="2026-12-04", part="morning").agreed_start == at(4, 8)
    assert "12 月 4 日 8:00。" in last_message(request)


def test_only_what_somebody_accepted_is_called_agreed(cast: Cast) -> None:
    told = {True: "现在约定的是 12 月 3 日", False: "还没有志愿者接单，之后看到的就是新时间"}
    for request, accepted in (
        (declined(cast), False),
        (cast.accepted(preferred_start=at(3, 15), preferred_end=None), True),
    ):
        page = browser(cast.resident).get(reverse("track_amend", args=[request.code])).content.decode()
        assert told[accepted] in page
        assert told[not accepted] not in page


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"preferred_start": at(4, 8), "preferred_end": at(4, 12)}, "12 月 4 日（周五）8:00–12:00"),
        ({"preferred_start": at(4, 14, 30), "preferred_end": None}, "12 月 4 日（周五）14:30"),
        ({"preferred_start": None, "preferred_end": None, "soon": True}, "越快越好"),
        ({"preferred_start": None, "preferred_end": None}, "时间可商量"),
    ],
)
def test_page_and_lists_say_when(cast: Cast, wish: dict[str, Any], told: str) -> None:
    request = cast.place(**wish)
    page = track(cast, request)
    assert told in page[: page.index("tl-card")]
    assert told in tracking.told(request, cast.resident).words
    for name in ("home", "me"):
        assert told in browser(cast.resident).get(reverse(name)).content.decode(), name


def test_a_wish_before_anybody_will_be_asked_says_to_ring_up(cast: Cast) -> None:
    close, later = (
        cast.place(preferred_start=start, preferred_end=None) for start in (at(1, 6, 50), at(4, 9))
    )
    words, promised = "您希望的时间很近", "最晚今天 10:00"
    for request, is_close in ((close, True), (later, False)):
        pages = (track(cast, request), browser(cast.resident).get(reverse("placed", args=[request.code])))
        placed = pages[1].content.decode()
        assert (words in pages[0], words in placed) == (is_close, is_close)
        assert (promised in pages[0]) is not is_close
    told = Message.objects.filter(user=cast.resident, channel="in_app").order_by("pk")
    bodies = [templates.render(message, "zh-hans").body for message in told]
    assert "您希望的时间（12 月 1 日 6:50）很近" in bodies[0]
    assert "10:00" not in bodies[0]
    assert "10:00 前安排" in bodies[1]


def test_a_second_volunteer_is_told_as_a_second_one(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second, headcount=2)
    told_of = ((cast.volunteer, "有志愿者接单，"), (cast.second, "又有一位志愿者接单，已有 2 位，"))
    for minutes, (volunteer, told) in enumerate(told_of):
        with time_machine.travel(TUESDAY + timedelta(minutes=minutes), tick=False):
            request = actions.act(request, "accept", actor=volunteer.user)
        assert told in last_message(request)


def test_home_shows_first_what_waits_for_an_answer_then_who_comes_next(cast: Cast) -> None:
    waiting, coming = (
        cast.place(title="等着"),
        cast.accepted(title="有人来", preferred_start=at(4, 9), preferred_end=None),
    )
    sooner = cast.accepted(cast.second, title="先来", preferred_start=at(3, 9), preferred_end=None)
    for title in ("新一", "新二"):
        cast.place(title=title)
    rows = tracking.open_ones(cast.resident)
    assert [row.request.title for row in rows] == [sooner.title, coming.title, "新二"]
    assert waiting.title not in {row.request.title for row in rows}
    page = browser(cast.resident).get(reverse("home")).content.decode()
    assert f'href="{reverse("me")}">全部</a>' in page


def test_an_old_line_of_the_timeline_says_the_date_of_its_start(cast: Cast) -> None:
    with time_machine.travel(TUESDAY - timedelta(days=4), tick=False):
        request = cast.accepted(preferred_start=TUESDAY - timedelta(days=1), preferred_end=None)
    page = track(cast, request)
    assert "约定 11 月 30 日 6:20" in page[page.index("tl-card") :]


def test_a_second_dispatch_is_called_so(cast: Cast) -> None:
    request = actions.act(
        declined(cast), "offer", actor=cast.dispatcher, volunteers=[cast.second.pk], agreed_start=at(3, 10)
    )
    page = track(cast, request)
    assert [page.count(words) for words in ("已派单</b>", "再次派单</b>")] == [1, 1]
