"""What renews itself at the desk while somebody reads: the panel of a request, and rows that leave a list."""

from collections.abc import Callable

from playwright.sync_api import expect

from requests_app import actions
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.browser.people import poll_now
from tests.cast import Cast

Visit = Callable[..., Visitor]


def test_what_changes_while_something_is_open_is_told_and_shown_on_closing(visit: Visit, cast: Cast) -> None:
    request = cast.offered()
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
    live, why = f"#live-{request.pk}", page.locator(".why-asked summary")
    why.click()
    expect(page.locator(".why-asked[open]")).to_be_visible()
    actions.act(request, "accept", actor=cast.volunteer.user)
    poll_now(page, live)
    expect(page.locator("#case-now")).to_contain_text("已接单")  # the header has nothing to fold
    expect(page.locator("[data-held]")).to_be_visible()
    expect(page.locator(live)).not_to_contain_text("在此期间")  # nothing moves under the reader
    expect(page.locator(".why-asked[open]")).to_be_visible()
    check_page(page)
    poll_now(page, live)  # nothing newer: what is held stays held
    why.click()
    expect(page.locator(live)).to_contain_text("在此期间")
    expect(page.locator(live)).to_contain_text("1/1")
    expect(page.locator("[data-held]")).to_be_hidden()
    expect(page.locator(".why-asked summary")).to_be_focused()


def test_what_stands_open_by_itself_keeps_nothing_from_being_shown(visit: Visit, cast: Cast) -> None:
    request = actions.act(cast.offered(), "decline_offer", actor=cast.volunteer.user)
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
    expect(page.locator("details.gone[open] .people")).to_be_visible()
    actions.act(request, "offer", actor=cast.colleague, volunteers=[cast.second.pk])
    poll_now(page, f"#live-{request.pk}")
    expect(page.locator(f"#live-{request.pk}")).to_contain_text("刘芳")


def test_a_row_that_only_left_the_tab_says_how_it_stands_now(visit: Visit, cast: Cast) -> None:
    gone, stays = cast.place(title="派出去的"), cast.place(actor=cast.neighbour, title="还在的")
    page = visit(width=1440, user=cast.colleague).go("/desk/?tab=new")
    expect(page.locator("#case-title")).to_be_visible()
    actions.act(gone, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    poll_now(page, "#queue")
    row = page.locator(f"[data-row='{gone.pk}'].gone-li")
    expect(row).to_contain_text("派单中")
    expect(row).to_contain_text("接单")
    assert row.locator(".t").evaluate("title => getComputedStyle(title).textDecorationLine") == "none"
    expect(page.locator(f"[data-row='{stays.pk}'].gone-li")).to_have_count(0)
    check_page(page)
