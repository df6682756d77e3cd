"""A dispatcher at a browser plans a whole backlog, changes the plan, and asks the people of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from civic.lib import clock
from requests_app.actions import act
from requests_app.models import Assignment, Offer, Plan, PlanLine, ServiceRequest
from requests_app.plans import jobs
from tests.browser.conftest import Visitor
from tests.browser.people import Look
from tests.cast import Cast
from tests.requests_app.plans.plans import lines
from volunteers.models import Volunteer

Visit = Callable[..., Visitor]
BUSY = {"zh-hans": "这段时间另有安排。", "en": "They have promised that time elsewhere."}
MATTERS = ("帮忙取药", "陪诊排队", "搬一袋米上楼", "代缴水电费", "取快递到家")
PEOPLE = ("王磊", "孙晓梅")  # beside the three of the cast: as many as there are matters


@pytest.fixture(autouse=True)
def _password_is_enough(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


def backlog(cast: Cast) -> list[ServiceRequest]:
    """Returns five requests for tomorrow, hour after hour, and a sixth for which nobody is left."""
    for number, name in enumerate(PEOPLE):
        cast.helper(name, f"+861390000{number:04d}")
    found = []
    for hour, title in enumerate((*MATTERS, "修窗帘杆")):
        start = clock.now() + timedelta(days=1, hours=2 * hour)
        found.append(cast.place(title=title, preferred_start=start, preferred_end=start + timedelta(hours=1)))
    return found


def worked(page: Page, look: Look) -> Plan:
    """The page that waits is looked at, then a worker computes; the page finds out by itself."""
    expect(page.locator(".pl-busy progress")).to_be_visible()
    look(page)
    plan = Plan.objects.latest("pk")
    jobs.compute(plan.pk)
    expect(page.locator(".pl-sum")).to_be_visible()
    plan.refresh_from_db()
    return plan


def line_of(page: Page, line: PlanLine) -> Locator:
    return page.locator(".pl-line", has_text=line.request.code)


def show(page: Page, tab: str) -> None:
    """Opens a tab of the plan that is open."""
    page.locator(f".pl-tabs a[href='?tab={tab}#lines']").click()
    expect(page.locator(f".pl-tabs a[href='?tab={tab}#lines']")).to_have_attribute("aria-current", "page")


def promises_elsewhere(cast: Cast, volunteer: Volunteer, line: PlanLine) -> ServiceRequest:
    """A colleague asks the volunteer for another request at the time of the line, and they accept."""
    request = cast.place(
        cast.neighbour,
        title="推轮椅散步",
        preferred_start=line.start,
        preferred_end=line.start + timedelta(hours=1),
    )
    request = act(request, "offer", actor=cast.colleague, volunteers=[volunteer.pk], agreed_start=line.start)
    return act(request, "accept", actor=volunteer.user)


@pytest.mark.parametrize("language", BUSY)
@pytest.mark.parametrize("width", [390, 1440])
def test_a_backlog_is_planned_changed_and_asked_and_nothing_is_lost(
    visit: Visit, cast: Cast, width: int, language: str
) -> None:
    requests, look = backlog(cast), Look(language)
    desk = visit(user=cast.dispatcher, width=width, language=language)
    look.follow(desk)
    page = desk.go("/desk/plan/")
    look(page)
    page.select_option("[name=area]", str(cast.community.pk))
    page.locator("main form .btn.main").click()
    plan = worked(page, look)
    assert (plan.served, plan.left_over) == (5, 1)
    look(page)
    expect(page.locator(".pl-line")).to_have_count(5)
    kept, refused, *_others = lines(plan, "proposed")
    for line in (kept, refused):
        assert line.volunteer is not None
        expect(line_of(page, line).locator(".pl-who")).to_contain_text(line.volunteer.user.name)

    line_of(page, kept).locator("button[value^=pin]").first.click()
    expect(line_of(page, kept).locator(".pl-who .tag.info")).to_be_visible()
    line_of(page, refused).locator("button[value^=forbid]").click()
    expect(line_of(page, refused).locator(".pl-who .tag.gray")).to_be_visible()
    line_of(page, kept).locator("summary").click()
    look(page)
    page.locator(".pl-again .btn").click()
    plan = worked(page, look)
    pairs = {(line.request_id, line.volunteer_id) for line in lines(plan, "proposed")}
    assert (kept.request_id, kept.volunteer_id) in pairs
    assert (refused.request_id, refused.volunteer_id) not in pairs
    assert plan.served == 5
    expect(page.locator(".pl-again")).to_have_count(0)
    look(page)
    for tab in ("held", "left"):
        show(page, tab)
        look(page)

    lost = next(line for line in lines(plan, "proposed") if not line.pinned)
    assert lost.volunteer is not None
    elsewhere = promises_elsewhere(cast, lost.volunteer, lost)
    show(page, "proposed")
    page.locator(".pl-apply button[name=all]").click()
    expect(page.locator("dialog[open]")).to_contain_text("5")
    assert not Offer.objects.filter(state="open", request__in=[each.pk for each in requests]).exists()
    look(page)
    page.locator("dialog[open] [data-confirm-yes]").click()
    told = page.locator("#told")
    expect(told.locator("#told-title")).to_contain_text("4")
    expect(told).to_contain_text(BUSY[language])
    expect(page.locator(".pl-apply button[name=all]")).to_have_count(0)  # nobody is left to ask
    show(page, "conflict")
    look(page)
    expect(page.locator(".pl-line")).to_have_count(1)
    expect(line_of(page, lost).locator(".t-warn")).to_have_text(BUSY[language])
    expect(page.locator("h1 .tag.warn")).to_be_visible()
    show(page, "applied")
    expect(page.locator(".pl-line")).to_have_count(4)
    look(page)

    asked = dict(Offer.objects.filter(state="open").values_list("request", "volunteer"))
    assert len(asked) == 4 and asked.items() < pairs  # as planned, nobody else
    states = dict(
        ServiceRequest.objects.filter(pk__in=[each.pk for each in requests]).values_list("pk", "state")
    )
    assert {pk for pk, state in states.items() if state == "offered"} == asked.keys()
    assert {pk for pk, state in states.items() if state == "submitted"} == states.keys() - asked.keys()
    assert Assignment.objects.get().request_id == elsewhere.pk  # what was promised meanwhile holds

    page.locator("form[action$='/again/'] .btn").click()
    plan = worked(page, look)  # what was asked stays, and nobody gets a second task of a plan of one each
    assert {line.request_id for line in lines(plan, "applied")} == asked.keys()
    given = [line.volunteer_id for line in lines(plan, "applied", "proposed")]
    assert len(given) == len(set(given))
    look(page)

    page = desk.go("/desk/plan/")
    page.select_option("[name=area]", str(cast.community.pk))
    page.locator("main form .btn.main").click()
    plan = worked(page, look)  # the two that nobody has been asked for are planned for others
    again = {line.request_id: line.volunteer_id for line in lines(plan, "proposed")}
    assert again.keys() == states.keys() - asked.keys()
    assert again[lost.request_id] != lost.volunteer_id
    look(page)
    desk.go("/desk/plan/")
    look(page)
