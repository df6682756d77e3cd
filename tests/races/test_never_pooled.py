"""A confidential request is in no pool: by plain SQL, in both orders, and by two who do both at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
from django.db import IntegrityError, connection

from requests_app.actions import act
from requests_app.models import Pool, ServiceRequest
from tests.cast import Cast
from tests.races.conftest import overlapping

pytestmark = pytest.mark.django_db(transaction=True)
CONFIDENTIAL = "UPDATE requests_app_servicerequest SET confidential = true WHERE id = %s"
OPEN_POOL = """
INSERT INTO requests_app_pool (request_id, round, state, opened_at, closes_at)
VALUES (%s, 1, 'open', now(), now() + interval '1 day')
"""


def run(sql: str, request: int) -> None:
    """Runs one statement on a request, without the write door."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [request])


def broken() -> bool:
    """Whether a confidential request is in an open pool."""
    return Pool.objects.filter(state="open", request__confidential=True).exists()


def test_sql_opens_no_pool_of_a_confidential_request(crowd: Cast) -> None:
    request = act(crowd.place(), "confidential", actor=crowd.resident, on=True)
    with pytest.raises(IntegrityError, match="is confidential: no pool"):
        run(OPEN_POOL, request.pk)


def test_sql_gives_no_open_pool_to_a_confidential_request(crowd: Cast) -> None:
    request = act(crowd.place(), "confidential", actor=crowd.resident, on=True)
    run(OPEN_POOL, crowd.place().pk)
    with pytest.raises(IntegrityError, match="is confidential: no pool"):
        run("UPDATE requests_app_pool SET request_id = %s", request.pk)


def test_sql_makes_no_request_confidential_that_is_in_a_pool(crowd: Cast) -> None:
    request = act(crowd.place(), "offer", actor=crowd.dispatcher, pool=True)
    with pytest.raises(IntegrityError, match="is in a pool: not confidential"):
        run(CONFIDENTIAL, request.pk)
    with pytest.raises(IntegrityError, match="is in a pool: not confidential"):
        ServiceRequest.objects.filter(pk=request.pk).update(confidential=True)
    assert not ServiceRequest.objects.get(pk=request.pk).confidential


def test_what_was_pooled_once_may_be_confidential_and_the_other_way_round(crowd: Cast) -> None:
    request = act(crowd.place(), "offer", actor=crowd.dispatcher, pool=True)
    request = act(request, "confidential", actor=crowd.resident, on=True)
    request = act(request, "confidential", actor=crowd.resident, on=False)
    act(request, "offer", actor=crowd.dispatcher, pool=True)
    assert [pool.state for pool in Pool.objects.order_by("pk")] == ["closed", "open"]
    assert not broken()


def at_once(first: str, second: str, request: int) -> list[str]:
    """Runs two statements in two transactions, the second before the first has ended; returns what was refused."""
    try:
        overlapping(partial(run, first, request), partial(run, second, request))
    except IntegrityError as error:
        return [str(error)]
    return []


def test_without_the_triggers_both_at_once_get_through(
    crowd: Cast, guards_off: Callable[..., AbstractContextManager[None]]
) -> None:
    request = crowd.place().pk
    with guards_off():
        assert at_once(CONFIDENTIAL, OPEN_POOL, request) == []
        assert broken()


@pytest.mark.parametrize(
    ("first", "second"), [(CONFIDENTIAL, OPEN_POOL), (OPEN_POOL, CONFIDENTIAL)], ids=["sealed", "pooled"]
)
def test_of_both_at_once_one_is_refused(crowd: Cast, first: str, second: str) -> None:
    refused = at_once(first, second, crowd.place().pk)
    assert len(refused) == 1
    assert "confidential" in refused[0]
    assert not broken()
