"""Two pools that open at once: nobody is told of both who has room for one notice only."""

from functools import partial

import pytest

from civic.notify.models import Message
from requests_app import reference
from requests_app.actions import act
from requests_app.effects import pooling
from requests_app.models import Considered, PoolNotices, ServiceRequest
from requests_app.models.matching import TOLD
from tests.cast import Cast
from tests.races.conftest import overlapping, refused, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(crowd: Cast) -> list[ServiceRequest]:
    """Two requests in a district in which nobody is told more than once a week."""
    PoolNotices.objects.create(per_week=1)
    reference.forget()
    return [crowd.place(), crowd.place()]


def told() -> list[int]:
    found = Considered.objects.filter(TOLD).values_list("volunteer__user_id", flat=True)
    assert sorted(found) == sorted(
        Message.objects.filter(event="pool.opened").values_list("user_id", flat=True)
    )
    return sorted(found)


def test_without_the_lock_everybody_is_told_of_both(
    crowd: Cast, two: list[ServiceRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooling, "_hold", lambda people: None)
    overlapping(*(partial(act, each, "offer", actor=crowd.dispatcher, pool=True) for each in two))
    everybody = [each.user_id for each in (crowd.volunteer, crowd.second, crowd.third)]
    assert told() == sorted(2 * everybody)


def test_the_second_counts_what_the_first_has_told(crowd: Cast, two: list[ServiceRequest]) -> None:
    overlapping(*(partial(act, each, "offer", actor=crowd.dispatcher, pool=True) for each in two))
    assert told() == sorted(each.user_id for each in (crowd.volunteer, crowd.second, crowd.third))
    passed = Considered.objects.filter(request=two[1]).values_list("passed_over", flat=True)
    assert set(passed) == {"week"}


@pytest.mark.parametrize("attempt", range(3))
def test_five_at_once_tell_nobody_twice(crowd: Cast, two: list[ServiceRequest], attempt: int) -> None:
    requests = [*two, *(crowd.place() for _ in range(3))]
    results = together(*(partial(act, each, "offer", actor=crowd.dispatcher, pool=True) for each in requests))
    assert refused(results) == []
    assert told() == sorted(each.user_id for each in (crowd.volunteer, crowd.second, crowd.third))
