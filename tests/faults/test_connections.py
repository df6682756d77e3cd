"""Database connections cut by the server, the web killed in mid-request: the hit requests fail, nothing else does."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from civic.accounts.models import ApiToken
from requests_app.models import ServiceRequest
from tests.api.wishes import wish
from tests.cast import Cast
from tests.faults.plant import Plant, Visitor, backends, meanwhile, pause, somewhen, terminate, until
from tests.faults.scenes import (
    assert_all_delivered,
    assert_consistent,
    assert_each_took_effect_once,
    due_timers,
    fired,
)

PLACE = "/api/v1/service-requests/"
CROWD = 3


class Placing:
    """Residents who place one request after the other, each under a key, and who ask again when it failed."""

    def __init__(self, plant: Plant, crowd: Cast) -> None:
        self.visitors = [Visitor(plant.port, ApiToken.issue(crowd.resident)) for _ in range(CROWD)]
        self.body = wish()
        self.codes: dict[str, str] = {}  # key > tracking code, of what was acknowledged
        self.failed: dict[str, int] = {}
        self.statuses: Counter[int] = Counter()

    def place(self, visitor: Visitor, key: str) -> int:
        answer = visitor.post(PLACE, {**self.body, "title": key}, Idempotency_Key=key)
        self.statuses[answer.status] += 1
        if answer.status == 201:
            code = answer.json()["code"]
            assert self.codes.setdefault(key, code) == code
            self.failed.pop(key, None)
        else:
            self.failed[key] = answer.status
        return answer.status

    def people(self) -> list[Callable[[threading.Event], None]]:
        """Returns what each of them does until told to stop."""

        def go_on(visitor: Visitor) -> Callable[[threading.Event], None]:
            def place_until(over: threading.Event) -> None:
                while not over.is_set():
                    self.place(visitor, uuid.uuid4().hex)

            return place_until

        return [go_on(visitor) for visitor in self.visitors]

    def ask_again(self) -> None:
        """Everybody who got no answer asks again with the same key and is served."""
        for key in list(self.failed):
            assert self.place(self.visitors[0], key) == 201

    def assert_one_each(self) -> None:
        """Every key led to one request, and what was acknowledged is there."""
        assert not self.failed
        stored = dict(ServiceRequest.objects.filter(title__in=self.codes).values_list("title", "code"))
        assert stored == self.codes
        assert ServiceRequest.objects.filter(title__in=self.codes).count() == len(self.codes)


@pytest.mark.full
def test_cut_connections_hit_the_requests_under_way_and_no_others(plant: Plant, crowd: Cast) -> None:
    timers = due_timers(crowd, overdue=40, offers=20)
    placing = Placing(plant, crowd)
    plant.web(API_WRITES_A_MINUTE="0")
    plant.start("worker")
    cut = 0
    with meanwhile(*placing.people()):
        until(lambda: len(placing.codes) > 10, "requests are being placed")
        plant.tick()
        until(lambda: backends("worker", busy=True), "a sweep is under way")
        assert terminate(backends("worker"))
        for _ in range(5):
            plant.tick()
            pause(0.3)
            somewhen(0.2)
            cut += terminate(backends("web"))
            terminate(backends("worker"))
    assert cut >= 3
    assert set(placing.statuses) <= {201, 503}
    assert len(placing.failed) <= cut
    for _ in range(10):
        assert placing.place(placing.visitors[0], uuid.uuid4().hex) == 201
    placing.ask_again()
    placing.assert_one_each()
    plant.tick()
    until(lambda: fired(timers) == len(timers), "every due timer has fired")
    assert_each_took_effect_once(timers)
    assert_all_delivered(plant)
    assert_consistent()


@pytest.mark.full
def test_the_web_killed_in_mid_request_leaves_no_half_request(plant: Plant, crowd: Cast) -> None:
    placing = Placing(plant, crowd)
    hits = 0
    for _ in range(3):
        web = plant.web(API_WRITES_A_MINUTE="0")
        served = len(placing.codes)
        with meanwhile(*placing.people()):
            until(lambda least=served: len(placing.codes) > least + 5, "requests are being placed")
            somewhen(0.3)
            hits += bool(until(lambda: backends("web", busy=True), "a request is under way"))
            plant.kill(web)
        until(lambda: not backends("web"), "the database has noticed")
    assert hits == 3
    assert placing.statuses[0] > 0
    assert_consistent()
    plant.web(API_WRITES_A_MINUTE="0")
    assert set(placing.failed.values()) == {0}  # no answer at all, never a wrong one
    placing.ask_again()
    placing.assert_one_each()
    assert_consistent()
