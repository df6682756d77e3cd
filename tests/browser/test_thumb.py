"""The volunteer's pages under a thumb: a double tap, what the tab bar says, what stands across the red head."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from civic.lib import clock
from requests_app import actions
from requests_app.models import Assignment, Offer
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.browser.test_phone import open_app, wait
from tests.cast import Cast

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 390}, id="phone"),
    pytest.param({"width": 360, "elder": True}, id="elder-360"),
    pytest.param({"width": 360, "elder": True, "language": "en"}, id="elder-english-360"),
]
TAP_MS = 60
SETTLED_MS = 900  # static/js/v_decline.js takes no tap for 600
# What a tap at a point would reach: "yes", "summary", "reason" or "".
REACHED = """([x, y]) => {
  const hit = document.elementFromPoint(x, y);
  const kinds = { yes: ".yes", summary: ".not-now > summary", reason: ".reasons button" };
  return Object.keys(kinds).find((kind) => hit?.closest(kinds[kind])) ?? "";
}"""
# The words of the tab bar that stand on more than one line.
BROKEN = """() => [...document.querySelectorAll(".tabs a")].flatMap((tab) => {
  const text = [...tab.childNodes].find((node) => node.nodeType === 3 && node.textContent.trim());
  return [...text.textContent.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1;
  }).map(([word]) => word);
})"""


def middle_of(page: Page, selector: str) -> tuple[float, float]:
    """Returns the middle of the first such element, in the window."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("mode", MODES)
def test_a_double_tap_on_not_now_answers_nothing(visit: Visit, cast: Cast, mode: dict[str, Any]) -> None:
    request = cast.offered()
    page = visit(**mode, user=cast.volunteer.user).go(reverse("v:home"))
    page.locator(".not-now > summary").scroll_into_view_if_needed()
    finger = middle_of(page, ".not-now > summary")
    page.mouse.dblclick(
        *finger, delay=TAP_MS
    )  # by itself, so that the second comes soon on a slow machine, too
    expect(page.locator(".not-now[open] .reasons button").first).to_be_visible()
    page.wait_for_timeout(SETTLED_MS)
    assert page.evaluate(REACHED, finger) != "yes"
    assert Offer.objects.get(request=request).state == "open"
    assert not Assignment.objects.exists()
    last = middle_of(page, ".reasons button:last-child")
    assert page.evaluate(REACHED, last) == "reason", "the reasons lie under the tab bar"
    check_page(page)


def test_closing_the_reasons_brings_yes_back(visit: Visit, cast: Cast) -> None:
    cast.offered()
    page = visit(user=cast.volunteer.user).go(reverse("v:home"))
    page.locator(".not-now > summary").click()
    expect(page.locator(".answer .yes")).to_be_hidden()
    page.wait_for_timeout(SETTLED_MS)
    page.locator(".not-now > summary").click()
    expect(page.locator(".answer .yes")).to_be_visible()


@pytest.mark.parametrize("mode", MODES)
def test_no_word_of_the_tab_bar_is_broken(visit: Visit, cast: Cast, mode: dict[str, Any]) -> None:
    page = visit(**mode, user=cast.volunteer.user).go(reverse("v:tasks"))
    assert page.evaluate(BROKEN) == []
    check_page(page)


def test_what_is_under_way_is_read_without_network_whatever_its_day(visit: Visit, cast: Cast) -> None:
    request = cast.in_service(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    visitor = open_app(visit, cast)
    page = visitor.page
    visitor.offline(True)
    page.reload()
    page.locator(".task-line").click()
    expect(page.locator("main")).to_contain_text(request.address)
    page.locator(".dock .btn.main").click()
    expect(page.locator("input[name=minutes]")).to_be_visible()


@pytest.mark.parametrize("mode", MODES)
def test_what_waits_for_the_network_is_said_where_no_page_is_kept(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    request = cast.accepted(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    visitor = visit(user=cast.volunteer.user, **mode, worker=True)
    wait(visitor.go(reverse("v:tasks")), "navigator.serviceWorker.controller")
    page = visitor.go(reverse("v:check_in", args=[request.pk]))
    visitor.offline(True)
    page.fill("[name=code]", request.check_in_code)
    page.locator(".dock .btn.main").click()
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    expect(page.locator(".empty")).to_be_visible()
    expect(page.locator(".outbox li")).to_have_count(1)
    check_page(page)
    visitor.offline(False)
    expect(page.locator("main")).to_contain_text(
        request.address
    )  # it went, and the page of the task is there
    assert Assignment.objects.get(request=request).state == "in_service"


def test_the_heading_of_the_pool_brings_its_own_ground_on_the_red_head(visit: Visit, cast: Cast) -> None:
    request = cast.place(preferred_start=clock.now() + timedelta(days=4), preferred_end=None)
    actions.act(request, "offer", actor=cast.dispatcher, pool=True, agreed_start=request.preferred_start)
    page = visit(user=cast.volunteer.user).go(reverse("v:home"))
    heading = page.locator("#offers > h2")
    ground, head = heading.evaluate(
        "(e) => [e, document.querySelector('.v-top')].map((it) => getComputedStyle(it).backgroundColor)"
    )
    assert ground not in {"rgba(0, 0, 0, 0)", head}
    check_page(page)
