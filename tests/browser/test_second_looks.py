"""At a browser: two requests about one thing are joined and separated; one person proposes, another approves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from requests_app.models import Referral
from tests.browser import pages, people
from tests.browser.conftest import Visitor
from tests.browser.people import Look
from tests.browser.test_under_time import at_desk, open_page, words
from tests.cast import Cast
from tests.requests_app.test_time import fresh
from tests.units import Units

Visit = Callable[..., Visitor]
DESKTOP = pytest.param({"width": 1440, "language": "zh-hans"}, id="desktop", marks=pytest.mark.full)
PHONE = pytest.param({"width": 390, "language": "en"}, id="phone-english", marks=pytest.mark.full)


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.mark.parametrize("mode", [DESKTOP, PHONE])
def test_a_joined_pair_is_separated_and_both_residents_read_it_calmly(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    look, language = Look(mode["language"]), mode["language"]
    same = {"category": "other", "title": "路灯坏了", "text": "东门路灯不亮。"}
    first, second = cast.place(**same), cast.place(cast.neighbour, **same)
    mine = open_page(visit, look, cast.resident, f"/track/{first.code}/", language=language)
    theirs = open_page(visit, look, cast.neighbour, f"/track/{second.code}/", language=language)
    desk = open_page(visit, look, cast.dispatcher, at_desk(second), **mode)

    people.open_dialog(desk, "merge")
    desk.locator(f"#verb input[name=into][value='{first.pk}'] + label").click()
    people.send_dialog(desk, look)
    expect(desk.locator(".mid")).to_contain_text(first.code)
    assert fresh(second).state == "merged"
    for page in (mine, theirs):
        people.poll_now(page, "#progress")
    calm = words(mode, "附近有人反映了同样的事", "Somebody nearby asked for the same")
    expect(theirs.locator("#progress")).to_contain_text(calm)
    expect(theirs.locator("#progress")).not_to_contain_text(first.code)
    for page in (mine, theirs):
        look(page)

    people.open_dialog(desk, "split")
    desk.fill("#verb [name=reason]", "两盏不同的灯")
    people.send_dialog(desk, look)
    assert (fresh(first).state, fresh(second).state) == ("submitted", "submitted")
    for page in (mine, theirs):
        people.poll_now(page, "#progress")
        expect(page.locator("#progress .head .tag")).to_have_text(
            words(mode, "待派单", "Waiting for dispatch")
        )
        look(page)
    expect(theirs.locator("#progress")).not_to_contain_text("两盏不同的灯")


@pytest.mark.parametrize("mode", [DESKTOP, PHONE])
def test_an_exemption_is_proposed_by_one_dispatcher_and_approved_by_another(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    look, request = Look(mode["language"]), cast.closed()
    desk = open_page(visit, look, cast.dispatcher, at_desk(request), **mode)
    people.open_dialog(desk, "exempt")
    desk.locator("#verb input[name=reason_code][value=unreachable] + label").click()
    desk.fill("#verb [name=text]", "三次去电无人接听")
    people.send_dialog(desk, look)
    expect(desk.locator(".mid")).to_contain_text("三次去电无人接听")
    assert fresh(request).exempt_reason == ""
    desk.goto(desk.url.split("/desk/")[0] + reverse("desk:approvals") + "?box=proposed")
    expect(desk.locator("main")).to_contain_text(request.code)
    look(desk)

    other = open_page(visit, look, cast.colleague, reverse("desk:approvals"), **mode)
    expect(other.locator("main li")).to_contain_text("三次去电无人接听")
    other.locator("main a.btn.main").click()
    other.wait_for_url("**/do/approve/**")
    look(other)
    other.locator(".verb-form .btn.main").click()
    other.wait_for_url(f"**{at_desk(request)}**")
    look(other)
    assert fresh(request).exempt_reason == "unreachable"
    other.goto(other.url.split("/desk/")[0] + reverse("desk:approvals") + "?box=decided")
    expect(other.locator("main")).to_contain_text(request.code)
    look(other)


@pytest.mark.parametrize("mode", [DESKTOP, PHONE])
def test_a_unit_asks_for_more_time_and_reads_that_it_was_approved(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    units, look = Units(cast), Look(mode["language"])
    request, due = units.referred(), timezone.localtime() + timedelta(days=40)
    page = reverse("unit:request", args=[request.pk])
    officer = open_page(visit, look, units.officer, page, **mode)
    form = officer.locator("details.card", has=officer.locator("[name=due_at]"))
    form.locator("summary").click()
    look(officer)
    form.locator(".btn").click()  # without a reason
    officer.wait_for_url("**/more-time/")
    expect(form.locator(".field-error")).to_be_visible()
    look(officer)
    form.locator("[name=due_at]").fill(f"{due:%Y-%m-%dT%H:%M}")
    form.locator("[name=reason]").fill("灯头缺货，厂家月底发货。")
    form.locator(".btn").click()
    officer.wait_for_url(f"**{page}")
    expect(officer.locator("main")).to_contain_text("灯头缺货，厂家月底发货。")
    expect(form).to_have_count(0)
    look(officer)

    desk = open_page(visit, look, cast.colleague, reverse("desk:approvals"), **mode)
    desk.locator("main a.btn.main").click()
    desk.wait_for_url("**/do/approve/**")
    desk.locator(".verb-form .btn.main").click()
    desk.wait_for_url(f"**{at_desk(request)}**")
    officer.reload()
    expect(officer.locator("main")).to_contain_text(words(mode, "已批准", "Approved"))
    look(officer)
    assert f"{timezone.localtime(Referral.objects.get().due_at):%Y-%m-%d %H:%M}" == f"{due:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_for_more_time_is_large_in_elder_mode(visit: Visit, cast: Cast, language: str) -> None:
    units = Units(cast)
    request = units.referred()
    officer = visit(user=units.officer, elder=True, language=language)
    page = officer.go(reverse("unit:request", args=[request.pk]))
    form = page.locator("details.card", has=page.locator("[name=due_at]"))
    form.locator("summary").click()
    controls = form.locator("summary, [name=due_at], textarea, .btn")
    expect(controls).to_have_count(4)
    heights = controls.evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
    assert min(heights) >= 59.5, heights
    page.evaluate(pages.CHECKS.read_text())
    assert page.evaluate("pageChecks.stickingOut()") == []
