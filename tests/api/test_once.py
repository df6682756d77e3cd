"""The same key and body once only, and everybody counted."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import redis
from django.db import connection, connections
from pytest_django import Settings

from civic import throttles
from civic.cases.models import CaseEvent, OnceKey
from requests_app.models import ServiceRequest
from tests.api.conftest import Api
from tests.api.wishes import problem, wish
from tests.cast import Cast


@pytest.mark.django_db
def test_the_same_key_and_body_give_the_same_request_as_it_now_is(cast: Cast) -> None:
    resident, body = Api(cast.resident), wish()
    first = resident.post("/service-requests/", body, key="k1")
    Api(cast.dispatcher).post(f"/service-requests/{first.json()['id']}/amend/", {"title": "改过"})
    again = resident.post("/service-requests/", body, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["version"], again.json()["version"]) == (1, 2)
    assert ServiceRequest.objects.count() == 1
    assert "帮忙取药" not in str(OnceKey.objects.values().get())


@pytest.mark.django_db
def test_an_address_of_any_length_takes_a_key_and_is_an_address_of_its_own(cast: Cast) -> None:
    request, desk = cast.place(), Api(cast.dispatcher)
    for noughts, text in (("0" * 100, "一次"), ("0" * 101, "两次")):
        address = f"/service-requests/{noughts}{request.pk}/amend/"
        assert [desk.post(address, {"title": text}, key="k").status_code for _ in range(2)] == [200, 200]
    request.refresh_from_db()
    assert (request.title, request.version) == ("两次", 3)


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused(cast: Cast) -> None:
    resident = Api(cast.resident)
    resident.post("/service-requests/", wish(), key="k1")
    problem(resident.post("/service-requests/", wish(title="别的"), key="k1"), 422, "key_reused")
    assert ServiceRequest.objects.count() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_person_and_one_address(cast: Cast) -> None:
    body = wish()
    for user in (cast.resident, cast.neighbour):
        assert Api(user).post("/service-requests/", body, key="k1").status_code == 201
    first, second = ServiceRequest.objects.order_by("pk")
    assert Api(cast.resident).post(f"/service-requests/{first.pk}/cancel/", {}, key="k1").status_code == 200
    assert Api(cast.neighbour).post(f"/service-requests/{second.pk}/cancel/", {}, key="k1").status_code == 200


@pytest.mark.django_db
def test_a_refusal_does_not_use_up_the_key(cast: Cast) -> None:
    resident = Api(cast.resident)
    problem(resident.post("/service-requests/", wish(headcount=0), key="k1"), 400, "invalid")
    assert resident.post("/service-requests/", wish(), key="k1").status_code == 201
    problem(resident.post("/service-requests/", wish(), key="k" * 256), 400, "invalid")


@pytest.mark.django_db
def test_a_verb_with_a_key_is_performed_once(cast: Cast) -> None:
    request = cast.place()
    desk = Api(cast.dispatcher)
    body = {"title": "改过", "expected_version": 1}
    answers = [desk.post(f"/service-requests/{request.pk}/amend/", body, key="k1") for _time in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert CaseEvent.objects.filter(kind="request", verb="amend").count() == 1
    problem(desk.post(f"/service-requests/{request.pk}/amend/", {"title": "x"}, key="k1"), 422, "key_reused")


def at_once(calls: list[Any]) -> list[Any]:
    """Runs the calls in a thread each, released together; returns what they returned."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(position: int) -> None:
        gate.wait(timeout=10)
        try:
            results[position] = calls[position]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(position,)) for position in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.mark.django_db(transaction=True)
def test_the_same_post_many_times_at_once_makes_one_row(cast: Cast) -> None:
    body = wish()
    callers = [Api(cast.resident) for _each in range(8)]
    connection.close()
    answers = at_once([lambda api=api: api.post("/service-requests/", body, key="k1") for api in callers])
    assert [each.status_code for each in answers] == [201] * 8
    assert len({each.json()["id"] for each in answers}) == 1
    assert ServiceRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_key_each_post_is_a_request_of_its_own(cast: Cast) -> None:
    body = wish()
    callers = [Api(cast.resident) for _each in range(4)]
    connection.close()
    answers = at_once([lambda api=api: api.post("/service-requests/", body) for api in callers])
    assert [each.status_code for each in answers] == [201] * 4
    assert ServiceRequest.objects.count() == 4


@pytest.mark.django_db
def test_over_the_limit_one_is_asked_to_wait(cast: Cast, settings: Settings) -> None:
    settings.API_WRITES_A_MINUTE = settings.API_STRANGERS_A_MINUTE = 3
    resident = Api(cast.resident)
    answers = [resident.post("/service-requests/", {}) for _time in range(8)]
    # A minute may end in between; whichever it was, the limit showed.
    refused = [each for each in answers if each.status_code == 429]
    assert len(refused) in {2, 3, 4, 5}
    problem(refused[-1], 429, "too_many")
    assert 1 <= int(refused[-1].headers["Retry-After"]) <= 60
    assert resident.get("/service-requests/").status_code == 200
    assert Api(cast.neighbour).post("/service-requests/", {}).status_code == 400
    assert 429 in [Api().get("/categories/").status_code for _time in range(8)]


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """Points the limiter at a port where nobody listens."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    throttles._client.cache_clear()
    yield
    throttles._client.cache_clear()
    throttles._asked_again_at = 0.0


@pytest.mark.django_db
def test_without_redis_everybody_is_let_in_and_the_log_says_so_once(
    cast: Cast, no_redis: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_READS_A_MINUTE = 1
    with caplog.at_level(logging.WARNING, logger="civic.throttles"):
        for _time in range(3):
            assert Api(cast.resident).get("/service-requests/").status_code == 200
    assert [
        each.getMessage().partition(":")[0] for each in caplog.records if each.name == "civic.throttles"
    ] == ["the API is not limited while Redis does not answer"]


def test_calls_at_once_share_one_client_of_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    building, made = Barrier(2), []

    def build(*_address: object, **_options: object) -> object:
        with contextlib.suppress(BrokenBarrierError):
            building.wait(0.5)  # passed at once where another builds beside us
        made.append(object())
        return made[-1]

    monkeypatch.setattr(redis.Redis, "from_url", build)
    throttles._client.cache_clear()
    try:
        with ThreadPoolExecutor(2) as threads:
            calls = [threads.submit(throttles._the_client) for _time in range(2)]
            assert len({id(call.result()) for call in calls}) == len(made) == 1
    finally:
        throttles._client.cache_clear()


@pytest.mark.django_db
def test_a_flushed_redis_forgets_the_count_and_nothing_else(cast: Cast, settings: Settings) -> None:
    settings.API_READS_A_MINUTE = 1
    resident = Api(cast.resident)
    for _time in range(3):
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
        assert resident.get("/service-requests/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_request_in_somebodys_hands_answers_busy_and_says_when_to_try_again(cast: Cast) -> None:
    request, desk = cast.place(), Api(cast.dispatcher)
    other = connections.create_connection("default")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM requests_app_servicerequest WHERE id = %s FOR UPDATE", [request.pk])
        response = desk.act(request, "amend", title="改过")
        problem(response, 409, "busy")
        assert response.headers["Retry-After"] == "1"
    finally:
        other.rollback()
        other.close()
        connection.close()
