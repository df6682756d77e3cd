"""A dispatcher at the desk: by keyboard, on a phone, without scripts, beside a colleague, with somebody on the line."""

import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils.timezone import localtime
from playwright.sync_api import Page, expect

from civic.lib import clock
from requests_app import actions
from requests_app.models import Offer, Pool, ServiceRequest, TeamOffer
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast
from tests.requests_app.teams import team_of

Visit = Callable[..., Visitor]
MODES = [
    pytest.param({"width": 1440}, id="desktop"),
    pytest.param(
        {"width": 1440, "language": "en", "dark": True}, id="desktop-english-dark", marks=pytest.mark.full
    ),
    pytest.param({"width": 390, "dark": True}, id="phone-dark", marks=pytest.mark.full),
    pytest.param({"width": 768, "language": "en"}, id="tablet-english", marks=pytest.mark.full),
    pytest.param({"width": 360, "language": "en"}, id="phone-english-360", marks=pytest.mark.full),
    pytest.param({"width": 1440, "elder": True}, id="desktop-elder", marks=pytest.mark.full),
    pytest.param({"width": 360, "elder": True}, id="phone-elder-360", marks=pytest.mark.full),
]
SECONDS_A_KEY = 0.15  # somebody who types well; what the machine takes comes on top


class Keyboard:
    """The keys of a page, counted: how long somebody would have taken with them."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed, self.began = page, 0, time.monotonic()

    def press(self, *names: str) -> None:
        """Presses one key after the other."""
        for name in names:
            self.page.keyboard.press(name)
        self.pressed += len(names)

    def write(self, words: str) -> None:
        """Types, a key for each character."""
        self.page.keyboard.type(words)
        self.pressed += len(words)

    def seconds(self) -> float:
        """Returns what the hands and the machine have taken since it was opened."""
        return self.pressed * SECONDS_A_KEY + time.monotonic() - self.began


def poll_now(page: Page, selector: str) -> None:
    """Asks a live part for news at once instead of at its next turn."""
    page.eval_on_selector(selector, "part => part.dispatchEvent(new Event('poll:now'))")


@pytest.mark.full
@pytest.mark.parametrize("mode", MODES)
def test_every_page_of_the_desk_bears_a_look(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    cast.completed(cast.second, title="已完成的")
    asked = cast.offered(cast.volunteer, cast.second, title="派单中的", headcount=2)
    actions.act(asked, "report_concern", actor=cast.resident, text="门口有大狗")
    fresh = cast.place(title="新的一件", door_note="电梯在左边")
    page = visit(user=cast.colleague, **mode).go("/desk/?tab=open")
    check_page(page)
    for request in (fresh, asked):
        page.goto(page.url.split("/desk/")[0] + f"/desk/requests/{request.pk}/?tab=open")
        check_page(page)
    for verb in ("amend", "withdraw_offer", "report_concern"):
        link = page.locator(f"a[href*='/do/{verb}/']").first
        if not link.is_visible():
            page.locator(".act summary").click()
        link.click()
        expect(page.locator("#verb form")).to_be_visible()
        check_page(page)
        page.locator("#verb [data-dialog-close]").click()
    base = page.url.split("/desk/")[0]
    cast.accepted(cast.third, title="明天的")
    tomorrow = localtime(clock.now() + timedelta(days=1)).date().isoformat()
    for path in (
        f"/desk/today/?day={tomorrow}",
        f"/desk/requests/{fresh.pk}/do/reject/",
        f"/desk/requests/{fresh.pk}/slip/",
        "/desk/new/",
        "/desk/volunteers/?state=approved",
        f"/desk/volunteers/{cast.volunteer.pk}/",
        "/insight/?rate=offer_acceptance",
        "/insight/rates/response/",
    ):
        page.goto(base + path)
        check_page(page)


@pytest.mark.parametrize("mode", MODES)
def test_the_operations_page_bears_a_look(visit: Visit, cast: Cast, mode: dict[str, object]) -> None:
    check_page(visit(user=cast.auditor, **mode).go("/desk/operations/"))


def test_the_line_about_confidential_requests_stands_above_the_queue(visit: Visit, cast: Cast) -> None:
    actions.act(cast.place(), "confidential", actor=cast.dispatcher, on=True)
    page = visit(user=cast.colleague, width=1440).go("/desk/")
    line, queue = page.locator("#queue-pane > .note").bounding_box(), page.locator("#queue").bounding_box()
    assert line is not None
    assert queue is not None
    assert line["y"] + line["height"] <= queue["y"]
    assert queue["width"] > 300


def test_ten_requests_are_dispatched_by_keyboard_alone_within_a_minute(visit: Visit, cast: Cast) -> None:
    for number in range(8):
        cast.helper(f"志愿者{number}", f"+86138000005{number:02}")
    askers = (cast.resident, cast.neighbour)
    requests = [cast.place(actor=askers[n % 2], title=f"第 {n} 件") for n in range(1, 11)]
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    title, head = page.locator("#case-title"), page.locator(".head-case")
    expect(title).to_have_text("第 1 件")
    keys = Keyboard(page)
    for request in requests[:8]:
        expect(title).to_have_text(request.title)
        keys.press("1", "3")
        expect(page.locator("[data-chosen-count]").first).to_have_text("2")
        keys.press("Enter")
        expect(page.locator(".toast").last).to_contain_text("已派给 2 位志愿者")
        expect(head).to_contain_text("派单中")
        keys.press("j")
    for request in requests[8:]:  # into the open pool, the last one by mistake
        expect(title).to_have_text(request.title)
        keys.press("p")
        expect(page.locator(".people")).to_contain_text("抢单池")
        if request is not requests[-1]:
            keys.press("j")
    keys.press("w")
    expect(page.locator("#verb form")).to_be_visible()
    keys.press("Enter")
    expect(head).to_contain_text("待派单")
    keys.press("2", "Enter")
    expect(head).to_contain_text("派单中")
    seconds = keys.seconds()
    assert seconds < 60, f"{keys.pressed} keys, {seconds:.1f} s"
    assert set(ServiceRequest.objects.values_list("state", flat=True)) == {"offered"}
    asked = Counter(Offer.objects.filter(state="open").values_list("request__title", flat=True))
    assert asked == {**{f"第 {n} 件": 2 for n in range(1, 9)}, "第 10 件": 1}
    assert [each.request.title for each in Pool.objects.filter(state="open")] == ["第 9 件"]


def test_single_keys_help_search_and_can_be_switched_off(visit: Visit, cast: Cast) -> None:
    cast.place(title="第一件")
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    expect(page.locator("#case-title")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("没有这样的事")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    expect(page.locator("#queue .empty")).to_be_visible()
    page.keyboard.press("?")
    page.locator("[data-keys-off]").check()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_timeout(200)
    assert "/desk/new/" not in page.url


def test_the_counts_refresh_and_nothing_moves_under_the_reader(visit: Visit, cast: Cast) -> None:
    cast.place(title="不急的", urgency="flexible")
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=open")
    expect(page.locator("#case-title")).to_have_text("不急的")
    where = page.locator("[data-row]").first.bounding_box()
    cast.place(actor=cast.neighbour, title="后来的", urgency="urgent")
    poll_now(page, "#queue")
    expect(page.locator("[data-tab=open] b")).to_have_text("2")
    assert page.locator("[data-row]").count() == 1
    box = page.locator("[data-row]").first.bounding_box()
    assert where is not None
    assert box is not None
    assert box["x"] == where["x"]
    page.locator("[data-queue-show]").click()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("[aria-current=true] .t")).to_have_text("不急的")


def test_a_conflict_is_explained_and_nothing_typed_is_lost(visit: Visit, cast: Cast) -> None:
    request = cast.place()
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
    page.fill("[name=public_summary]", "我写的说明")
    page.keyboard.press("Escape")
    actions.act(request, "offer", actor=cast.colleague, volunteers=[cast.third.pk])
    page.locator("[data-choose='1']").check(force=True)
    page.locator(".act [data-offer-send]").click()
    expect(page.locator("[role=alert]").first).to_contain_text("派单给赵强")
    expect(page.locator("[name=public_summary]")).to_have_value("我写的说明")
    check_page(page)
    page.locator("[data-choose='1']").check(force=True)  # a pane drawn anew meanwhile has nobody chosen
    page.locator(".act [data-offer-send]").click()
    expect(page.locator(".toast").first).to_contain_text("已派给 1 位志愿者")
    assert Offer.objects.filter(request=request, state="open").count() == 2


def test_enter_asks_the_chosen_wherever_it_is_pressed_and_never_a_team(visit: Visit, cast: Cast) -> None:
    team_of(cast, cast.third)
    first, second = cast.place(), cast.place()
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{first.pk}/")
    page.locator("[name=public_summary]").press("Enter")
    expect(page.locator(".toast.error")).to_contain_text("候选人")
    page.locator(".cand").first.click()
    expect(page.locator(".toast.error")).to_have_count(0)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".head-case")).to_contain_text("派单中")
    page.goto(page.url.replace(f"/{first.pk}/", f"/{second.pk}/"))
    page.locator(".cand").first.click()
    page.locator("[name=public_summary]").press("Enter")
    expect(page.locator(".head-case")).to_contain_text("派单中")
    asked = Offer.objects.filter(state="open")
    assert (asked.filter(request=first).count(), asked.filter(request=second).count()) == (2, 1)
    assert not TeamOffer.objects.exists()


def test_after_a_click_in_the_queue_the_keys_go_on_from_there(visit: Visit, cast: Cast) -> None:
    first, second = cast.place(), cast.place()
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    page.locator(f"[data-row='{second.pk}'] > a").click()
    expect(page.locator(f"[data-case='{second.pk}']")).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator(f"[data-case='{first.pk}']")).to_be_visible()
    expect(page).to_have_title(re.compile(" · "))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").first).to_contain_text("已派给 1 位志愿者")
    assert list(Offer.objects.values_list("request", flat=True)) == [first.pk]


def test_the_answer_to_a_form_is_shown_although_the_pane_was_drawn_anew_meanwhile(
    visit: Visit, cast: Cast
) -> None:
    cast.place()
    page = visit(width=1440, user=cast.dispatcher).go("/desk/?tab=new")
    expect(page.locator("#case-title")).to_be_visible()
    page.evaluate("""() => document.addEventListener("htmx:beforeRequest", (event) => {
        if (event.detail.requestConfig.verb === "post") document.getElementById("work").replaceChildren();
    })""")
    page.locator("button[name=pool]").click()
    expect(page.locator(".people")).to_contain_text("抢单池")


def test_an_acceptance_shows_up_while_the_page_stays_open(visit: Visit, cast: Cast) -> None:
    request = cast.offered()
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
    actions.act(request, "accept", actor=cast.volunteer.user)
    poll_now(page, f"#live-{request.pk}")
    page.locator("[data-reload]").click()
    expect(page.locator(".head-case")).to_contain_text("已接单")


def test_a_refused_dialog_keeps_what_was_typed_and_says_why(visit: Visit, cast: Cast) -> None:
    request = cast.place()
    page = visit(width=1440, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
    page.keyboard.press("z")
    page.locator("#verb [name=reason_code]").first.check(force=True)
    page.fill("#verb [name=until]", f"{localtime(clock.now() + timedelta(days=40)):%Y-%m-%dT%H:%M}")
    page.fill("#verb [name=note]", "居民说很好")
    page.locator("#verb .btn.main").click()
    expect(page.locator("#verb [role=alert]")).to_contain_text("30 天")
    expect(page.locator("#verb [name=note]")).to_have_value("居民说很好")
    check_page(page)


def test_a_dispatcher_on_a_phone_goes_from_queue_to_request_to_candidates(visit: Visit, cast: Cast) -> None:
    request = cast.place()
    page = visit(width=390, user=cast.dispatcher).go("/desk/?tab=new")
    page.locator("[data-row] a").first.click()
    expect(page.locator("#case-title")).to_be_visible()
    expect(page.locator("#queue-pane")).to_be_hidden()
    said, people, steps = (
        page.locator(each).bounding_box() for each in ("#contact", ".cand >> nth=0", ".act")
    )
    assert said is not None
    assert people is not None
    assert steps is not None
    assert said["y"] < people["y"] < steps["y"]
    expect(page.locator(".btn[data-offer-send]").locator("visible=true")).to_have_count(0)
    page.locator(".cand").first.click()
    expect(page.locator(".btn[data-offer-send]").locator("visible=true")).to_have_count(1)
    page.locator(".fold-send button").click()
    expect(page.locator(".toast")).to_be_visible()
    assert Offer.objects.filter(request=request).count() == 1
    page.locator(".back-q").click()
    expect(page.locator("#queue-pane")).to_be_visible()


def test_who_else_could_be_asked_is_answered_in_sight(visit: Visit, cast: Cast) -> None:
    for number in range(14):
        cast.helper(f"志愿者{number}", f"+86138000005{number:02}")
    request = cast.place()
    for width in (1440, 390):
        page = visit(width=width, user=cast.dispatcher).go(f"/desk/requests/{request.pk}/")
        if width == 1440:
            expect(page.locator("#why-who")).to_be_in_viewport(ratio=1)
        page.fill("#why-who", "孙丽")
        page.press("#why-who", "Enter")
        expect(page.locator("#why-box .why-answer, #why-box p").first).to_be_in_viewport(ratio=1)


def test_lengths_keep_their_words_while_a_page_stays_open(visit: Visit, cast: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=34, hours=5)):
        cast.place(urgency="urgent")
    for language, over in (("en", "34 days 4 h over"), ("zh-hans", "超 34 天 4 小时")):
        page = visit(width=1440, user=cast.dispatcher, language=language).go("/desk/?tab=open")
        due = page.locator(".it time").first
        said = due.text_content()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # when all times are told anew
        assert (said, due.text_content()) == (over, over)


def test_without_scripts_links_and_whole_pages_do_the_same(visit: Visit, cast: Cast) -> None:
    request = cast.place()
    page = visit(width=1280, user=cast.dispatcher, scripts=False).go("/desk/?tab=new")
    page.locator("[data-row] a").first.click()
    page.locator(".unmask summary").click()
    page.locator(".unmask button").click()
    expect(page.locator("#contact")).to_contain_text("13800000001")
    page.locator("[name=volunteers]").first.check(force=True)
    page.locator(".act [data-offer-send]").click()
    expect(page.locator(".head-case")).to_contain_text("派单中")
    page.locator("a[href*='/do/withdraw_offer/']").first.click()
    page.locator(".verb-form .btn.main").click()
    expect(page.locator(".head-case")).to_contain_text("待派单")
    request.refresh_from_db()
    assert request.version == 3


def test_a_call_becomes_a_request_by_keyboard_within_forty_seconds(visit: Visit, cast: Cast) -> None:
    cast.place(actor=cast.resident)
    page = visit(width=1440, user=cast.dispatcher).go("/desk/")
    keys = Keyboard(page)
    keys.press("n")
    page.wait_for_url("**/desk/new/")
    keys.write("13800000001")
    expect(page.locator("[data-known]")).to_be_visible()
    expect(page.locator("[name=beneficiary_name]")).to_have_value("陈桂兰")
    keys.press("Tab", "Tab")
    if page.evaluate("document.activeElement.name") != "category":
        keys.press("Tab")  # the link to what is still open
    keys.write("3")
    keys.press("Tab", "Tab")
    keys.write("家里米吃完了，腿疼下不了楼，想请人帮忙买一袋十斤的米，再带两把青菜。")
    keys.press("Control+Enter")
    page.wait_for_url("**/desk/requests/**")
    assert keys.seconds() < 40
    placed = ServiceRequest.objects.latest("pk")
    assert (placed.category.code, placed.beneficiary, placed.proxy) == (
        "errand",
        cast.resident,
        cast.dispatcher,
    )
    assert placed.address == "荷花里 3 号楼 2 单元 502"
