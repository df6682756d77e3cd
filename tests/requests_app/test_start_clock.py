"""What rings between the agreed start and the check-in, worked out by hand from the paper calendar.

Ordinary days are worked 8:00-12:00 and 14:00-18:00. Without another rule a start is due half an hour after it was
agreed, day and night.
"""

from typing import Any

import pytest
from django.utils import timezone

from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from civic.notify.models import Message
from insight import consistency
from requests_app.actions import act
from requests_app.enums import Step
from requests_app.models import ServiceRequest, TimeLimit
from requests_app.reference import forget
from tests.cast import Cast
from tests.requests_app.test_time import MONDAY, told, until
from tests.worktime.conftest import local

pytestmark = pytest.mark.django_db

# (agreed start, clock and limit of the rule or None for the usual one, what rings and when, up to the deadline)
BELLS: list[tuple[str, tuple[str, float] | None, list[tuple[str, str]]]] = [
    # half an hour: half of it after a quarter; an hour before would be before the start
    ("2026-03-03 14:00", None, [("half_time", "03-03 14:15"), ("overdue", "03-03 14:30")]),
    ("2026-03-07 23:50", None, [("half_time", "03-08 00:05"), ("overdue", "03-08 00:20")]),  # a Saturday
    # two hours on the clock that always runs: an hour before is half time itself
    ("2026-03-03 12:30", ("urgent_hours", 2), [("half_time", "03-03 13:30"), ("overdue", "03-03 14:30")]),
    # three: half 13:30, an hour before 14:00
    (
        "2026-03-03 12:00",
        ("urgent_hours", 3),
        [("half_time", "03-03 13:30"), ("hour_before", "03-03 14:00"), ("overdue", "03-03 15:00")],
    ),
    # one work hour begun half an hour before lunch
    ("2026-03-03 11:30", ("work_hours", 1), [("half_time", "03-03 12:00"), ("overdue", "03-03 14:30")]),
    # four work hours across lunch: 9-12, 14-15; half 11:00
    (
        "2026-03-03 09:00",
        ("work_hours", 4),
        [("half_time", "03-03 11:00"), ("hour_before", "03-03 14:00"), ("overdue", "03-03 15:00")],
    ),
    # four work hours from Friday 17:00 on: 17-18 and Monday 8-11; half Monday 9:00
    (
        "2026-03-06 17:00",
        ("work_hours", 4),
        [("half_time", "03-09 09:00"), ("hour_before", "03-09 10:00"), ("overdue", "03-09 11:00")],
    ),
    # agreed for a Sunday: work hours begin on Monday 8:00
    ("2026-03-08 10:00", ("work_hours", 1), [("half_time", "03-09 08:30"), ("overdue", "03-09 09:00")]),
    # over Qingming (Saturday 4 to Monday 6 April are free): 17-18 and Tuesday 8-9, the last hour begins on Tuesday
    (
        "2026-04-03 17:00",
        ("work_hours", 2),
        [("half_time", "04-03 18:00"), ("hour_before", "04-07 08:00"), ("overdue", "04-07 09:00")],
    ),
]


def agreed(cast: Cast, start: str, at: str = MONDAY) -> ServiceRequest:
    """Returns a request that a volunteer has accepted, on Monday 2 March, for a local moment."""
    with clock.at(local(at)):
        return cast.accepted(preferred_start=local(start), preferred_end=None)


def rang(request: ServiceRequest) -> list[tuple[str, str]]:
    """Returns what rang about the start, in order: the bell and its local moment."""
    found = CaseEvent.objects.filter(
        case_id=request.pk, kind="request", verb="remind", facts__step=Step.START
    )
    lines = found.order_by("seq").values_list("facts__timer", "at")
    return [(name, f"{timezone.localtime(at):%m-%d %H:%M}") for name, at in lines]


@pytest.mark.parametrize(("start", "limit", "bells"), BELLS)
def test_the_start_rings_at_half_time_an_hour_before_and_when_it_is_due(
    cast: Cast, start: str, limit: tuple[str, float] | None, bells: list[tuple[str, str]]
) -> None:
    if limit is not None:
        TimeLimit.objects.create(step=Step.START, urgency="normal", clock=limit[0], amount=limit[1])
        forget()
    request = agreed(cast, start)
    until(f"2026-{bells[-1][1]}")
    assert rang(request) == bells
    words = {"half_time": "desk.half_time", "hour_before": "desk.hour_left", "overdue": "desk.overdue"}
    about = Message.objects.filter(user=cast.dispatcher, params__step__en="start of the service")
    assert list(about.order_by("pk").values_list("event", flat=True)) == [words[name] for name, _at in bells]
    assert [str(fault) for fault in consistency.check()] == []


def test_one_bell_of_the_start_is_set_at_a_time(cast: Cast) -> None:
    request = agreed(cast, "2026-03-03 14:00")
    running = Timer.objects.filter(
        kind="request", case_id=request.pk, part_id=4, fired_at=None, voided_at=None
    )
    assert [(each.name, each.run_at) for each in running] == [("half_time", local("2026-03-03 14:15"))]
    until("2026-03-03 14:15")
    assert [(each.name, each.run_at) for each in running.all()] == [("overdue", local("2026-03-03 14:30"))]


def test_after_the_deadline_the_start_climbs_from_desk_to_desk(cast: Cast) -> None:
    request = agreed(cast, "2026-03-03 14:00")
    until(
        "2026-03-04 08:30"
    )  # four work hours after 14:30: 14:30-18:00, 8:00-8:30; nobody sits at the street
    assert rang(request)[2:] == [("climb", "03-04 08:30")]
    assert told("desk.climbed", cast.colleague) == 1


@pytest.mark.parametrize(("at", "bells"), [("14:10", 0), ("14:20", 1), ("14:40", 2)])
def test_a_check_in_ends_the_bells_of_the_start(cast: Cast, at: str, bells: int) -> None:
    request = agreed(cast, "2026-03-03 14:00")
    until(f"2026-03-03 {at}")
    with clock.at(local(f"2026-03-03 {at}")):
        act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    until("2026-03-03 18:00")
    assert len(rang(request)) == bells


def test_a_start_agreed_anew_rings_at_its_new_time(cast: Cast) -> None:
    request = agreed(cast, "2026-03-03 14:00")
    with clock.at(local("2026-03-02 15:00")):
        later: dict[str, Any] = {"agreed_start": local("2026-03-04 10:00")}
        request = act(request, "amend", actor=cast.dispatcher, **later)
        act(request, "confirm", actor=cast.volunteer.user)
    until("2026-03-04 10:30")
    assert rang(request) == [("half_time", "03-04 10:15"), ("overdue", "03-04 10:30")]


def test_a_pause_before_the_start_takes_no_bell_away(cast: Cast) -> None:
    request = agreed(cast, "2026-03-05 14:00")
    with clock.at(local("2026-03-03 09:00")):
        ends = {"reason_code": "weather", "until": local("2026-03-04 09:00")}
        act(request, "pause", actor=cast.dispatcher, **ends)
    until("2026-03-05 14:30")
    assert rang(request) == [("half_time", "03-05 14:15"), ("overdue", "03-05 14:30")]


def test_a_released_volunteer_leaves_no_bell_of_the_start(cast: Cast) -> None:
    request = agreed(cast, "2026-03-03 14:00")
    with clock.at(local("2026-03-03 13:00")):
        gone = request.assignments.get()
        request = act(request, "reassign", actor=cast.dispatcher, assignment=gone.pk)
    assert request.state == "submitted"  # it waits for somebody again: other clocks run
    until("2026-03-03 18:00")
    assert rang(request) == []


def test_the_volunteers_own_reminders_stay_theirs(cast: Cast) -> None:
    agreed(cast, "2026-03-04 14:00")
    until("2026-03-04 14:30")
    assert told("task.soon", cast.volunteer.user) > 0
    assert told("desk.half_time", cast.volunteer.user) == told("desk.overdue", cast.volunteer.user) == 0
