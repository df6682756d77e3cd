"""Redis emptied, stopped, started again: it carries no obligation, so nothing may be lost or done twice."""

import pytest

from civic.accounts.models import ApiToken
from civic.cases.models import Timer
from civic.embedded.processes import write_to_file
from civic.lib.crypto import keyed_hash
from civic.notify.models import Message, SmsReceipt
from requests_app.models import Offer, ServiceRequest
from tests.api.wishes import wish
from tests.cast import Cast
from tests.faults.plant import Answer, Plant, Visitor, until
from tests.faults.scenes import (
    assert_all_delivered,
    assert_consistent,
    assert_each_took_effect_once,
    due_timers,
    expiring_offer,
    fired,
)

PHONE = "13700001234"
LOGIN, CONFIRM = "/accounts/login/", "/accounts/login/code/"
PLACE = "/api/v1/service-requests/"


def flush(plant: Plant) -> None:
    with plant.redis() as client:
        client.flushall()


def ask_code(browser: Visitor) -> Answer:
    return browser.fill_in(LOGIN, phone=PHONE)


def confirm(browser: Visitor) -> Answer:
    code = Message.objects.filter(params__has_key="code").latest("pk").params["code"]
    return browser.fill_in(CONFIRM, code=code)


def texts_to(phone: str) -> int:
    """Returns how many text messages to a phone the gateway has taken."""
    return SmsReceipt.objects.filter(phone_hash=keyed_hash(f"+86{phone}")).count()


def page_of(visitor: Visitor) -> tuple[int, bool]:
    """Returns the status of the person's own page and whether it knows them."""
    answer = visitor.get("/me/")
    return answer.status, answer.headers.get("Location", "").startswith(LOGIN)


@pytest.mark.full
def test_an_offer_expires_once_though_redis_was_emptied_after_it_was_made(plant: Plant, crowd: Cast) -> None:
    plant.start("worker")
    plant.tick()
    due = expiring_offer(crowd, seconds=3)
    offer = Offer.objects.get()
    plant.tick()
    flush(plant)
    plant.start("beat")
    until(lambda: Offer.objects.filter(pk=offer.pk, state="expired").exists(), "the offer expires")
    timer = Timer.objects.get(name="expire_offer", part_id=offer.pk)
    assert timer.fired_at is not None and timer.fired_at >= due
    assert_each_took_effect_once([timer.pk])
    assert_all_delivered(plant)
    assert_consistent()


@pytest.mark.full
def test_redis_emptied_again_and_again_in_mid_sweep_loses_nothing(plant: Plant, crowd: Cast) -> None:
    timers = due_timers(crowd, overdue=120, offers=40)
    plant.start("worker")
    plant.start("beat")
    for share in (0.0, 0.3, 0.6):
        until(lambda least=share: fired(timers) > least * len(timers), f"{share:.0%} have fired")
        flush(plant)
    until(lambda: fired(timers) == len(timers), "every due timer has fired")
    assert_each_took_effect_once(timers)
    assert_all_delivered(plant)
    assert_consistent()


@pytest.mark.full
def test_people_sign_in_and_limits_hold_before_and_after_redis_was_emptied(plant: Plant, crowd: Cast) -> None:
    plant.web(API_READS_A_MINUTE="3")
    before, between = Visitor(plant.port), Visitor(plant.port)
    assert ask_code(before).headers["Location"] == CONFIRM
    assert confirm(before).headers["Location"] == "/"
    assert page_of(before) == (200, False)
    ask_code(between)
    flush(plant)
    assert page_of(before) == (200, False)  # sessions live in the database
    assert confirm(between).status == 302  # so does the code under way
    assert page_of(between) == (200, False)
    program = Visitor(plant.port, ApiToken.issue(crowd.resident))
    for _ in range(2):
        statuses = [program.get(PLACE).status for _ in range(8)]  # of which at most one minute's change
        assert 429 in statuses and statuses.count(200) <= 6
        flush(plant)


@pytest.mark.full
def test_the_web_goes_on_without_redis_and_what_waited_is_delivered_when_it_is_back(
    plant: Plant, crowd: Cast
) -> None:
    plant.start("worker")
    plant.start("beat")
    plant.web()
    browser = Visitor(plant.port)
    ask_code(browser)
    confirm(browser)
    program = Visitor(plant.port, ApiToken.issue(crowd.resident))
    until(lambda: program.get("/readyz").status == 200, "everything is ready")
    until(lambda: texts_to(PHONE) == 1, "the first code was sent")
    plant.broker.stop()

    placed = program.post(PLACE, wish(urgency="urgent"), Idempotency_Key="while-redis-is-down")
    assert placed.status == 201
    again = program.post(PLACE, wish(urgency="urgent"), Idempotency_Key="another-while-redis-is-down")
    assert again.status == 201
    ready = program.get("/readyz")
    assert ready.status == 503
    assert ready.json()["broker"] != "ok"
    assert ready.json()["database"] == "ok"
    assert program.get("/healthz").status == 200
    assert page_of(browser) == (200, False)
    assert Visitor(plant.port).get("/").status == 200
    assert Visitor(plant.port).get(LOGIN).status == 200
    stranger = Visitor(plant.port)
    assert ask_code(stranger).headers["Location"] == CONFIRM
    assert texts_to(PHONE) == 2  # there is no worker to leave it to: the page has sent it
    assert confirm(stranger).headers["Location"] == "/"
    assert page_of(stranger) == (200, False)
    statuses = [ask_code(Visitor(plant.port)).status for _ in range(6)]
    assert statuses == [302] * 4 + [429] * 2  # counted from nought with the stranger's first, and held

    waiting = Message.objects.exclude(state="sent").count()
    assert ServiceRequest.objects.count() == 2
    plant.broker.start(write_to_file(plant.home / "log" / "redis.log"))
    until(lambda: program.get("/readyz").status == 200, "everything is ready again")
    assert waiting == 0 or assert_all_delivered(plant) is None
    assert_consistent()
