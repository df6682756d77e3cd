"""Requests that look alike, in a browser: ten about one lift joined in three clicks, and a project proposed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from requests_app.models import ServiceProject, ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast
from tests.requests_app.alike.test_groups import LIFT, place

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param({"width": 1440, "language": "en", "dark": True}, id="english-dark"),
    pytest.param({"width": 390}, id="phone"),
]


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_every_page_of_it_bears_being_looked_at(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    cast.dispatcher.language = str(mode.get("language", "zh-hans"))
    cast.dispatcher.save()
    for words in (
        *LIFT,
        ("空调坏了", "活动室空调坏了，太热了。"),
        ("空调坏了", "活动室的空调坏了，没法待。"),
    ):
        place(cast, words)
    visitor = visit(user=cast.dispatcher, **mode)
    page = visitor.go("/desk/alike/")
    expect(page.locator(".al-group")).to_have_count(2)
    page.locator(".al-project summary").first.click()
    check_page(page)
    page.locator(".al-group").first.locator(".al-title .btn").click()
    page.wait_for_url("**/desk/projects/*/")
    check_page(page)
    check_page(visitor.go("/desk/projects/"))
    page = visitor.go("/desk/alike/")
    page.locator(".al-group [formaction$='/apart/']").click()
    expect(page.locator(".al-group")).to_have_count(0)
    page.locator(".al-apart summary").click()
    check_page(page)
    assert ServiceProject.objects.get().requests.count() == len(LIFT)


@pytest.mark.full
def test_ten_about_one_lift_are_one_after_three_clicks(visit: Visit, cast: Cast) -> None:
    for n in range(10):
        place(cast, LIFT[n % len(LIFT)])
    page = visit(width=1440, user=cast.dispatcher).go("/desk/")
    page.locator(".desk-nav ul a[href='/desk/alike/']").click()
    page.locator(".al-acts .btn.main").click()
    expect(page.locator(".many-results li")).to_have_count(9)
    check_page(page)
    assert ServiceRequest.objects.filter(state="merged").count() == 9
