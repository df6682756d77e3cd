"""A live server, Chromium, and pages that fail on console errors. Playwright keeps an event loop in this thread,
so Django is told that the tests' own database access here is meant."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from civic.accounts.models import User
from tests.browser import wechat as wechats_browser
from tests.cast import Cast

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
WAIT_MS = 10_000
# A form answered with 400 or 403 is an answer; Chromium writes it to the console all the same.
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)

WITHOUT_NETWORK = ("Failed to load resource: net::ERR_", "The FetchEvent for")


# What script/test walks every time, each of the main ways once; everything else here waits for --full.
WALKS = {
    "test_three_people_take_a_request_from_asking_to_rating",
    "test_a_stranger_asks_for_help_page_by_page_and_signs_in_last",
    "test_it_all_works_without_javascript",
    "test_a_volunteer_accepts_checks_in_by_place_and_finishes",
    "test_check_in_and_report_with_a_photo_made_without_network_arrive_once",
    "test_the_camera_reads_the_residents_square_and_checks_in",
    "test_ten_requests_are_dispatched_by_keyboard_alone_within_a_minute",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs Chromium and a database that commits. Comes before the marks choose what runs."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if getattr(item, "originalname", item.name) not in WALKS:
                item.add_marker(pytest.mark.full)


def chromium_path() -> str | None:
    """Returns the path of an installed Chromium: CHROMIUM, or one on the PATH."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    path = chromium_path()
    if path is None:
        pytest.skip("NO CHROMIUM: browser tests did not run. Install it, or set CHROMIUM to its path.")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def _uploads_of_this_test(settings: Any, tmp_path: Path) -> None:
    """Files sent by a test go to its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


class Visitor:
    """One person at one browser: `page` to act on, `errors` that the console wrote."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.errors: list[str] = []
        self.is_offline = False
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Returns another tab whose console is listened to."""
        page = self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if self.is_offline and message.text.startswith(WITHOUT_NETWORK):
            return
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.errors.append(message.text)

    def go(self, path: str) -> Page:
        """Opens a path of the site."""
        self.page.goto(self.base + path)
        return self.page

    def offline(self, yes: bool) -> None:
        """Takes the network away, or gives it back."""
        self.is_offline = self.is_offline or yes
        self.context.set_offline(yes)

    def sign_in(self, user: User) -> None:
        """Gives this browser a session of `user`, as signing in would."""
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": self.base}
        self.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """Returns a function that opens a browser; at the end no console may have written an error.

    `visit(width=390, language="zh-hans", elder=False, dark=False, user=None, scripts=True, scale=1,
    worker=False, wechat=False)`
    """
    opened: list[Visitor] = []

    def visit(
        *,
        width: int = 390,
        language: str = "zh-hans",
        elder: bool = False,
        dark: bool = False,
        user: User | None = None,
        scripts: bool = True,
        scale: int = 1,
        worker: bool = False,
        wechat: bool = False,
    ) -> Visitor:
        context = chromium.new_context(
            service_workers="allow" if worker else "block",  # every page has to work without one
            viewport={"width": width, "height": 844 if width < 800 else 900},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
            locale="zh-CN" if language.startswith("zh") else "en-GB",
            timezone_id=settings.TIME_ZONE,
            java_script_enabled=scripts,
            geolocation={"latitude": 34.005, "longitude": 117.005},
            permissions=["geolocation", "microphone"],
            user_agent=wechats_browser.USER_AGENT if wechat else None,
        )
        if wechat:
            context.add_init_script(wechats_browser.WITHOUT)
        cookies = {settings.LANGUAGE_COOKIE_NAME: language, "elder": "1" if elder else "0"}
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        visitor = Visitor(context, live_server.url)
        if user is not None:
            visitor.sign_in(user)
        opened.append(visitor)
        return visitor

    yield visit
    errors = [error for visitor in opened for error in visitor.errors]
    for visitor in opened:
        visitor.context.close()
    wait_until_served()
    assert errors == []


def wait_until_served() -> None:
    """Waits (5 s at most) until the server has answered what was still under way when the browsers closed.

    Otherwise emptying the tables would wait for its locks, or it would write into what is being emptied. The server has
    a thread for each connection, which ends with it: between two of its queries the database looks idle.
    """
    ends = monotonic() + 5
    while monotonic() < ends and any("process_request_thread" in each.name for each in threading.enumerate()):
        sleep(0.02)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The people and places, committed so that the server sees them."""
    return Cast()
