"""A resident and a volunteer inside WeChat, whose browser lacks much of what phones have: the way is the same."""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Dialog, expect

from requests_app import actions
from requests_app.models import Assignment
from tests.browser import people
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast

Visit = Callable[..., Visitor]
HAS = """["serviceWorker", "share", "clipboard"].filter((name) => name in navigator).concat(
    ["PushManager", "Notification", "BarcodeDetector"].filter((name) => name in window),
    "showModal" in document.createElement("dialog") ? ["showModal"] : [])"""


def test_a_request_goes_all_the_way_inside_wechat(visit: Visit, cast: Cast) -> None:
    at_home, on_the_way = visit(wechat=True), visit(wechat=True, user=cast.volunteer.user)
    resident, volunteer = at_home.go("/"), on_the_way.page
    assert resident.evaluate(HAS) == []
    people.ask_for_help(resident, check_page, text="腿疼，想请人代买一袋米。", name="何秀英")
    resident.wait_for_url("**/login/**")
    people.sign_in_by_phone(resident, "13912345678", check_page)
    request = people.follow_the_new_one(resident, check_page)
    when = request.preferred_start
    actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=when)
    people.poll_now(resident, "#progress")
    expect(resident.locator(".head .tag")).to_have_text("派单中")

    on_the_way.go(reverse("v:home"))
    people.accept(volunteer, check_page, request)
    resident.reload()
    people.check_in(volunteer, check_page, resident.locator(".door-code .code").inner_text())
    people.complete(volunteer, check_page, "米已放在厨房。")
    part = Assignment.objects.get()
    assert (part.state, part.check_in_by) == ("completed", "code")
    people.rate(resident, check_page, stars=5, words="很耐心，谢谢！")
    request.refresh_from_db()
    assert (request.state, request.outcome) == ("closed", "solved")


def test_what_wechat_lacks_has_another_way_or_is_not_offered(visit: Visit, cast: Cast) -> None:
    request = cast.offered()
    visitor = visit(wechat=True, user=cast.volunteer.user)
    page = visitor.go(reverse("v:task", args=[request.pk]))
    page.locator("[data-share] summary").click()
    page.locator("[data-copy-do]").click()
    expect(page.locator("[data-copy-note]")).to_have_text("已复制。")
    check_page(page)
    visitor.go("/me/settings/messages/")
    expect(page.locator("[data-push]")).to_have_count(1)
    expect(page.locator("[data-push]")).to_be_hidden()


def test_wechats_own_question_is_asked_where_a_page_has_none(visit: Visit, cast: Cast) -> None:
    visitor = visit(wechat=True, user=cast.resident)
    page = visitor.go("/requests/new/")
    page.locator(".tile").nth(1).click()
    page.fill("textarea", "厨房水龙头一直滴水。")
    people.press_main(page)
    page.wait_for_url("**/where/")
    forget = visitor.go("/requests/new/kinds/").locator("form[data-confirm] button")
    asked = list[str]()

    def answer(question: Dialog) -> None:
        asked.append(question.message)
        if len(asked) == 1:
            question.dismiss()
        else:
            question.accept()

    page.on("dialog", answer)
    forget.click()
    expect(forget).to_be_visible()
    forget.click()
    expect(forget).to_be_hidden()
    assert asked == ["要清空已经填写的内容吗？"] * 2
