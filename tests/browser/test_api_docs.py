"""The documentation of the API in a browser: drawn and tried out under the strict policy."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.cast import Cast


@pytest.mark.full
@pytest.mark.parametrize("width", [390, 1440])
def test_the_documentation_lists_the_verbs_and_can_be_tried_out(
    visit: Callable[..., Any], cast: Cast, width: int
) -> None:
    page = visit(width=width, user=cast.resident).go("/api/docs/")
    listed = page.locator(".opblock-summary-path")
    expect(listed.first).to_be_visible()
    assert listed.count() >= 30
    block = page.locator("#operations-categories-categories_retrieve")
    block.locator(".opblock-summary").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table td.response-col_status").last).to_contain_text("200")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
