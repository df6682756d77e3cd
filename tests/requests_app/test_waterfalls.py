"""One after another: who is asked when, how it goes on by itself, and how it ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from civic.cases import timers
from civic.cases.models import CaseEvent
from civic.lib import clock
from civic.lib.errors import AlreadyTaken, IllegalTransition, ValidationFailed
from civic.notify.models import Message
from insight import consistency
from requests_app.actions import act
from requests_app.models import Considered, Offer, ServiceRequest, Waterfall
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def begun(
    cast: Cast, width: int = 1, actor: Any = None, minutes: int | None = None, **wish: Any
) -> ServiceRequest:
    """Returns a request that is put to one after another, from tomorrow's wish of the resident."""
    request = cast.place(**wish)
    return act(
        request,
        "offer",
        actor=actor or cast.dispatcher,
        mode="waterfall",
        width=width,
        answer_minutes=minutes,
        agreed_start=request.preferred_start,
    )


def asked(request: ServiceRequest, **which: Any) -> list[Offer]:
    return list(
        Offer.objects.filter(request=request, **which).select_related("volunteer__user").order_by("pk")
    )


def now_asked(request: ServiceRequest) -> list[Offer]:
    return asked(request, state="open")


def waterfall(request: ServiceRequest) -> Waterfall:
    return Waterfall.objects.get(request=request)


def told_over(cast: Cast) -> int:
    return Message.objects.filter(user=cast.dispatcher, event="desk.waterfall_over").count()


def run_out(request: ServiceRequest) -> None:
    """Lets the open offers of a request run out."""
    with time_machine.travel(max(offer.expires_at for offer in now_asked(request)), tick=False):
        while timers.sweep():
            pass


def agrees() -> bool:
    return [str(fault) for fault in consistency.check()] == []


def test_two_are_asked_at_a_time_unless_said_otherwise(cast: Cast) -> None:
    request = cast.place()
    request = act(
        request, "offer", actor=cast.dispatcher, mode="waterfall", agreed_start=request.preferred_start
    )
    assert request.state == "offered"
    assert len(now_asked(request)) == 2
    assert waterfall(request).width == 2
    assert agrees()


def test_the_best_is_asked_first_and_the_ranks_are_kept(cast: Cast) -> None:
    request = begun(cast)
    (offer,) = now_asked(request)
    kept = Considered.objects.filter(request=request).order_by("rank")
    assert [each.rank for each in kept] == [1, 2, 3]
    assert [each.asked for each in kept] == [True, False, False]
    assert kept[0].volunteer_id == offer.volunteer_id


def test_who_declines_makes_room_for_the_next_in_the_same_step(cast: Cast) -> None:
    request = begun(cast)
    (first,) = now_asked(request)
    act(request, "decline_offer", actor=first.volunteer.user, reason_code="far")
    (second,) = now_asked(request)
    assert second.volunteer_id != first.volunteer_id
    assert second.made_by_id == cast.dispatcher.pk  # not by whoever declined
    event = CaseEvent.objects.get(case_id=request.pk, verb="decline_offer")
    assert event.facts["asked_next"] == [second.volunteer_id]
    assert event.to_state == "offered"
    assert Considered.objects.filter(request=request, seq=event.seq, asked=True).count() == 1
    assert not Message.objects.filter(event="desk.declined").exists()  # it goes on without the desk
    assert agrees()


def test_who_lets_the_time_pass_makes_room_too(cast: Cast) -> None:
    request = begun(cast)
    (first,) = now_asked(request)
    run_out(request)
    (second,) = now_asked(request)
    assert second.volunteer_id != first.volunteer_id
    assert second.made_at == first.expires_at
    assert Message.objects.filter(user=first.volunteer.user, event="offer.expired").exists()
    assert not Message.objects.filter(event="desk.nobody").exists()


def test_accepting_ends_it(cast: Cast) -> None:
    request = begun(cast, width=2)
    first, second = now_asked(request)
    request = act(request, "accept", actor=first.volunteer.user)
    assert request.state == "accepted"
    assert waterfall(request).ended == "filled"
    assert asked(request, volunteer=second.volunteer)[0].state == "withdrawn"
    assert len(asked(request)) == 2
    assert agrees()


def test_a_request_for_two_goes_on_until_both_have_come(cast: Cast) -> None:
    request = begun(cast, width=1, headcount=2)
    act(request, "accept", actor=now_asked(request)[0].volunteer.user)
    assert waterfall(request).state == "open"
    request = act(request, "accept", actor=now_asked(request)[0].volunteer.user)
    assert request.state == "accepted"
    assert waterfall(request).ended == "filled"


def test_at_the_end_of_the_list_the_dispatcher_is_told_once(cast: Cast) -> None:
    request = begun(cast, width=2)
    for _turn in range(3):
        assert told_over(cast) == 0
        act(request, "decline_offer", actor=now_asked(request)[0].volunteer.user)
    request.refresh_from_db()
    assert request.state == "submitted"
    assert waterfall(request).ended == "nobody"
    assert told_over(cast) == 1
    assert not Message.objects.filter(event__in=["desk.nobody", "desk.declined"]).exists()
    assert agrees()


def test_the_list_that_runs_out_by_itself_ends_likewise(cast: Cast) -> None:
    request = begun(cast, width=2)
    run_out(request)
    run_out(request)
    request.refresh_from_db()
    assert request.state == "submitted"
    assert [offer.state for offer in asked(request)] == ["expired"] * 3
    assert told_over(cast) == 1
    assert not Message.objects.filter(event="desk.nobody").exists()


def test_nobody_is_asked_once_the_start_has_come(cast: Cast) -> None:
    start = clock.now() + timedelta(hours=1)
    request = begun(cast, preferred_start=start, preferred_end=start + timedelta(hours=1))
    (first,) = now_asked(request)
    assert first.expires_at == start
    run_out(request)
    assert len(asked(request)) == 1
    request.refresh_from_db()
    assert (request.state, request.agreed_start) == ("submitted", None)


def test_the_next_are_chosen_among_those_who_may_be_asked_by_then(cast: Cast) -> None:
    request = begun(cast)
    (first,) = now_asked(request)
    waiting = {cast.volunteer.pk, cast.second.pk, cast.third.pk} - {first.volunteer_id}
    paused, last = (each for each in (cast.volunteer, cast.second, cast.third) if each.pk in waiting)
    paused.active = False
    paused.save(update_fields=["active"])
    act(request, "decline_offer", actor=first.volunteer.user)
    assert [offer.volunteer_id for offer in now_asked(request)] == [last.pk]


def test_whoever_was_asked_by_hand_in_this_round_is_not_asked_again(cast: Cast) -> None:
    request = cast.offered(cast.volunteer)
    run_out(request)
    request = act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=5)
    assert {offer.volunteer_id for offer in now_asked(request)} == {cast.second.pk, cast.third.pk}


def test_an_offer_by_hand_beside_it_neither_counts_nor_stops_it(cast: Cast) -> None:
    request = begun(cast)
    (first,) = now_asked(request)
    other = next(each for each in (cast.volunteer, cast.second, cast.third) if each.pk != first.volunteer_id)
    act(request, "offer", actor=cast.dispatcher, volunteers=[other.pk])
    act(request, "decline_offer", actor=other.user)
    assert [offer.pk for offer in now_asked(request)] == [first.pk]
    assert Message.objects.filter(event="desk.declined").count() == 1
    assert agrees()


def test_staff_stop_it_by_withdrawing_what_is_asked(cast: Cast) -> None:
    request = begun(cast, width=2)
    request = act(request, "withdraw_offer", actor=cast.colleague)
    assert request.state == "submitted"
    assert waterfall(request).ended == "stopped"
    assert len(asked(request)) == 2


def test_in_place_of_one_offer_that_is_withdrawn_the_next_is_asked(cast: Cast) -> None:
    request = begun(cast, width=2)
    first, second = now_asked(request)
    act(request, "withdraw_offer", actor=cast.dispatcher, offers=[first.pk])
    assert {offer.volunteer_id for offer in now_asked(request)} & {first.volunteer_id} == set()
    assert len(now_asked(request)) == 2
    assert second.pk in {offer.pk for offer in now_asked(request)}


def test_a_new_time_is_put_to_those_who_are_asked_and_it_goes_on(cast: Cast) -> None:
    request = begun(cast, width=2, minutes=30)
    before = {offer.volunteer_id for offer in now_asked(request)}
    request = act(
        request, "amend", actor=cast.dispatcher, agreed_start=request.agreed_start + timedelta(hours=3)
    )
    assert {offer.volunteer_id for offer in now_asked(request)} == before
    assert {offer.terms for offer in now_asked(request)} == {request.terms}
    assert {offer.waterfall_id for offer in now_asked(request)} == {waterfall(request).pk}
    assert waterfall(request).state == "open"
    assert agrees()


def test_a_new_time_is_not_slipped_in_with_another_offer(cast: Cast) -> None:
    request = begun(cast)
    other = next(each for each in (cast.second, cast.third) if each.pk != now_asked(request)[0].volunteer_id)
    with pytest.raises(ValidationFailed):
        act(
            request,
            "offer",
            actor=cast.dispatcher,
            volunteers=[other.pk],
            agreed_start=request.agreed_start + timedelta(hours=1),
        )


def test_a_pause_ends_it(cast: Cast) -> None:
    request = begun(cast)
    act(request, "pause", actor=cast.dispatcher, reason_code="away", until=clock.now() + timedelta(days=3))
    assert waterfall(request).ended == "stopped"
    assert agrees()


def test_a_request_that_becomes_confidential_asks_nobody_further(cast: Cast) -> None:
    request = begun(cast)
    request = act(request, "confidential", actor=cast.resident, on=True)
    assert request.state == "offered"  # whoever was asked may still answer
    assert waterfall(request).ended == "stopped"
    act(request, "decline_offer", actor=now_asked(request)[0].volunteer.user)
    assert now_asked(request) == []
    assert Message.objects.filter(event="desk.declined").exists()


def test_a_confidential_request_is_put_to_named_people_only(cast: Cast) -> None:
    request = act(cast.place(), "confidential", actor=cast.resident, on=True)
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, mode="waterfall")


def test_a_cancelled_request_asks_nobody_further(cast: Cast) -> None:
    request = begun(cast)
    act(request, "cancel", actor=cast.resident)
    assert waterfall(request).state == "closed"
    with pytest.raises(IllegalTransition):
        act(request, "decline_offer", actor=asked(request)[0].volunteer.user)


def test_two_do_not_go_on_at_once(cast: Cast) -> None:
    with pytest.raises(AlreadyTaken):
        act(begun(cast), "offer", actor=cast.colleague, mode="waterfall")


@pytest.mark.parametrize(
    "facts",
    [
        {"width": 0},
        {"width": 6},
        {"answer_minutes": 4},
        {"answer_minutes": 1441},
        {"volunteers": [1]},
        {"pool": True},
    ],
)
def test_what_cannot_be_asked_for_is_refused(cast: Cast, facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationFailed):
        act(cast.place(), "offer", actor=cast.dispatcher, mode="waterfall", **facts)


def test_it_does_not_begin_where_nobody_fits(cast: Cast) -> None:
    for each in (cast.volunteer, cast.second, cast.third):
        each.active = False
        each.save(update_fields=["active"])
    with pytest.raises(ValidationFailed):
        begun(cast)
    assert not Waterfall.objects.exists()


@pytest.mark.parametrize(
    ("urgency", "minutes", "at", "expires"),
    [
        # local time is eight hours ahead: 21:30, 9:00, 23:00
        ("normal", 60, datetime(2026, 3, 2, 13, 30, tzinfo=UTC), datetime(2026, 3, 2, 23, 30, tzinfo=UTC)),
        ("normal", 60, datetime(2026, 3, 2, 1, 0, tzinfo=UTC), datetime(2026, 3, 2, 2, 0, tzinfo=UTC)),
        ("urgent", 20, datetime(2026, 3, 2, 15, 0, tzinfo=UTC), datetime(2026, 3, 2, 15, 20, tzinfo=UTC)),
        ("normal", None, datetime(2026, 3, 2, 13, 30, tzinfo=UTC), datetime(2026, 3, 3, 0, 30, tzinfo=UTC)),
    ],
)
def test_time_to_answer_spares_the_night_as_with_other_offers(
    cast: Cast, urgency: str, minutes: int | None, at: datetime, expires: datetime
) -> None:
    with time_machine.travel(at, tick=False):
        request = begun(cast, minutes=minutes, urgency=urgency)
        assert [offer.expires_at for offer in now_asked(request)] == [expires]


def test_a_new_round_begins_without_it(cast: Cast) -> None:
    request = begun(cast)
    (first,) = now_asked(request)
    request = act(request, "accept", actor=first.volunteer.user)
    request = act(request, "check_in", actor=first.volunteer.user, code=request.check_in_code)
    request = act(request, "abort", actor=cast.dispatcher, reason="下雨")
    assert (request.round, request.state) == (2, "submitted")
    request = act(request, "offer", actor=cast.dispatcher, mode="waterfall", width=5)
    assert first.volunteer_id in {offer.volunteer_id for offer in now_asked(request)}  # may be asked anew
    assert agrees()
