"""Time at a browser: a request goes from unit to unit, another climbs to the district, a holiday moves a deadline."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.cases.models import CaseEvent
from civic.notify import deliver
from requests_app import recalculating
from requests_app.models import ServiceRequest
from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.people import Look
from tests.cast import Cast
from tests.requests_app.test_time import MONDAY, fresh, placed, told, until
from tests.units import Units
from tests.worktime.conftest import local

Visit = Callable[..., Visitor]
DESKTOP = pytest.param({"width": 1440, "language": "zh-hans"}, id="desktop", marks=pytest.mark.full)
PHONE = pytest.param({"width": 390, "language": "en"}, id="phone-english", marks=pytest.mark.full)


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


def open_page(visit: Visit, look: Look, user: User, path: str, **mode: Any) -> Page:
    """Returns the browser of `user` at `path`, which has been looked at."""
    visitor = visit(user=user, **mode)
    look.follow(visitor)
    page = visitor.go(path)
    look(page)
    return page


def at_desk(request: ServiceRequest) -> str:
    """Returns the path of a request at the desk."""
    return reverse("desk:request", args=[request.pk])


@pytest.mark.parametrize("mode", [DESKTOP, PHONE])
def test_a_request_returned_twice_lands_at_the_last_instance_whose_answer_the_resident_reads(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    units, look = Units(cast), Look(mode["language"])
    request = cast.place(category="other", title="路灯不亮", text="东门的路灯坏了一个星期。")
    resident = open_page(visit, look, cast.resident, f"/track/{request.code}/", language=mode["language"])
    desk = open_page(visit, look, cast.dispatcher, at_desk(request), **mode)

    people.refer(desk, look, unit=units.bureau.pk, note="请查看线路。")
    people.poll_now(resident, "#progress")
    expect(resident.locator(".head")).to_contain_text(str(units.bureau) if mode["width"] > 800 else "Urban")
    look(resident)
    officer = open_page(visit, look, units.officer, reverse("unit:home"), **mode)
    people.open_at_unit(officer, look, request)
    people.give_back(officer, look, "该路段归环卫中心管。")

    desk.reload()
    look(desk)
    people.refer(desk, look, unit=units.helpers.pk, note="请核实后处理。")
    assistant = open_page(visit, look, units.assistant, reverse("unit:home"), **mode)
    people.open_at_unit(assistant, look, request)
    people.give_back(assistant, look, "路灯不归我们管。")
    assert fresh(request).state == "referred"

    last = open_page(visit, look, units.last_officer, reverse("unit:home"), **mode)
    people.open_at_unit(last, look, request)
    expect(last.locator(f"form[action='{reverse('unit:return', args=[request.pk])}']")).to_have_count(0)
    people.answer_for_the_unit(last, look, "已更换灯头，当晚亮灯。")

    people.poll_now(resident, "#progress")
    expect(resident.locator(".head")).to_contain_text("已更换灯头，当晚亮灯。")
    look(resident)
    people.rate(resident, look, stars=5)
    desk.reload()
    expect(desk.locator(".mid")).to_contain_text("已更换灯头，当晚亮灯。")
    look(desk)
    assert (fresh(request).state, fresh(request).outcome) == ("closed", "solved")


@pytest.mark.parametrize("mode", [DESKTOP, PHONE])
def test_an_overdue_request_climbs_to_the_district_and_tells_each_level_once(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    street = cast.staff("赵街", "+8613800000041", Role.DISPATCHER, cast.street)
    look, now = Look(mode["language"]), timezone.localtime()
    request = placed(cast, f"{now - timedelta(days=20):%Y-%m-%d} 09:00")  # an inbox goes 30 days back
    until(f"{now:%Y-%m-%d %H:%M}")
    deliver.sweep()
    levels = (
        (cast.dispatcher, "desk.overdue"),
        (street, "desk.climbed"),
        (cast.colleague, "desk.climbed"),
    )
    for user, event in levels:
        assert told(event, user) == 1
    assert told("desk.overdue", cast.outsider) == told("desk.climbed", cast.outsider) == 0

    desk = open_page(visit, look, cast.dispatcher, at_desk(request), **mode)
    desk.locator("details:has(.clock-line) > summary").click()
    rang = desk.locator(".clock-line").first.locator("p", has=desk.locator("svg"))
    half_time, late, street_told, district_told = rang.all_inner_texts()
    assert words(mode, "时限过半", "half of the time") in half_time
    assert words(mode, "社区", "Community") in late
    assert "李敏" in late
    assert words(mode, "街道", "Street") in street_told
    assert "赵街" in street_told
    assert words(mode, "区", "District") in district_told
    assert "张敏" in district_told
    look(desk)
    for user, _event in levels[1:]:
        inbox = open_page(visit, look, user, reverse("notify:inbox"), **mode)
        expect(inbox.locator(".inbox-item", has_text=request.code)).to_have_count(1)


def words(mode: dict[str, Any], chinese: str, english: str) -> str:
    """Returns what is written in the language of the browser."""
    return english if mode["language"] == "en" else chinese


@pytest.mark.parametrize("mode", [DESKTOP, PHONE])
def test_a_holiday_added_in_the_calendar_moves_the_deadline_at_the_desk(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    look, request = Look(mode["language"]), placed(cast)
    due = request.due_at
    page = open_page(visit, look, cast.admin, "/desk/calendar/?month=2026-03", **mode)
    page.fill("[name=first]", "2026-03-03")
    page.fill("[name=last]", "2026-03-04")
    page.fill("[name=note]", "暴雪停工")
    page.locator("form[action$='/days/'] .btn.main").click()
    expect(page.locator(".cal td.ours")).to_have_count(2)
    expect(page.locator(".cal")).to_contain_text("暴雪停工")
    look(page)

    assert recalculating.sweep(settle=timedelta(0)) == 1
    assert fresh(request).due_at == due + timedelta(days=2)
    page.reload()
    look(page)
    desk = open_page(visit, look, cast.dispatcher, at_desk(request), **mode)
    expect(desk.locator(".sub-case")).to_contain_text(words(mode, "原定", "originally"))
    line = CaseEvent.objects.get(case_id=request.pk, verb="recalculate")
    assert {moved["step"] for moved in line.facts["moved"]} >= {"finish"}
    expect(desk.locator(".mid")).to_contain_text(words(mode, "工作日历", "work calendar"))
    assert local(MONDAY) < due
