"""Undo: one's own last step, by the opposite one, while nothing has happened since."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from civic.cases.models import CaseEvent
from civic.lib import clock, codes
from civic.lib.errors import IllegalTransition, NotAllowed, VersionConflict
from requests_app import actions
from requests_app.actions import undo as undoing
from requests_app.models import Pool, ServiceRequest, Unit
from tests.cast import Cast
from tests.requests_app.desk_forms import local, send, state_of, url_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "work"}


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The dispatcher's browser."""
    client.force_login(cast.dispatcher)
    return client


def tomorrow() -> Any:
    return clock.now() + timedelta(days=1)


def done(cast: Cast, verb: str, request: ServiceRequest) -> ServiceRequest:
    """Takes one of the steps that have an opposite."""
    unit, _new = Unit.objects.get_or_create(name="区供水公司", area=cast.district, kind="utility")
    other = cast.place(actor=cast.neighbour)
    facts: dict[str, dict[str, Any]] = {
        "offer": {"pool": True},
        "pause": {"reason_code": "away", "until": tomorrow()},
        "refer": {"unit": unit.pk, "answer_class": "24h", "note": "请处理"},
        "merge": {"into": other.pk},
    }
    return actions.act(request, verb, actor=cast.dispatcher, **facts[verb])


@pytest.mark.parametrize(
    ("verb", "opposite", "led_to"),
    [
        ("offer", "withdraw_offer", "offered"),
        ("pause", "resume", "submitted"),
        ("refer", "recall", "referred"),
        ("merge", "split", "merged"),
    ],
)
def test_a_step_with_an_opposite_is_undone_by_it(cast: Cast, verb: str, opposite: str, led_to: str) -> None:
    request = done(cast, verb, cast.place())
    assert request.state == led_to
    assert undoing.undoable({request.pk: request.version}, cast.dispatcher) == [request.pk]
    back = undoing.undo(request, actor=cast.dispatcher, version=request.version)
    assert (back.state, back.paused_at, back.merged_into_id) == ("submitted", None, None)
    last = actions_of(back)[-1]
    assert last == opposite
    assert undoing.undoable({back.pk: back.version}, cast.dispatcher) == []


def actions_of(request: ServiceRequest) -> list[str]:
    """Returns the verbs of the history."""
    found = CaseEvent.objects.filter(kind=request.kind, case_id=request.pk).order_by("seq")
    return list(found.values_list("verb", flat=True))


def test_what_has_moved_on_is_not_undone(cast: Cast) -> None:
    request = done(cast, "offer", cast.place())
    actions.act(request, "accept", actor=cast.volunteer.user, agreed_start=tomorrow())
    with pytest.raises(VersionConflict):
        undoing.undo(request, actor=cast.dispatcher, version=request.version)
    assert state_of(request) == "accepted"


def test_only_ones_own_step_and_only_for_a_while(cast: Cast) -> None:
    request = done(cast, "offer", cast.place())
    assert undoing.undoable({request.pk: request.version}, cast.colleague) == []
    with pytest.raises(IllegalTransition):
        undoing.undo(request, actor=cast.colleague, version=request.version)
    later = clock.now() + undoing.WITHIN + timedelta(seconds=1)
    with time_machine.travel(later), pytest.raises(IllegalTransition):
        undoing.undo(request, actor=cast.dispatcher, version=request.version)
    assert state_of(request) == "offered"


def test_a_right_that_was_lost_meanwhile_undoes_nothing(cast: Cast) -> None:
    request = done(cast, "offer", cast.place())
    cast.dispatcher.memberships.update(valid_until=clock.now())
    fresh = type(cast.dispatcher).objects.get(pk=cast.dispatcher.pk)
    with pytest.raises(NotAllowed):
        undoing.undo(request, actor=fresh, version=request.version)


def test_an_offer_beside_an_earlier_one_and_a_pause_that_withdrew_offers_have_no_undo(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, headcount=2)
    beside = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    assert undoing.undoable({beside.pk: beside.version}, cast.dispatcher) == []
    paused = done(cast, "pause", beside)
    assert undoing.undoable({paused.pk: paused.version}, cast.dispatcher) == []
    amended = actions.act(paused, "amend", actor=cast.dispatcher, title="改")
    assert undoing.undoable({amended.pk: amended.version}, cast.dispatcher) == []


def test_the_toast_of_a_step_carries_its_undo_and_others_carry_none(cast: Cast, desk: Client) -> None:
    request = cast.place()
    data = {"version": 1, "form_key": codes.token(), "pool": "1"}
    answer = desk.post(url_of(request, "offer"), data, headers=HTMX)
    toast = json.loads(answer.headers["HX-Trigger"])["civic:toast"]
    assert toast["undo"]["chosen"] == f"{request.pk}:2"
    undo = {"chosen": toast["undo"]["chosen"], "form_key": toast["undo"]["form_key"]}
    answer = desk.post(reverse("desk:undo"), undo, headers=HTMX)
    told = json.loads(answer.headers["HX-Trigger"])
    assert told["desk:moved"] == {"ids": [request.pk]}
    assert (state_of(request), Pool.objects.get().state) == ("submitted", "closed")
    again = desk.post(reverse("desk:undo"), undo | {"form_key": codes.token()}, headers=HTMX)
    assert json.loads(again.headers["HX-Trigger"])["civic:toast"]["tone"] == "error"
    data = {"version": 3, "form_key": codes.token(), "reason_code": "unsafe", "text": "不安全"}
    answer = desk.post(url_of(request, "reject"), data, headers=HTMX)
    assert "undo" not in json.loads(answer.headers["HX-Trigger"])["civic:toast"]


def test_a_step_on_many_is_undone_as_far_as_nothing_has_happened_since(cast: Cast, desk: Client) -> None:
    requests = [cast.place(title=f"第{n}件") for n in range(3)]
    chosen = [f"{each.pk}:1" for each in requests]
    address = reverse("desk:many", args=["pool"])
    answer = desk.post(address, {"chosen": chosen, "form_key": codes.token()})
    undoable = answer.context["undoable"]
    assert undoable == [f"{each.pk}:2" for each in requests]
    actions.act(requests[1], "accept", actor=cast.volunteer.user, agreed_start=tomorrow())
    answer = desk.post(reverse("desk:undo"), {"chosen": undoable, "form_key": codes.token(), "panel": "1"})
    assert [line.result.pk for line in answer.context["done"]] == [requests[0].pk, requests[2].pk]
    assert [state_of(each) for each in requests] == ["submitted", "accepted", "submitted"]
    assert "接单" in answer.content.decode()


def test_without_scripts_the_step_is_told_as_before(cast: Cast, desk: Client) -> None:
    request = cast.place()
    answer = send(desk, request, "pause", reason_code="away", until=local(tomorrow()))
    assert answer.status_code == 302


def test_an_offer_undone_takes_its_terms_along_and_leaves_the_clock_where_it_stood(cast: Cast) -> None:
    request = cast.place()
    minutes = request.expected_minutes
    with time_machine.travel(request.dispatch_due_at + timedelta(hours=1)):
        offered = actions.act(
            request,
            "offer",
            actor=cast.dispatcher,
            volunteers=[cast.volunteer.pk],
            agreed_start=clock.now() + timedelta(days=2),
            expected_minutes=minutes + 30,
        )
        back = undoing.undo(offered, actor=cast.dispatcher, version=offered.version)
    assert (back.agreed_start, back.expected_minutes) == (None, minutes)
    assert (back.dispatch_due_at, back.act_by) == (request.dispatch_due_at, request.dispatch_due_at)


def test_a_pause_that_dropped_the_agreed_start_has_no_undo(cast: Cast) -> None:
    asked: dict[str, Any] = {"volunteers": [cast.volunteer.pk], "agreed_start": tomorrow()}
    request = actions.act(cast.place(), "offer", actor=cast.dispatcher, **asked)
    taken_back = actions.act(request, "withdraw_offer", actor=cast.dispatcher)
    assert taken_back.agreed_start is not None
    until = taken_back.agreed_start + timedelta(days=1)
    paused = actions.act(taken_back, "pause", actor=cast.dispatcher, reason_code="away", until=until)
    assert undoing.undoable({paused.pk: paused.version}, cast.dispatcher) == []


def test_a_merge_undone_leaves_the_request_paused_as_it_was(cast: Cast) -> None:
    paused = done(cast, "pause", cast.place())
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        merged = done(cast, "merge", paused)
    assert merged.paused_at is None
    with time_machine.travel(clock.now() + timedelta(hours=1, minutes=1)):
        back = undoing.undo(merged, actor=cast.dispatcher, version=merged.version)
    for name in (
        "paused_at",
        "paused_until",
        "pause_reason",
        "due_at",
        "dispatch_due_at",
        "act_by",
        "clocks",
    ):
        assert getattr(back, name) == getattr(paused, name), name


def test_a_pause_undone_moves_no_limit(cast: Cast) -> None:
    request = cast.place()
    paused = done(cast, "pause", request)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        back = undoing.undo(paused, actor=cast.dispatcher, version=paused.version)
    assert (back.clocks, back.due_at, back.act_by) == (request.clocks, request.due_at, request.act_by)
