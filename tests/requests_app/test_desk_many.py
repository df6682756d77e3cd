"""A step on many requests at once: each by itself through the write door, each told what became of it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from civic.accounts.enums import Role
from civic.cases.models import CaseEvent, OnceKey
from civic.lib import clock, codes
from requests_app import actions
from requests_app.actions.many import MOST
from requests_app.models import Pool, ServiceRequest
from requests_app.queries import desk_many
from tests.cast import Cast
from tests.requests_app.desk_forms import local, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The dispatcher's browser."""
    client.force_login(cast.dispatcher)
    return client


def seen(*requests: ServiceRequest) -> list[str]:
    """Returns the requests as the queue's checkboxes name them, as they are now."""
    found = ServiceRequest.objects.in_bulk([each.pk for each in requests])
    return [f"{each.pk}:{found[each.pk].version}" for each in requests]


def send(client: Client, name: str, chosen: Iterable[str], **typed: Any) -> HttpResponse:
    """Posts the form of a step on many."""
    data = {"chosen": list(chosen), "form_key": codes.token(), **typed}
    return client.post(reverse("desk:many", args=[name]), data)


def outcome(response: Any) -> tuple[list[int], list[str]]:
    """Returns the requests that were done, and why the others were not."""
    context = response.context
    return [line.result.pk for line in context["done"]], [line.result.why_not for line in context["failed"]]


def test_many_are_put_into_the_pool_with_one_summary_and_one_end(cast: Cast, desk: Client) -> None:
    requests = [cast.place(title=f"第{n}件") for n in range(3)]
    ends = (clock.now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    response = send(desk, "pool", seen(*requests), public_summary="请帮忙跑腿", closes_at=local(ends))
    assert outcome(response) == ([each.pk for each in requests], [])
    for request in requests:
        request.refresh_from_db()
        assert (request.state, request.public_summary, request.version) == ("offered", "请帮忙跑腿", 2)
    assert {pool.closes_at for pool in Pool.objects.all()} == {ends}


def test_a_pool_never_outlasts_the_start_and_does_not_end_in_the_past(cast: Cast, desk: Client) -> None:
    soon = clock.now() + timedelta(hours=1)
    early = cast.place(preferred_start=soon - timedelta(minutes=30), preferred_end=soon)
    send(desk, "pool", seen(early), closes_at=local(clock.now() + timedelta(hours=5)))
    assert Pool.objects.get(request=early).closes_at == soon
    late = cast.place()
    _done, why = outcome(send(desk, "pool", seen(late), closes_at=local(clock.now() - timedelta(hours=1))))
    assert len(why) == 1
    assert "将来" in why[0] or "未来" in why[0]
    assert state_of(late) == "submitted"


def test_one_refusal_keeps_nothing_and_stops_nobody_else(cast: Cast, desk: Client) -> None:
    taken, fresh, secret = cast.accepted(), cast.place(title="还没派"), cast.place(title="要保密")
    actions.act(secret, "confidential", actor=cast.dispatcher, on=True)
    before = CaseEvent.objects.count()
    response = send(desk, "pool", seen(taken, fresh, secret))
    done, why = outcome(response)
    assert done == [fresh.pk]
    assert len(why) == 2
    assert CaseEvent.objects.count() == before + 1
    assert list(Pool.objects.values_list("request", flat=True)) == [fresh.pk]
    html = response.content.decode()
    assert taken.headline in html
    assert reverse("desk:request", args=[taken.pk]) in html


def test_what_a_colleague_did_meanwhile_is_told_and_left_alone(cast: Cast, desk: Client) -> None:
    first, second = cast.place(title="被抢先的"), cast.place(title="没人动的")
    chosen = seen(first, second)
    actions.act(first, "offer", actor=cast.colleague, volunteers=[cast.third.pk])
    response = send(desk, "reject", chosen, reason_code="unsafe", text="请拨打12345")
    assert outcome(response)[0] == [second.pk]
    assert (state_of(first), state_of(second)) == ("offered", "rejected")
    assert "派单给赵强" in response.content.decode()


def test_many_wait_until_the_same_day(cast: Cast, desk: Client) -> None:
    requests = [cast.place(), cast.place()]
    until = clock.now() + timedelta(days=2)
    send(desk, "pause", seen(*requests), reason_code="weather", until=local(until), note="暴雨")
    paused = ServiceRequest.objects.exclude(paused_at=None)
    assert set(paused.values_list("pk", "pause_reason")) == {(each.pk, "weather") for each in requests}


def test_many_get_another_area_but_none_outside_ones_own(cast: Cast, desk: Client) -> None:
    requests = [cast.place(), cast.place()]
    done, why = outcome(send(desk, "area", seen(*requests), area=cast.community.pk))
    assert (len(done), why) == (2, [])
    assert set(ServiceRequest.objects.values_list("area", flat=True)) == {cast.community.pk}
    done, why = outcome(send(desk, "area", seen(*requests), area=cast.other_district.pk))
    assert (done, len(why)) == ([], 2)
    assert set(ServiceRequest.objects.values_list("area", flat=True)) == {cast.community.pk}


def test_requests_elsewhere_are_not_named(cast: Cast, client: Client) -> None:
    request = cast.place(title="别区的事")
    client.force_login(cast.outsider)
    response = send(client, "pool", seen(request))
    assert outcome(response)[0] == []
    assert "别区的事" not in response.content.decode()
    assert state_of(request) == "submitted"


def test_who_also_audits_elsewhere_is_refused_there(cast: Cast, client: Client) -> None:
    both = cast.staff("郑双", "+8613800000061", Role.AUDITOR, cast.district)
    both.memberships.create(role=Role.DISPATCHER, area=cast.other_district, valid_from=clock.now())
    request = cast.place()
    client.force_login(both)
    done, why = outcome(send(client, "pool", seen(request)))
    assert (done, len(why), state_of(request)) == ([], 1, "submitted")


def test_a_form_sent_twice_takes_every_step_once(cast: Cast, desk: Client) -> None:
    requests = [cast.place(), cast.place()]
    typed = {"chosen": seen(*requests), "form_key": codes.token()}
    address = reverse("desk:many", args=["pool"])
    first, again = desk.post(address, typed), desk.post(address, typed)
    assert outcome(first) == outcome(again) == ([each.pk for each in requests], [])
    assert Pool.objects.count() == 2
    assert OnceKey.objects.filter(path=address).count() == 2


def test_fifty_go_at_once_and_fifty_one_do_not(cast: Cast, desk: Client) -> None:
    requests = [cast.place(title=f"第{n}件") for n in range(MOST)]
    asked = desk.get(reverse("desk:many", args=["pool"]), {"chosen": seen(*requests)})
    assert asked.content.decode().count('name="chosen"') == MOST
    assert outcome(send(desk, "pool", seen(*requests))) == ([each.pk for each in requests], [])
    assert send(desk, "pool", [*seen(*requests), "999999:1"]).status_code == 400


def test_nothing_chosen_and_steps_that_do_not_exist_are_refused(cast: Cast, desk: Client) -> None:
    for chosen in ([], ["x"], ["1"], ["1:2:3"], ["-1:1"], ["99999999999:1"]):
        assert send(desk, "pool", chosen).status_code == 400
    assert send(desk, "close", seen(cast.place())).status_code == 404


def test_what_is_missing_is_asked_for_and_nothing_is_done(cast: Cast, desk: Client) -> None:
    request = cast.place()
    response = send(desk, "reject", seen(request), reason_code="unsafe", text="")
    assert response.status_code == 400
    assert f'value="{request.pk}:1"' in response.content.decode()  # still chosen
    assert state_of(request) == "submitted"


def test_checkboxes_are_for_dispatchers(cast: Cast, client: Client) -> None:
    cast.place()
    for user, shown in ((cast.dispatcher, True), (cast.auditor, False), (cast.proxy, False)):
        client.force_login(user)
        assert ("data-pick" in client.get(reverse("desk:queue")).content.decode()) is shown


def test_the_results_of_many_cost_one_query_to_read_the_requests(
    cast: Cast, desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    requests = [cast.place() for _ in range(4)]
    with django_assert_num_queries(2):  # the memberships, the requests
        found = desk_many.found(cast.colleague, [each.pk for each in requests])
        assert [each.headline for each in found.values()]
    assert len(found) == 4
