"""What stays in sight beside each other at the desk: buttons, what was just done, hints in fields."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from requests_app import actions
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
