"""The dry run of other weights, in a browser: tried, read and put in force."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from civic.accounts.enums import Role
from requests_app.models import MatchingWeights
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]


@pytest.mark.full
@pytest.mark.parametrize(
    "mode",
    [
        pytest.param({"width": 1440}, id="desktop"),
        pytest.param({"width": 390, "language": "en", "dark": True}, id="phone-english-dark"),
    ],
)
def test_weights_are_tried_and_put_in_force(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    cast.closed(cast.second)
    chief = cast.staff("市管", "+8613800000043", Role.ADMIN, cast.city)
    chief.language = str(mode.get("language", "zh-hans"))
    chief.save()
    page = visit(user=chief, **mode).go("/desk/trial/")
    check_page(page)
    page.fill("[name=skill]", "77")
    page.locator("form[method=get] .btn.main").click()
    expect(page.locator(".tr-table tbody tr")).to_have_count(7)
    check_page(page)
    page.locator(".tr-use .btn").click()
    page.locator("#confirm button[value=yes]").click()
    expect(page.locator(".toast")).to_be_visible()
    assert MatchingWeights.objects.get().skill == 77
