"""The queue as a map: switched to, looked at closely, requests opened by press and by keyboard, candidates shown."""

import sys
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from civic.lib import clock
from requests_app.models import ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import SOUTH, WEST, Cast
from tests.copies import fill

Visit = Callable[..., Visitor]
LATE, REST, WHO = (200, 16, 46), (86, 100, 122), (26, 95, 180)  # the colours of the marks by day
MODES = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param({"width": 1440, "language": "en", "dark": True}, id="desktop-english-dark"),
    pytest.param({"width": 1440, "elder": True}, id="desktop-elder"),
    pytest.param({"width": 390, "dark": True}, id="phone-dark"),
    pytest.param({"width": 360, "language": "en"}, id="phone-english-360"),
]
# Where the pixels of one colour are on the canvas, on average and in the page, and how many they are.
PAINTED = """([red, green, blue]) => {
    const canvas = document.querySelector(".map-marks"), box = canvas.getBoundingClientRect();
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0, x = 0, y = 0;
    for (let i = 0; i < data.length; i += 4)
        if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255)
            { count += 1; x += i / 4 % canvas.width; y += Math.floor(i / 4 / canvas.width); }
    return { count, x: box.left + x / count, y: box.top + y / count };
}"""
ZOOM = "JSON.parse(sessionStorage.getItem('desk-map-at'))[2]"
FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
# From a key on the map to the frame after the one that it changed.
TIME_A_KEY = """key => new Promise((done) => {
    const began = performance.now();
    const code = { ArrowRight: 39, ArrowLeft: 37 }[key], box = document.querySelector("[data-desk-map]");
    box.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode: code, bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
})"""
OPEN, FRAME_MS, SHOWN_MS = 10_000, 100, 5000


def as_map(visitor: Visitor, path: str) -> Page:
    """Opens a page of the desk in a browser that wants the map, and waits until its points are there."""
    visitor.context.add_cookies([{"name": "desk_view", "value": "map", "url": f"{visitor.base}/desk/"}])
    page = visitor.go(path)
    expect(page.locator("[data-map-told]")).to_contain_text("2")
    page.evaluate(FRAME)
    return page


def painted(page: Page, colour: tuple[int, int, int]) -> dict[str, Any]:
    """Returns where a colour is on the map: count, x, y."""
    page.evaluate(FRAME)
    return dict(page.evaluate(PAINTED, list(colour)))


def press(page: Page, colour: tuple[int, int, int]) -> None:
    """Presses the only mark of a colour."""
    at = painted(page, colour)
    page.mouse.click(at["x"], at["y"])


def move_to(page: Page, title: str, key: str) -> None:
    """Moves the map by an arrow key until the ring is on the request with this title."""
    under = page.locator("[data-map-under]")
    for _step in range(25):
        if under.inner_text() == title:
            return
        page.keyboard.press(key)
    expect(under).to_have_text(title)


def two_requests(cast: Cast) -> tuple[ServiceRequest, ServiceRequest]:
    """Returns one that is late and one that is not, some 700 m to its east."""
    late, other = cast.place(title="西边的"), cast.place(title="东边的", lon=WEST + 0.013)
    ServiceRequest.objects.filter(pk=late.pk).update(act_by=clock.now() - timedelta(hours=1))
    return late, other


def test_one_switches_to_the_map_zooms_and_opens_requests_by_press(visit: Visit, cast: Cast) -> None:
    _late, other = two_requests(cast)
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=open")
    expect(page.locator("#case-title")).to_have_text("西边的")
    page.keyboard.press("v")
    expect(page.locator("[data-map-told]")).to_have_text("地图上 2 件 · 1 件超期")
    expect(page.locator(".view-q [data-view=map]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-row]").first).to_be_hidden()
    expect(page.locator(".mini-map")).to_be_hidden()
    expect(page.locator("#case-title")).to_have_text("西边的")
    press(page, REST)
    expect(page.locator("#case-title")).to_have_text("东边的")
    page.wait_for_url(f"**/desk/requests/{other.pk}/?tab=open")
    press(page, LATE)
    expect(page.locator("#case-title")).to_have_text("西边的")
    page.locator(".leaflet-control-zoom-in").click()
    before = page.evaluate(ZOOM)
    page.locator(".leaflet-control-zoom-out").click()
    assert page.evaluate(ZOOM) == before - 1
    page.reload()
    expect(page.locator("#case-title")).to_have_text("西边的")
    assert page.evaluate(ZOOM) == before - 1  # one stays where one has moved to
    page.locator("[data-view=list]").first.click()
    expect(page.locator("[data-row]").first).to_be_visible()
    expect(page.locator("[data-desk-map]")).to_have_count(0)


def test_a_request_beyond_the_first_page_of_the_list_is_opened_too(visit: Visit, cast: Cast) -> None:
    far = cast.place(title="东边的", lon=WEST + 0.013)
    fill(cast.place(title="西边的"), 60)
    ServiceRequest.objects.filter(pk=far.pk).update(act_by=clock.now() + timedelta(days=30))
    visitor = visit(width=1440, user=cast.dispatcher)
    page = as_map(visitor, "/desk/?tab=open")
    expect(page.locator("#case-title")).to_have_text("西边的")
    assert page.locator(f"[data-row='{far.pk}']").count() == 0
    page.locator("#f-urgency").focus()
    page.keyboard.press("Tab")
    move_to(page, "东边的", "ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_have_text("东边的")
    page.wait_for_url(f"**/desk/requests/{far.pk}/?tab=open")


def test_requests_are_found_and_opened_by_keyboard_alone(visit: Visit, cast: Cast) -> None:
    two_requests(cast)
    page = as_map(visit(width=1440, user=cast.dispatcher), "/desk/?tab=open")
    expect(page.locator("#case-title")).to_have_text("西边的")
    page.keyboard.press("1")  # Enter on the map must not ask whoever is chosen
    page.locator("#f-urgency").focus()
    page.keyboard.press("Tab")
    expect(page.locator("[data-desk-map]")).to_be_focused()
    for key, title in (("ArrowRight", "东边的"), ("ArrowLeft", "西边的")):
        move_to(page, title, key)
        page.keyboard.press("Enter")
        expect(page.locator("#case-title")).to_have_text(title)
    assert not ServiceRequest.objects.exclude(state="submitted").exists()
    check_page(page)


def test_candidates_are_numbered_and_light_up_while_pointed_at(visit: Visit, cast: Cast) -> None:
    two_requests(cast)
    page = as_map(visit(width=1440, user=cast.dispatcher), "/desk/?tab=open")
    expect(page.locator("#case-title")).to_have_text("西边的")
    expect(page.locator(".cand")).to_have_count(3)
    page.locator("[data-map-fit=case]").click()
    page.mouse.move(700, 5)
    calm = painted(page, WHO)["count"]
    assert calm > 300
    page.locator(".cand").nth(1).hover()
    assert painted(page, WHO)["count"] > calm * 1.2
    page.mouse.move(700, 5)
    assert painted(page, WHO)["count"] == calm
    page.locator(".cand input").nth(2).focus()
    assert painted(page, WHO)["count"] > calm * 1.2
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    assert painted(page, WHO)["count"] < calm * 0.8  # one of three is chosen and red


def test_several_at_one_place_are_listed_and_chosen_by_keyboard(visit: Visit, cast: Cast) -> None:
    cast.place(title="先来的")
    cast.place(title="后来的")
    page = as_map(visit(width=1440, user=cast.dispatcher), "/desk/?tab=open")
    expect(page.locator("#case-title")).to_have_text("先来的")
    page.locator("#f-urgency").focus()
    page.keyboard.press("Tab")
    expect(page.locator("[data-map-under]")).to_have_text("先来的 + 1")
    page.keyboard.press("Enter")
    expect(page.locator(".map-list button")).to_have_text(["先来的", "后来的"])
    expect(page.locator(".map-list button").first).to_be_focused()
    check_page(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_have_text("后来的")
    expect(page.locator(".map-list")).to_have_count(0)


def test_requests_without_a_place_are_counted_and_lead_to_the_list(visit: Visit, cast: Cast) -> None:
    two_requests(cast)
    cast.place(title="没有位置的", lat=None, lon=None)
    page = as_map(visit(width=1440, user=cast.colleague), "/desk/?tab=open")
    page.locator("[data-map-unplaced] button", has_text="1 件没有位置").click()
    expect(page.locator("[data-row]", has_text="没有位置的")).to_be_visible()


def test_a_new_request_appears_on_the_map(visit: Visit, cast: Cast) -> None:
    two_requests(cast)
    page = as_map(visit(width=1440, user=cast.dispatcher), "/desk/?tab=open")
    before = painted(page, REST)["count"]
    cast.place(title="北边的", lat=SOUTH + 0.008, lon=WEST + 0.01)
    page.eval_on_selector("[data-desk-map]", "part => part.dispatchEvent(new Event('poll:now'))")
    expect(page.locator("[data-map-told]")).to_contain_text("3")
    assert painted(page, REST)["count"] > before * 1.5


def test_on_a_phone_the_map_leads_to_the_request_and_back(visit: Visit, cast: Cast) -> None:
    two_requests(cast)
    page = as_map(visit(user=cast.dispatcher), "/desk/?tab=open")
    page.locator("[data-desk-map]").scroll_into_view_if_needed()
    press(page, REST)
    expect(page.locator("#case-title")).to_have_text("东边的")
    expect(page.locator("[data-desk-map]")).to_be_hidden()
    expect(page.locator(".mini-map")).to_be_visible()
    page.locator(".back-q").click()
    expect(page.locator("[data-desk-map]")).to_be_visible()
    expect(page.locator("[data-map-told]")).to_contain_text("2")


def test_without_javascript_there_is_the_list(visit: Visit, cast: Cast) -> None:
    two_requests(cast)
    visitor = visit(width=1440, user=cast.dispatcher, scripts=False)
    visitor.context.add_cookies([{"name": "desk_view", "value": "map", "url": f"{visitor.base}/desk/"}])
    page = visitor.go("/desk/?tab=open")
    expect(page.locator("[data-row]").first).to_be_visible()
    expect(page.locator(".map-q")).to_be_hidden()
    expect(page.locator(".view-q")).to_be_hidden()


@pytest.mark.parametrize("mode", MODES)
def test_the_map_bears_a_look(visit: Visit, cast: Cast, mode: dict[str, Any]) -> None:
    two_requests(cast)
    page = as_map(visit(user=cast.dispatcher, **mode), "/desk/?tab=open")
    if mode["width"] > 1100:
        expect(page.locator("#case-title")).to_be_visible()
    check_page(page)


@pytest.mark.alone
def test_ten_thousand_requests_stay_smooth(visit: Visit, cast: Cast) -> None:
    spread = {"lat": "row.lat + 0.03 * mod(n, 97) / 97", "lon": "row.lon + 0.03 * mod(n, 89) / 89"}
    fill(cast.place(), OPEN - 1, **spread)
    visitor = visit(width=1440, user=cast.colleague)
    page = visitor.go("/desk/?tab=open")
    visitor.context.add_cookies([{"name": "desk_view", "value": "map", "url": f"{visitor.base}/desk/"}])
    page.reload()
    expect(page.locator("[data-map-told]")).to_contain_text(str(OPEN))
    page.evaluate(FRAME)
    shown = page.evaluate("performance.now()")
    keys = [page.evaluate(TIME_A_KEY, key) for key in ("ArrowRight", "ArrowLeft") for _turn in range(15)]
    page.locator(".leaflet-control-zoom-in").click()
    keys += [page.evaluate(TIME_A_KEY, key) for key in ("ArrowRight", "ArrowLeft") for _turn in range(15)]
    sys.stdout.write(f"\nmap of {OPEN}: shown after {shown:.0f} ms, a step {median(keys):.0f} ms\n")
    assert shown < SHOWN_MS
    assert median(keys) < FRAME_MS
