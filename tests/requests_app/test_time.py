"""Clocks that ring, climb, stand still and move: pausing, urging, escalation, and a calendar changed late."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.accounts.models import User
from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotAllowed, NotFound, TooMany, ValidationFailed
from civic.notify.models import Message
from civic.worktime import calendar
from insight import consistency
from requests_app.actions import act
from requests_app.effects import clocks
from requests_app.enums import Step
from requests_app.models import Category, ServiceRequest, TimeLimit
from requests_app.reference import forget, rule
from tests.cast import Cast
from tests.worktime.conftest import local

pytestmark = pytest.mark.django_db

MONDAY = "2026-03-02 09:00"  # an ordinary week: no holiday between 24 February and 3 April 2026


def fresh(request: ServiceRequest) -> ServiceRequest:
    """Returns the request as it stands."""
    return ServiceRequest.objects.get(pk=request.pk)


def placed(cast: Cast, at: str = MONDAY, **wish: Any) -> ServiceRequest:
    """Returns a request placed at a local moment, without a wished time."""
    with clock.at(local(at)):
        return cast.place(**{"preferred_start": None, "preferred_end": None, **wish})


def until(at: str) -> None:
    """Lets time pass to a local moment: every timer fires in its own time."""
    while (
        due := Timer.objects.filter(kind="request", fired_at=None, voided_at=None, run_at__lte=local(at))
        .order_by("run_at")
        .values_list("run_at", flat=True)
        .first()
    ):
        with clock.at(due):
            timers.sweep()


def told(event: str, user: User) -> int:
    """Returns how many messages of `event` somebody has."""
    return Message.objects.filter(event=event, user=user).count()


# Which limit holds


def test_the_most_specific_limit_holds(cast: Cast) -> None:
    errand = Category.objects.get(code="errand")
    asked = (Step.DISPATCH, errand.pk, "normal", cast.grid.pk)

    def add(hours: float, **fits: Any) -> float:
        TimeLimit.objects.create(step=Step.DISPATCH, clock="work_hours", amount=hours, **fits)
        forget()
        return rule(*asked).amount

    assert rule(*asked).amount == 2
    assert add(3, area=cast.city) == 2  # the urgency counts more than the place
    assert add(4, area=cast.city, urgency="normal") == 4
    assert add(5, area=cast.community, urgency="normal") == 5
    assert add(6, category=errand) == 6  # the category counts most
    assert add(7, category=errand, area=cast.district) == 7
    assert add(8, category=errand, urgency="normal") == 8
    assert add(9, category=errand, urgency="normal", area=cast.other_district) == 8


def test_without_any_row_a_built_in_limit_holds(cast: Cast) -> None:
    TimeLimit.objects.all().delete()
    forget()
    assert placed(cast).dispatch_due_at == local("2026-03-02 11:00")


# Reminders and climbing


def test_whoever_must_act_is_reminded_and_then_level_by_level_up_to_the_district(cast: Cast) -> None:
    street = cast.staff("街道", "+8613800000031", "dispatcher", cast.street)
    request = placed(cast)
    until("2026-03-02 10:00")  # one of two work hours; the hour before is the same moment
    assert told("desk.half_time", cast.dispatcher) == 1
    until("2026-03-02 10:59")
    assert (told("desk.hour_left", cast.dispatcher), told("desk.overdue", cast.dispatcher)) == (0, 0)
    until("2026-03-02 11:00")
    assert told("desk.overdue", cast.dispatcher) == 1
    assert (told("desk.climbed", street), told("desk.climbed", cast.colleague)) == (0, 0)
    until("2026-03-02 17:00")  # four work hours later: 11-12, 14-17
    assert (told("desk.climbed", street), told("desk.climbed", cast.colleague)) == (1, 0)
    until("2026-03-03 11:00")  # and four more
    assert (told("desk.climbed", street), told("desk.climbed", cast.colleague)) == (1, 1)
    until("2026-03-20 18:00")
    assert Message.objects.filter(event__in=["desk.overdue", "desk.climbed"]).count() == 3
    levels = [event.facts["level"] for event in CaseEvent.objects.filter(case_id=request.pk, verb="remind")]
    assert levels == ["community", "community", "street", "district"]
    assert [str(fault) for fault in consistency.check()] == []


def test_the_hour_before_rings_when_it_comes_after_half_time(cast: Cast) -> None:
    placed(cast, category="learning")  # not in a hurry: 8 work hours, due at 09:00 the next day
    until("2026-03-02 15:00")  # half: 9-12, 14-15
    assert told("desk.half_time", cast.dispatcher) == 1
    until("2026-03-03 07:59")
    assert told("desk.hour_left", cast.dispatcher) == 0
    until("2026-03-03 08:00")  # the last work hour begins
    assert told("desk.hour_left", cast.dispatcher) == 1


def test_nothing_rings_any_more_once_somebody_acts(cast: Cast) -> None:
    request = placed(cast)
    with clock.at(local("2026-03-02 09:30")):
        act(request, "reject", actor=cast.dispatcher, reason_code="unsafe", text="x")
    until("2026-03-30 18:00")
    assert not Message.objects.filter(event__startswith="desk.").exists()


def test_acting_on_an_overdue_step_gives_one_delay_more(cast: Cast) -> None:
    request = placed(cast)
    until("2026-03-02 11:00")
    with clock.at(local("2026-03-02 16:00")):
        act(request, "amend", actor=cast.dispatcher, title="改")
    until("2026-03-03 09:59")
    assert told("desk.climbed", cast.colleague) == 0
    until("2026-03-03 10:00")  # 16-18, 8-10; nobody sits at the street, so it is the district
    assert told("desk.climbed", cast.colleague) == 1


def test_placing_writes_one_timer(cast: Cast) -> None:
    request = placed(cast)
    assert list(Timer.objects.filter(kind="request", case_id=request.pk).values_list("name", flat=True)) == [
        "half_time"
    ]


# Pausing


def paused(cast: Cast, request: ServiceRequest, at: str, end: str, reason: str = "parts") -> ServiceRequest:
    """Pauses `request` at a local moment until another."""
    with clock.at(local(at)):
        return act(request, "pause", actor=cast.dispatcher, reason_code=reason, until=local(end))


def test_a_pause_stops_the_clock_and_ends_by_itself_across_the_spring_festival(cast: Cast) -> None:
    request = placed(cast, "2026-02-13 16:00")  # a Friday; Saturday 14 is worked, 15 to 23 are free
    assert request.dispatch_due_at == local("2026-02-13 18:00")
    assert request.due_at == local("2026-02-27 16:00")  # work days: 14, 24, 25, 26, 27
    request = paused(cast, request, "2026-02-13 17:00", "2026-02-26 09:00")
    assert request.act_by == local("2026-02-26 09:00")
    until("2026-02-26 08:59")
    assert told("desk.overdue", cast.dispatcher) == 0
    until("2026-02-26 09:00")
    request = fresh(request)
    assert request.paused_at is None
    assert request.dispatch_due_at == local("2026-02-26 10:00")  # the hour that was left
    # 7 h of Friday, Saturday 14 and Tuesday 24 to Thursday 26 09:00 stood: 5 days less 1 hour are left
    assert request.due_at == local("2026-03-04 08:00")
    assert request.original_due_at == local("2026-02-27 16:00")
    assert told("desk.resumed", cast.dispatcher) == 1
    assert [str(fault) for fault in consistency.check()] == []


def test_an_overdue_request_is_as_overdue_after_the_pause(cast: Cast) -> None:
    request = placed(cast)
    until("2026-03-02 11:00")
    paused(cast, request, "2026-03-02 12:00", "2026-03-05 14:00")
    until("2026-03-05 14:00")
    assert fresh(request).dispatch_due_at == local("2026-03-05 11:00")
    assert told("desk.overdue", cast.dispatcher) == 1


def test_pausing_withdraws_offers_and_releases_who_would_come_before_the_end(cast: Cast) -> None:
    start = clock.now() + timedelta(days=1)
    request = cast.accepted(preferred_start=start, preferred_end=start + timedelta(hours=1))
    ends = {"reason_code": "away", "until": start + timedelta(days=1)}
    request = act(request, "pause", actor=cast.dispatcher, **ends)
    assert (request.state, request.agreed_start) == ("submitted", None)
    assert told("task.released", cast.volunteer.user) == 2  # in the app and by text message
    asked = cast.offered(cast.second)
    assert act(asked, "pause", actor=cast.dispatcher, **ends).state == "submitted"
    assert told("offer.withdrawn", cast.second.user) == 2
    running = Timer.objects.filter(
        kind="request", case_id__in=[request.pk, asked.pk], fired_at=None, voided_at=None
    )
    assert set(running.values_list("name", flat=True)) == {"resume"}
    assert [str(fault) for fault in consistency.check()] == []


def test_who_comes_after_the_pause_still_comes(cast: Cast) -> None:
    start = clock.now() + timedelta(days=5)
    request = cast.accepted(preferred_start=start, preferred_end=start + timedelta(hours=1))
    until_then = clock.now() + timedelta(days=1)
    request = act(request, "pause", actor=cast.dispatcher, reason_code="weather", until=until_then)
    assert request.state == "accepted"
    with pytest.raises(IllegalTransition):
        act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    request = act(request, "resume", actor=cast.dispatcher)
    running = Timer.objects.filter(kind="request", case_id=request.pk, fired_at=None, voided_at=None)
    assert {"start_24h", "start_2h", "late_check_in"} <= set(running.values_list("name", flat=True))
    assert [str(fault) for fault in consistency.check()] == []


def test_whoever_is_away_reads_so_in_words_to_them(cast: Cast, client: Client) -> None:
    request = paused(cast, cast.place(), MONDAY, "2026-03-05 14:00", "away")
    client.force_login(cast.resident)
    assert "您暂时不在家" in client.get(reverse("track", args=[request.code])).content.decode()


def test_what_a_pause_needs(cast: Cast) -> None:
    request, now = cast.place(), clock.now()
    good = {"reason_code": "away", "until": now + timedelta(days=29)}
    for wrong in (
        {"reason_code": "bored"},
        {"until": now - timedelta(hours=1)},
        {"until": now + timedelta(days=31)},
        {"until": None},
    ):
        with pytest.raises(ValidationFailed):
            act(request, "pause", actor=cast.dispatcher, **good | wrong)
    with pytest.raises(IllegalTransition):
        act(request, "resume", actor=cast.dispatcher)
    with pytest.raises(NotAllowed):
        act(request, "pause", actor=cast.resident, **good)
    act(request, "pause", actor=cast.dispatcher, **good)
    with pytest.raises(IllegalTransition):
        act(request, "pause", actor=cast.dispatcher, **good)
    with pytest.raises(IllegalTransition):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    assert act(request, "cancel", actor=cast.resident).paused_at is None
    assert not Timer.objects.filter(
        kind="request", case_id=request.pk, fired_at=None, voided_at=None
    ).exists()


# Urging


def test_a_resident_urges_once_a_day_and_the_desk_is_told_at_once(cast: Cast) -> None:
    request = placed(cast)
    with clock.at(local("2026-03-02 23:30")):
        act(request, "urge", actor=cast.resident)
        assert told("desk.urged", cast.dispatcher) == 1
        with pytest.raises(TooMany) as refused:
            act(request, "urge", actor=cast.resident)
        assert refused.value.retry_after == 30 * 60 + 1
        with pytest.raises(NotAllowed):
            act(request, "urge", actor=cast.neighbour)
    with clock.at(local("2026-03-03 00:05")):
        act(request, "urge", actor=cast.resident)
    assert told("desk.urged", cast.dispatcher) == 2


def test_verbs_of_the_system_are_nobodys(cast: Cast) -> None:
    with pytest.raises(NotFound):
        act(cast.place(), "recalculate", actor=cast.dispatcher)


def test_the_desk_reads_why_each_clock_stands_where_it_stands(cast: Cast, client: Client) -> None:
    request = placed(cast)
    until("2026-03-02 11:00")
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    for words in ("派单", "2 个工作小时", "已超期", "时限过半", "社区", "李敏", "办结"):
        assert words in page
    paused(cast, fresh(request), "2026-03-02 12:00", "2026-03-05 14:00")
    until("2026-03-05 14:00")
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "原定" in page
    assert "暂停计时" in page


def test_a_resident_presses_the_button_and_reads_that_the_desk_was_reminded(
    cast: Cast, client: Client
) -> None:
    request = cast.place()
    client.force_login(cast.resident)
    page = reverse("track", args=[request.code])
    assert "催办" in client.get(page).content.decode()
    answer = client.post(reverse("track_urge", args=[request.code]), follow=True).content.decode()
    assert "明天可以再次催办" in answer
    assert reverse("track_urge", args=[request.code]) not in answer
    assert told("desk.urged", cast.dispatcher) == 1


def test_an_extension_of_an_overdue_one_rings_anew_and_keeps_the_original(cast: Cast) -> None:
    request = placed(cast)
    until("2026-03-02 11:00")
    with clock.at(local("2026-03-02 15:00")):
        clock_before = clocks.of(fresh(request), Step.DISPATCH)
        assert clock_before is not None
        moved = clock_before.moved_to(
            local("2026-03-02 15:00"), local("2026-03-04 12:00"), calendar.for_area(cast.grid.pk)
        )
    assert (moved.due_at, moved.first_due_at) == (local("2026-03-04 12:00"), local("2026-03-02 11:00"))
    assert (moved.mark, moved.set_to) == (0, local("2026-03-04 12:00"))
