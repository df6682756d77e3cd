"""Auto-dispatch that waits: until when, what ends it, and that waiting together serves more than going out at once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.lib import clock
from civic.worktime.models import DayOverride
from insight import consistency
from requests_app import recalculating
from requests_app.actions import act, auto_dispatch
from requests_app.effects import automatic
from requests_app.models import Offer, ServiceRequest
from tests.cast import SOUTH, Cast
from tests.worktime.conftest import local
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db

MONDAY = local("2026-03-02 09:00")  # an ordinary week, two work hours to dispatch
HOUR = timedelta(hours=1)


def rule(cast: Cast, patience: int = 50, **how: Any) -> Any:
    given = {"area": cast.district, "category": None, "on": True, "width": 1, **how}
    return auto_dispatch.set_rule(actor=cast.admin, patience=patience, **given)


def place(
    cast: Cast, at: datetime = MONDAY, starts: datetime | None = MONDAY + 24 * HOUR, **wish: Any
) -> Any:
    """Returns a request placed at a moment."""
    ends = starts + HOUR if starts else None
    with clock.at(at):
        return cast.place(**{"preferred_start": starts, "preferred_end": ends, **wish})


def sweep(at: datetime) -> None:
    with clock.at(at):
        timers.sweep()


def goes_out_at(request: ServiceRequest) -> datetime | None:
    """Returns when the timer of auto-dispatch rings, None when none is open."""
    found = Timer.objects.filter(case_id=request.pk, name="auto_dispatch", fired_at=None, voided_at=None)
    return found.values_list("due_at", flat=True).first()


def asked(request: ServiceRequest) -> list[int]:
    """Returns which volunteers have been asked."""
    return list(Offer.objects.filter(request=request).order_by("pk").values_list("volunteer_id", flat=True))


@pytest.mark.parametrize(
    ("patience", "placed", "starts", "due"),
    [
        (0, "2026-03-02 09:00", "2026-03-03 09:00", "2026-03-02 09:00"),
        (50, "2026-03-02 09:00", "2026-03-03 09:00", "2026-03-02 10:00"),  # half of two work hours
        (90, "2026-03-02 09:00", None, "2026-03-02 10:48"),
        (50, "2026-03-02 09:00", "2026-03-02 10:00", "2026-03-02 09:30"),  # half of the way to its start
        (25, "2026-03-02 22:00", "2026-03-05 09:00", "2026-03-03 08:30"),  # the clock runs in the morning
    ],
)
def test_it_waits_for_a_part_of_its_time(
    cast: Cast, patience: int, placed: str, starts: str | None, due: str
) -> None:
    rule(cast, patience)
    request = place(cast, local(placed), local(starts) if starts else None)
    assert goes_out_at(request) == local(due)
    sweep(local(due) - timedelta(seconds=1))
    assert asked(request) == []
    sweep(local(due))
    assert len(asked(request)) == 1
    assert [str(fault) for fault in consistency.check()] == []


def test_an_urgent_one_never_waits(cast: Cast) -> None:
    rule(cast, 90)
    request = place(cast, urgency="urgent")
    assert goes_out_at(request) == MONDAY
    sweep(MONDAY)
    assert len(asked(request)) == 1
    assert "weighed" not in CaseEvent.objects.get(case_id=request.pk, verb="auto_dispatch").facts


class Two:
    """A neighbour who volunteers, and one who is better for everybody: only the better may come to the neighbour."""

    def __init__(self, cast: Cast) -> None:
        Volunteer.objects.exclude(pk__in=[cast.volunteer.pk, cast.second.pk]).update(active=False)
        Volunteer.objects.filter(pk=cast.second.pk).update(lat=SOUTH + 0.015)  # a kilometre away
        self.better, self.neighbour = cast.volunteer, cast.second

    def placed(self, cast: Cast) -> tuple[ServiceRequest, ServiceRequest]:
        """Returns what anybody may be asked for, and a little later what the neighbour needs at the same time."""
        return place(cast), place(cast, MONDAY + timedelta(minutes=10), actor=self.neighbour.user)


@pytest.mark.parametrize(("patience", "served"), [(0, 1), (50, 2)])
def test_waiting_serves_two_where_going_out_at_once_serves_one(
    cast: Cast, patience: int, served: int
) -> None:
    rule(cast, patience)
    two = Two(cast)
    requests = two.placed(cast)
    for minutes in range(0, 90, 5):
        sweep(now := MONDAY + timedelta(minutes=minutes))
        for offer in Offer.objects.filter(state="open").select_related("request", "volunteer__user"):
            with clock.at(now):
                act(offer.request, "accept", actor=offer.volunteer.user)
    found = ServiceRequest.objects.filter(pk__in=[each.pk for each in requests], state="accepted")
    assert found.count() == served
    assert asked(requests[0]) == [(two.neighbour if served == 2 else two.better).pk]
    assert [str(fault) for fault in consistency.check()] == []


def test_what_is_not_due_yet_is_only_read_and_the_history_counts_it(cast: Cast, client: Client) -> None:
    rule(cast)
    first, later = Two(cast).placed(cast)
    sweep(MONDAY + HOUR)
    assert CaseEvent.objects.get(case_id=first.pk, verb="auto_dispatch").facts["weighed"] == 2
    assert (asked(later), ServiceRequest.objects.get(pk=later.pk).version) == ([], later.version)
    assert goes_out_at(later) == MONDAY + HOUR + timedelta(minutes=10)
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[first.pk]), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "matched together with 1 other that waited" in page


def test_what_came_by_night_goes_out_together_and_is_weighed_once(cast: Cast) -> None:
    rule(cast)
    night = [place(cast, local("2026-03-02 22:00") + n * HOUR, local("2026-03-04 09:00")) for n in range(3)]
    with CaptureQueriesContext(connection) as asked_for:
        sweep(local("2026-03-03 10:00"))
    assert sum("ARRAY_AGG" in query["sql"] for query in asked_for.captured_queries) == 1
    assert len({pk for request in night for pk in asked(request)}) == 3
    events = CaseEvent.objects.filter(verb="auto_dispatch")
    assert [event.facts["weighed"] for event in events] == [3, 3, 3]


def test_beyond_as_many_as_are_weighed_together_the_best_are_asked_as_ever(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automatic, "MOST", 2)
    rule(cast)
    requests = [place(cast) for _ in range(3)]
    sweep(MONDAY + HOUR)
    assert [len(asked(request)) for request in requests] == [1, 1, 1]
    events = CaseEvent.objects.filter(verb="auto_dispatch").order_by("case_id")
    assert [event.facts.get("weighed") for event in events] == [2, 2, None]


def test_as_many_are_asked_first_as_are_needed(cast: Cast) -> None:
    rule(cast, width=2)
    two = Two(cast)
    helper = cast.helper("钱多", "+8613800000099")
    request, _later = place(cast, headcount=2), place(cast, MONDAY, actor=two.neighbour.user)
    Volunteer.objects.filter(pk=helper.pk).update(lat=SOUTH + 0.03)  # the least of them
    sweep(MONDAY + HOUR)
    assert set(asked(request)) == {two.neighbour.pk, helper.pk}


def test_where_nobody_is_left_for_it_the_best_is_asked_as_ever(cast: Cast) -> None:
    rule(cast)
    two = Two(cast)
    Volunteer.objects.filter(pk=two.neighbour.pk).update(active=False)
    first, later = two.placed(cast)
    for minutes in (60, 70):
        sweep(MONDAY + timedelta(minutes=minutes))
    assert (asked(first), asked(later)) == ([two.better.pk], [two.better.pk])


# What ends the waiting, or moves it


def test_another_time_moves_the_moment(cast: Cast) -> None:
    rule(cast)
    request = place(cast)
    with clock.at(MONDAY + timedelta(minutes=6)):
        starts = MONDAY + HOUR
        act(request, "amend", actor=cast.resident, preferred_start=starts, preferred_end=starts + HOUR)
    assert goes_out_at(request) == MONDAY + timedelta(minutes=30)


def test_a_start_that_was_agreed_on_meanwhile_is_the_one_that_is_asked_for(cast: Cast) -> None:
    rule(cast)
    request = place(cast)
    agreed = MONDAY + 30 * HOUR
    with clock.at(MONDAY):
        act(request, "amend", actor=cast.dispatcher, agreed_start=agreed)
    sweep(MONDAY + HOUR)
    request.refresh_from_db()
    assert (request.state, request.agreed_start) == ("offered", agreed)


def test_one_that_becomes_urgent_goes_out_at_once(cast: Cast) -> None:
    rule(cast)
    request = place(cast)
    now = MONDAY + timedelta(minutes=6)
    with clock.at(now):
        act(request, "amend", actor=cast.dispatcher, urgency="urgent")
    assert goes_out_at(request) == now


@pytest.mark.parametrize(
    "steps",
    [
        [("amend", {"category": "medical"})],  # sensitive
        [("confidential", {"on": True}), ("confidential", {"on": False})],
        [("pause", {"reason_code": "away", "until": MONDAY + timedelta(minutes=20)}), ("resume", {})],
        [("offer", {"volunteers": []}), ("withdraw_offer", {})],
    ],
)
def test_whoever_takes_it_up_has_it_from_then_on(cast: Cast, steps: list[tuple[str, dict[str, Any]]]) -> None:
    rule(cast)
    request = place(cast)
    with clock.at(MONDAY + timedelta(minutes=6)):
        for verb, facts in steps:
            given = {"volunteers": [cast.volunteer.pk]} if "volunteers" in facts else facts
            request = act(request, verb, actor=cast.dispatcher, **given)
    assert goes_out_at(request) is None
    assert [str(fault) for fault in consistency.check()] == []
    sweep(MONDAY + 2 * HOUR)
    assert not CaseEvent.objects.filter(case_id=request.pk, verb="auto_dispatch").exists()


def test_a_rule_that_is_off_when_it_is_due_does_not_dispatch(cast: Cast) -> None:
    found = rule(cast)
    request = place(cast)
    rule(cast, on=False)
    sweep(MONDAY + HOUR)
    assert asked(request) == []
    found.refresh_from_db()
    assert (found.on, found.patience) == (False, 50)


def test_a_kill_switch_that_was_taken_back_in_time_changes_nothing(cast: Cast) -> None:
    rule(cast)
    request = place(cast)
    auto_dispatch.stop(actor=cast.admin, area=cast.community)
    auto_dispatch.allow(actor=cast.admin, area=cast.community)
    sweep(MONDAY + HOUR)
    assert len(asked(request)) == 1


def test_what_waits_where_it_is_stopped_takes_nobody_away(cast: Cast) -> None:
    rule(cast)
    two = Two(cast)
    first = place(cast, lat=SOUTH + 0.015)
    assert first.community_id is None  # outside the community, in the same district
    place(cast, MONDAY + timedelta(minutes=10), actor=two.neighbour.user)
    auto_dispatch.stop(actor=cast.admin, area=cast.community)
    sweep(MONDAY + HOUR)
    assert CaseEvent.objects.get(case_id=first.pk, verb="auto_dispatch").facts["weighed"] == 1


def test_a_corrected_calendar_moves_the_moment(cast: Cast) -> None:
    rule(cast)
    request = place(cast, local("2026-03-06 22:00"), local("2026-03-12 09:00"))  # a Friday night
    assert goes_out_at(request) == local("2026-03-09 09:00")
    with clock.at(local("2026-03-06 23:00")):
        DayOverride.objects.create(day=date(2026, 3, 7), is_workday=True, note="补班")
        assert recalculating.sweep(settle=timedelta(0)) == 1
    assert goes_out_at(request) == local("2026-03-07 09:00")


# At the desk


def test_the_desk_says_until_when_it_waits_and_a_dispatcher_may_act_before(
    cast: Cast, client: Client
) -> None:
    rule(cast)
    request = place(cast)
    client.force_login(cast.dispatcher)

    def shown() -> tuple[bool, bool]:
        at, queue = (reverse("desk:request", args=[request.pk]), reverse("desk:queue"))
        with clock.at(MONDAY + timedelta(minutes=6)):
            pages = [client.get(path, HTTP_ACCEPT_LANGUAGE="en").content.decode() for path in (at, queue)]
        return "Waits for auto-dispatch" in pages[0], "goes out by itself" in pages[1]

    assert shown() == (True, True)
    auto_dispatch.stop(actor=cast.admin, area=cast.district)
    assert shown() == (False, False)
    auto_dispatch.allow(actor=cast.admin, area=cast.district)
    assert shown() == (True, True)
    with clock.at(MONDAY + timedelta(minutes=6)):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    assert shown() == (False, False)
