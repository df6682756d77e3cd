"""Three people at three browsers and what each of them does on the way of a request, page by page.

Every function ends on the page that its step leads to; `look` is called on every page passed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.urls import reverse
from playwright.sync_api import Page, Response, expect

from civic.accounts.models import User
from civic.notify.models import Message
from requests_app.models import ServiceRequest
from tests.browser.conftest import Visitor
from tests.browser.pages import check_page

See = Callable[[Page], None]  # what is done on every page passed
PASSWORD = "walk-7-roads"
LANGUAGES = {"zh-hans": "zh-Hans", "en": "en"}


@dataclass
class Look:
    """Looks at every page: axe, overflow, language, policy. Keeps what was served and what scripts made of it."""

    language: str
    seen: dict[str, str] = field(default_factory=dict)
    _answer: dict[Page, Response] = field(default_factory=dict)

    def follow(self, visitor: Visitor) -> None:
        """Listens to the pages that `visitor` is given."""
        visitor.page.on("response", self._heard)

    def _heard(self, response: Response) -> None:
        if response.request.resource_type == "document" and not 300 <= response.status < 400:
            self._answer[response.frame.page] = response

    def __call__(self, page: Page) -> None:
        """Fails when the page does not bear the look."""
        check_page(page)
        assert page.evaluate("document.documentElement.lang") == LANGUAGES[self.language]
        name = urlsplit(page.url).path.strip("/").replace("/", "-") or "home"
        self.seen[f"{len(self.seen):03}-{name}-now"] = page.content()
        answer = self._answer.pop(page, None)
        if answer is not None:
            policy = answer.header_value("content-security-policy") or ""
            assert "default-src" in policy and "unsafe" not in policy, (page.url, policy)
            self.seen[f"{len(self.seen):03}-{name}-served"] = answer.text()


def press_main(page: Page) -> None:
    """Presses the red button at the bottom."""
    page.locator(".dock .btn.main").click()


def poll_now(page: Page, selector: str) -> None:
    """Asks a live part for news at once instead of at its next turn."""
    page.eval_on_selector(selector, "part => part.dispatchEvent(new Event('poll:now'))")


def sign_in_by_phone(page: Page, phone: str, look: See) -> None:
    """Types a phone and the code that was sent to it; the sign-in page is open."""
    look(page)
    page.fill("[name=phone]", phone)
    page.locator("main button.main").click()
    page.wait_for_url("**/login/code/**")
    look(page)
    sent = Message.objects.filter(params__has_key="code").latest("pk")
    assert sent.phone.endswith(phone)
    page.fill("[name=code]", sent.params["code"])
    page.locator("main button.main").click()


def sign_in_staff(visitor: Visitor, user: User, look: See, path: str = "/desk/") -> Page:
    """Signs a member of staff in by password on the way to `path`."""
    if not user.check_password(PASSWORD):  # setting it anew would end the sessions of other browsers
        user.set_password(PASSWORD)
        user.save()
    page = visitor.go(f"{reverse('account_staff_login')}?next={path}")
    look(page)
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.locator("main button.main").click()
    page.wait_for_url(f"**{path}**")
    return page


def ask_for_help(page: Page, look: See, *, text: str, name: str, headcount: int = 1) -> None:
    """From the home page through the questions to the check page, for tomorrow afternoon."""
    look(page)
    page.locator(".tile").nth(2).click()
    look(page)
    page.fill("textarea", text)
    press_main(page)
    page.wait_for_url("**/where/")
    look(page)
    page.locator("label[for=way-pick]").click()
    press_main(page)
    while page.locator(".pick-area").count():
        look(page)
        page.locator(".pick-area").first.click()
        page.wait_for_load_state()
    look(page)
    page.fill("[name=estate]", "荷花里小区")
    page.fill("[name=building]", "3 号楼 2 单元")
    page.fill("[name=door]", "502")
    press_main(page)
    page.wait_for_url("**/when/")
    page.locator("label[for=when-day]").click()
    page.locator("label[for=part-afternoon]").click()
    page.select_option("[name=day]", index=1)
    look(page)
    press_main(page)
    page.wait_for_url("**/who/")
    page.fill("[name=name]", name)
    page.fill("[name=headcount]", str(headcount))
    look(page)
    press_main(page)
    page.wait_for_url("**/check/")
    look(page)
    page.check("[name=terms]")
    press_main(page)


def follow_the_new_one(page: Page, look: See) -> ServiceRequest:
    """From the page that says it has arrived to its progress; returns the request."""
    page.wait_for_url("**/placed/**")
    look(page)
    request = ServiceRequest.objects.latest("pk")
    expect(page.locator(".code-card .code")).to_have_text(request.code)
    page.locator("main .btn.main").click()
    page.wait_for_url("**/track/**")
    look(page)
    return request


def offer(page: Page, look: See, request: ServiceRequest, *names: str, start: str = "") -> None:
    """The dispatcher opens the request in the queue and asks the candidates with these names.

    `start` is a local time such as 2026-07-01T09:30, for a request that wishes for none.
    """
    page.locator(f"[data-row='{request.pk}'] a").click()
    expect(page.locator(".head-case .code")).to_have_text(request.code)
    look(page)
    for name in names:
        page.locator(".cand", has_text=name).click()
    if start:
        page.fill("[name=agreed_start]", start)
    expect(page.locator("[data-chosen-count]").first).to_have_text(str(len(names)))
    page.locator(".act [data-offer-send]").click()
    for name in names:
        expect(page.locator(".people")).to_contain_text(name)
    look(page)


def accept(page: Page, look: See, request: ServiceRequest) -> None:
    """A volunteer at home reads the offer and takes it."""
    page.wait_for_url(f"**{reverse('v:home')}")
    look(page)
    page.locator(".offer h2 a, .offer > a.btn").first.click()
    page.wait_for_url(f"**{reverse('v:task', args=[request.pk])}")
    look(page)
    page.locator(".offer .btn.main").click()
    expect(page.locator(".task-head")).to_be_visible()
    look(page)


def check_in(page: Page, look: See, code: str) -> None:
    """The volunteer stands at the door and types the resident's code, or why there is none."""
    press_main(page)
    page.wait_for_url("**/check-in/")
    look(page)
    if code:
        page.fill("[name=code]", code)
    else:
        page.fill("[name=reason]", "居民没有手机，人已在家门口。")
    press_main(page)
    expect(page.locator(".task-head .note.info")).to_be_visible()
    look(page)


def complete(page: Page, look: See, note: str) -> None:
    """The volunteer is done."""
    press_main(page)
    page.wait_for_url("**/complete/")
    page.fill("[name=note]", note)
    look(page)
    press_main(page)
    expect(page.locator(".task-head .note.ok")).to_be_visible()
    look(page)


def rate(page: Page, look: See, *, stars: int, words: str = "") -> None:
    """The resident follows the button of the progress page and answers."""
    page.reload()
    look(page)
    page.locator(".head .btn.main").click()
    page.wait_for_url("**/rate/")
    look(page)
    page.locator("label[for=solved-yes]").click()
    page.locator(f"label[for=stars-{stars}]").click()
    page.fill("[name=comment]", words)
    press_main(page)
    page.wait_for_url("**/track/*/")
    look(page)


def call_back(page: Page, look: See) -> None:
    """A colleague opens the request, and with the resident on the line notes that it is solved."""
    page.locator(".act a[href*='/do/call_back/']").click()
    expect(page.locator("#verb form")).to_be_visible()
    look(page)
    page.locator("#verb label[for^=id_solved_]").first.click()
    page.fill("#verb [name=note]", "居民说已经解决。")
    page.locator("#verb .btn.main").click()
    expect(page.locator("#verb")).to_be_hidden()
    look(page)


def open_dialog(page: Page, verb: str) -> None:
    """Opens the dialog of a verb from the buttons below the request at the desk, or from their menu."""
    link = page.locator(f".act a[href*='/do/{verb}/']").first
    if not link.is_visible():
        page.locator(".act summary").click()
    link.click()
    expect(page.locator("#verb form")).to_be_visible()


def send_dialog(page: Page, look: See) -> None:
    """Sends the dialog that is open and waits until the request is drawn anew."""
    look(page)
    page.locator("#verb .btn.main").click()
    expect(page.locator("#verb")).to_be_hidden()
    look(page)


def refer(page: Page, look: See, *, unit: int, note: str) -> None:
    """The dispatcher refers the request that is open to a unit, for 7 work days."""
    open_dialog(page, "refer")
    page.select_option("#verb [name=unit]", str(unit))
    page.locator("#verb input[name=answer_class][value='7d'] + label").click()
    page.fill("#verb [name=note]", note)
    send_dialog(page, look)


def open_at_unit(page: Page, look: See, request: ServiceRequest) -> None:
    """Somebody of a unit opens the one request that waits for them."""
    look(page)
    page.locator(".unit-line", has_text=request.code).click()
    page.wait_for_url(f"**{reverse('unit:request', args=[request.pk])}")
    look(page)


def give_back(page: Page, look: See, reason: str) -> None:
    """Somebody of a unit gives the request that is open back to the desk."""
    form = page.locator("details.card", has=page.locator(".btn.danger"))
    form.locator("summary").click()
    form.locator("[name=reason]").fill(reason)
    look(page)
    form.locator(".btn.danger").click()
    page.wait_for_url(f"**{reverse('unit:home')}")
    look(page)


def answer_for_the_unit(page: Page, look: See, text: str) -> None:
    """Somebody of a unit answers the resident: solved."""
    page.locator("main input[name=result][value=solved] + label").click()
    page.fill("main [name=text]", text)
    look(page)
    page.locator("main form .btn.main").click()
    page.wait_for_url(f"**{reverse('unit:home')}")
    look(page)
