"""Steps on many requests at the desk, chosen by key and by mouse, and taking back what was just done."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from requests_app import actions
from requests_app.models import ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param({"width": 390, "language": "en", "dark": True}, id="phone-english-dark"),
]


def states() -> dict[str, str]:
    """Returns the state of every request by its title."""
    return dict(ServiceRequest.objects.values_list("title", "state"))


def count(page: Page) -> str:
    """Returns how many the bar says are chosen."""
    return page.locator("[data-bulk-count]").inner_text()


def test_three_requests_go_into_the_pool_by_keyboard_alone_and_come_back_by_undo(
    visit: Visit, cast: Cast
) -> None:
    for title in ("第一件", "第二件", "第三件", "第四件"):
        cast.place(title=title)
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    expect(page.locator("#case-title")).to_have_text("第一件")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#case-title")).to_have_text("第三件")
    page.keyboard.press("Shift+X")  # everything from the first on
    expect(page.locator("[data-bulk-count]")).to_have_text("3")
    check_page(page)
    page.keyboard.press("p")
    expect(page.locator("#verb form")).to_contain_text("3 件")
    page.locator("#verb [name=public_summary]").press_sequentially("请帮忙跑腿")
    page.keyboard.press("Enter")
    expect(page.locator("#verb")).to_contain_text("3 件成功")
    offered = {"第一件": "offered", "第二件": "offered", "第三件": "offered", "第四件": "submitted"}
    assert states() == offered
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("u")
    expect(page.locator("#verb")).to_contain_text("撤销")
    expect(page.locator("#verb button", has_text="撤销")).to_have_count(0)
    assert set(states().values()) == {"submitted"}
    page.keyboard.press("Escape")
    expect(page.locator("#verb")).to_be_hidden()


def test_u_takes_back_the_step_just_done(visit: Visit, cast: Cast) -> None:
    cast.place(title="第一件")
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    expect(page.locator("#case-title")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the request that opened by itself is in htmx's hands
    page.keyboard.press("p")
    expect(page.locator(".toast-act")).to_be_visible()
    assert states() == {"第一件": "offered"}
    check_page(page)
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_have_text("已撤销。")
    expect(page.locator(".head-case")).to_contain_text("待派单")
    assert states() == {"第一件": "submitted"}


def test_the_mouse_chooses_a_range_and_what_was_refused_stays_chosen(visit: Visit, cast: Cast) -> None:
    requests = [cast.place(title=f"第{n}件") for n in range(1, 5)]
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    expect(page.locator("#case-title")).to_be_visible()
    picks = page.locator("[data-pick]")
    picks.nth(0).click()
    picks.nth(3).click(modifiers=["Shift"])
    assert count(page) == "4"
    picks.nth(1).click()
    assert count(page) == "3"
    actions.act(requests[2], "offer", actor=cast.colleague, volunteers=[cast.third.pk])
    page.locator("[data-bulk-do][data-key=d]").click()
    page.locator("#verb label", has_text=re.compile("不安全|风险|危险")).first.click()
    page.fill("#verb [name=text]", "请拨打 12345。")
    page.locator("#verb .btn.main").click()
    expect(page.locator(".many-results").first).to_contain_text("派单给赵强")
    check_page(page)
    assert states() == {"第1件": "rejected", "第2件": "submitted", "第3件": "offered", "第4件": "rejected"}
    page.locator("#verb .btn.main").click()
    assert count(page) == "1"
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_the_chosen_ones_stay_chosen_when_the_list_is_drawn_anew(visit: Visit, cast: Cast) -> None:
    cast.place(title="先来的")
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=open")
    expect(page.locator("#case-title")).to_be_visible()
    page.keyboard.press("x")
    cast.place(actor=cast.neighbour, title="后来的", urgency="urgent")
    page.eval_on_selector("#queue", "part => part.dispatchEvent(new Event('poll:now'))")
    page.locator("[data-queue-show]").click()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator(".picked .t")).to_have_text("先来的")
    assert count(page) == "1"
    page.locator("[data-bulk-all]").click()
    assert count(page) == "2"


def test_without_scripts_the_chosen_ones_go_to_a_page(visit: Visit, cast: Cast) -> None:
    cast.place(title="第一件")
    cast.place(title="第二件")
    page = visit(width=1280, user=cast.dispatcher, scripts=False).go("/desk/?tab=new")
    for n in range(2):
        page.locator("[data-pick]").nth(n).check()
    page.locator("[data-bulk-do][data-key=p]").click()
    page.locator(".verb-form .btn.main").click()
    expect(page.locator(".verb-page")).to_contain_text("2 件成功")
    page.locator(".verb-page button", has_text="撤销").click()
    expect(page.locator(".verb-page")).to_contain_text("2 件成功")
    assert states() == {"第一件": "submitted", "第二件": "submitted"}


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_choosing_asking_and_results_bear_a_look(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    requests = [cast.place(title=f"第{n}件") for n in range(1, 7)]
    page = visit(user=cast.dispatcher, **mode).go("/desk/?tab=new")
    picks = page.locator("[data-pick]")
    picks.nth(0).click()
    picks.nth(5).click(modifiers=["Shift"])
    check_page(page)
    for key in ("a", "z", "d", "p"):
        page.locator(f"[data-bulk-do][data-key={key}]").click()
        expect(page.locator("#verb form")).to_be_visible()
        check_page(page)
        if key != "p":
            page.locator("#verb [data-dialog-close]").click()
    actions.act(requests[0], "offer", actor=cast.colleague, volunteers=[cast.third.pk])
    page.locator("#verb .btn.main").click()
    expect(page.locator(".many-results").first).to_be_visible()
    check_page(page)
