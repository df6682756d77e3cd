"""What stays in sight beside each other at the desk: buttons, what was just done, hints in fields."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from requests_app import actions
from requests_app.models import Pool
from tests.browser.conftest import Visitor
from tests.cast import Cast

Visit = Callable[..., Visitor]
FREE = (".act", ".cands", ".desk-bar", "#many")
TOLD = "document.dispatchEvent(new CustomEvent('civic:toast', {detail: {value: 'Done', tone: 'error'}}))"

# Names the fields whose hint is wider than their room for it.
CUT_OFF = """() => [...document.querySelectorAll("input[placeholder]")].filter(field => {
    if (!field.checkVisibility()) return false;
    const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return pen.measureText(field.placeholder).width > room;
}).map(field => field.id)"""


def box(found: Locator) -> dict[str, Any]:
    """Returns where something stands; what is not shown stands nowhere."""
    return dict(found.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0})


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two boxes share a point."""
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


def assert_told_aside(page: Page, columns: dict[str, Any]) -> None:
    """Fails where the toast has moved the columns or lies over something to be pressed."""
    toast = box(page.locator(".toast"))
    assert box(page.locator(".cols")) == columns
    assert [name for name in FREE if overlap(toast, box(page.locator(name)))] == []
    assert overlap(toast, box(page.locator("#queue-pane")))


def test_what_was_done_is_told_over_the_queue_and_nothing_moves(visit: Visit, cast: Cast) -> None:
    request = cast.place()
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/?tab=open")
    columns = box(page.locator(".cols"))
    page.keyboard.press("p")
    expect(page.locator(".toast .toast-act")).to_be_in_viewport(ratio=1)
    assert_told_aside(page, columns)
    page.locator(".toast [data-toast-close]").click()
    page.keyboard.press("x")
    expect(page.locator("#many")).to_be_visible()
    page.evaluate(TOLD)
    expect(page.locator(".toast")).to_be_visible()
    assert_told_aside(page, columns)


def test_undo_says_of_which_request_it_is_and_its_key_stays_with_it(visit: Visit, cast: Cast) -> None:
    request, other = cast.place(title="搬一张床"), cast.place(title="修水龙头")
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/?tab=open")
    page.keyboard.press("p")
    undo = page.locator(".toast .toast-act")
    expect(undo).to_have_attribute("data-key", "u")
    page.locator(f"[data-row='{other.pk}'] > a").click()
    expect(page.locator("#case-title")).to_have_text(other.title)
    expect(page.locator(".toast")).to_contain_text(request.title)
    expect(undo).not_to_have_attribute("data-key", "u")
    page.keyboard.press("u")
    assert Pool.objects.filter(request=request, state="open").exists()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        undo.click()
    assert not Pool.objects.filter(request=request, state="open").exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_steps_of_a_request_stay_in_sight_however_long_it_is(
    visit: Visit, cast: Cast, language: str
) -> None:
    request = cast.completed(text="家里的水龙头又漏了。\n" * 25)
    request = actions.act(request, "rate", actor=cast.resident, solved="no", stars=2)
    page = visit(width=1440, language=language, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
    button, pane = page.locator(".act [data-offer-send]"), page.locator(".mid")
    for down in (0, 200, 400):
        pane.evaluate("(pane, down) => { pane.scrollTop = down; }", down)
        expect(button).to_be_in_viewport(ratio=1)
    pane.evaluate("pane => { pane.scrollTop = pane.scrollHeight; }")
    assert (
        box(page.locator(".act"))["y"] + box(page.locator(".act"))["height"] < 900
    )  # its own place, not the foot


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_hint_in_a_field_is_cut_off(visit: Visit, cast: Cast, width: int, language: str) -> None:
    request = cast.place()
    page = visit(width=width, language=language, user=cast.dispatcher).go("/desk/")
    assert page.evaluate(CUT_OFF) == []
    page.goto(page.url.split("/desk/")[0] + f"/desk/requests/{request.pk}/")
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
def test_the_menu_of_a_request_is_whole(visit: Visit, cast: Cast, language: str, elder: bool) -> None:
    request = cast.offered(cast.volunteer)
    page = visit(width=1440, language=language, elder=elder, user=cast.dispatcher).go(
        f"/desk/requests/{request.pk}/"
    )
    page.locator(".act .menu > summary").click()
    menu, pane = box(page.locator(".act .menu-list")), box(page.locator(".mid"))
    assert menu["x"] >= pane["x"]
    assert menu["x"] + menu["width"] <= pane["x"] + pane["width"]
    assert elder or not overlap(menu, box(page.locator(".cands")))


HEAD = """() => ["find-words", "keys"].map(id => Boolean(document.getElementById(id)))
    .concat(Math.round(document.querySelector(".desk-nav").getBoundingClientRect().left))"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_the_desk_has_the_same_head(visit: Visit, cast: Cast, language: str) -> None:
    page = visit(width=1440, language=language, user=cast.dispatcher).go("/desk/")
    head, base = page.evaluate(HEAD), page.url.split("/desk/")[0]
    assert head[:2] == [True, True]
    for path in ("today", "plan", "alike", "volunteers", "approvals", "imports", "new"):
        page.goto(f"{base}/desk/{path}/")
        assert page.evaluate(HEAD) == head, path


def test_the_phone_rings_on_any_page_of_the_desk(visit: Visit, cast: Cast) -> None:
    cast.place(title="找得到的一件")
    page = visit(width=1440, user=cast.dispatcher).go("/desk/plan/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("找得到")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/?q=*")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.goto(page.url.split("/desk/")[0] + "/desk/today/")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/new/")


@pytest.mark.parametrize("width", [360, 1440])
def test_large_text_is_larger_and_no_title_of_the_queue_is_cut_off(
    visit: Visit, cast: Cast, width: int
) -> None:
    cast.place(title="电梯坏了好几天，老人下不了楼，请派人来看看")
    sizes = []
    for elder in (False, True):
        page = visit(width=width, elder=elder, user=cast.dispatcher).go("/desk/?tab=open")
        title = page.locator("[data-row] .t").first
        sizes.append(title.evaluate("each => parseFloat(getComputedStyle(each).fontSize)"))
    assert sizes[1] >= 1.4 * sizes[0]
    assert title.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == width
