"""At a browser: a wording is edited while its preview follows, a dead text message is sent again, wishes are kept."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from civic.accounts.enums import Role
from civic.notify import deliver, templates
from civic.notify.models import Message, Preference
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param(
        {"width": 390, "language": "en", "dark": True}, id="phone-english-dark", marks=pytest.mark.full
    ),
]


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_a_template_is_edited_and_a_dead_text_message_sent_again(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    request = cast.place()
    dead = Message.objects.get(user=cast.resident, channel="sms")
    Message.objects.filter(pk=dead.pk).update(state="dead", attempts=12, last_error="isv.AMOUNT_NOT_ENOUGH")
    page = visit(user=cast.staff("周文", "+8613800000051", Role.ADMIN, cast.city), **mode).go(
        "/desk/messages/"
    )
    check_page(page)
    page.locator("a[href$='/request.placed/sms/']").click()
    check_page(page)
    page.select_option("#w_message", index=1)
    page.fill("#w_zh", "编号 {cdoe}")
    preview = page.locator("[data-wording-preview]")
    expect(preview).to_contain_text("{cdoe}")
    check_page(page)
    page.fill("#w_zh", "诉求 {code} 收到了。")
    expect(preview).to_contain_text(f"诉求 {request.code} 收到了。")
    page.locator("form[data-wording] .btn.main").click()
    page.fill("[name=sms_code]", "SMS_154950909")
    check_page(page)
    page.locator("form[action*='/codes/'] button").click()
    expect(page.locator(".ms-versions .tag.ok")).to_have_count(1)
    assert templates.get("request.placed").text("sms").sms_code == "SMS_154950909"

    page.goto(page.url.replace("request.placed/sms/", "failed/"))
    expect(page.locator("form[data-choose-all] button").first).to_be_disabled()
    page.locator("form[data-choose-all] input[name=id]").first.check()
    check_page(page)
    page.locator("form[data-choose-all] button").first.click()
    expect(page.locator(".empty")).to_be_visible()
    check_page(page)
    deliver.sweep()
    dead.refresh_from_db()
    assert dead.state == "sent"
    assert dead.receipts.get().sms_code == "SMS_154950909"


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param({"elder": True}, id="elder"),
        pytest.param({"dark": True}, id="dark", marks=pytest.mark.full),
    ],
)
def test_a_volunteer_says_by_which_way_to_hear_of_what(
    visit: Visit, cast: Cast, mode: dict[str, Any]
) -> None:
    page = visit(user=cast.volunteer.user, **mode).go("/me/settings/")
    page.locator("a[href$='/me/settings/messages/']").click()
    check_page(page)
    page.locator("[name=offer-sms]").uncheck()
    page.locator("main form button.main").click()
    expect(page.locator("[name=offer-sms]")).not_to_be_checked()
    assert set(Preference.objects.values_list("kind", "choice")) == {("offer", "off")}
