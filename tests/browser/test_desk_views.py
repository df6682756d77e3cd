"""Views of the queue: kept from its head, chosen with one press, deleted after a question."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from requests_app.actions import saved_views
from requests_app.models import SavedView
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]


@pytest.mark.full
@pytest.mark.parametrize(
    "mode",
    [
        pytest.param({"width": 1440}, id="desktop"),
        pytest.param({"width": 390, "dark": True}, id="phone-dark"),
    ],
)
def test_a_view_is_kept_chosen_and_deleted(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    cast.place(title="很急的", urgency="urgent")
    cast.place(title="不急的")
    saved_views.keep(cast.colleague, name="待分类的", query="tab=triage", area_id=cast.district.pk)
    page = visit(user=cast.dispatcher, **mode).go("/desk/?tab=open&urgency=urgent")
    menu = page.locator(".views-q")
    menu.locator("summary").click()
    expect(menu).to_contain_text("待分类的")
    page.fill(".keep-view [name=name]", "急件")
    check_page(page)
    menu.locator(".keep-view button").click()
    expect(page.locator(".toast")).to_contain_text("急件")
    expect(menu.locator("summary")).to_contain_text("急件")
    page.goto(page.url.split("?")[0] + "?tab=open")
    expect(page.locator("[data-row]")).to_have_count(2)
    menu.locator("summary").click()
    menu.locator("a", has_text="急件").click()
    expect(page.locator("[data-row] .t")).to_have_text(["很急的"])
    menu.locator("summary").click()
    menu.locator("li button").click()
    page.locator("#confirm button[value=yes]").click()
    expect(page.locator(".toast")).to_contain_text("已删除")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["待分类的"]
