"""A work calendar changed late: open deadlines move, once, with a line each; and the page it is edited on."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.cases.models import CaseEvent
from civic.lib import clock
from civic.worktime import calendar
from civic.worktime.models import CalendarPass, DayOverride, WorkHours
from insight import consistency
from requests_app import recalculating
from requests_app.actions import act
from requests_app.effects import clocks
from requests_app.enums import Step
from tests.cast import Cast
from tests.requests_app.test_time import MONDAY, fresh, placed, told, until
from tests.worktime.conftest import local

pytestmark = pytest.mark.django_db


# The calendar changes


def recalculated() -> int:
    """Lets the recalculation run to its end."""
    return recalculating.sweep(settle=timedelta(0))


def test_a_holiday_added_late_moves_open_deadlines_once_with_a_line_each(cast: Cast) -> None:
    request, ended = placed(cast), placed(cast)
    with clock.at(local("2026-03-02 09:30")):
        act(ended, "cancel", actor=cast.resident)
        DayOverride.objects.create(day=local(MONDAY).date(), is_workday=False, note="暴雪停工")
        assert recalculated() == 1
        assert recalculated() == 0
    request = fresh(request)
    assert request.dispatch_due_at == local("2026-03-03 10:00")
    assert request.due_at == local("2026-03-10 00:00")  # the whole days of 3, 4, 5, 6 and 9 March
    assert request.original_due_at == local("2026-03-09 09:00")
    line = CaseEvent.objects.get(case_id=request.pk, verb="recalculate")
    assert {moved["step"] for moved in line.facts["moved"]} == {"dispatch", "finish"}
    assert not CaseEvent.objects.filter(case_id=ended.pk, verb="recalculate").exists()
    assert CalendarPass.objects.get().moved == 1
    until("2026-03-03 09:59")
    assert told("desk.overdue", cast.dispatcher) == 0
    assert [str(fault) for fault in consistency.check()] == []


def test_a_recalculation_that_was_cut_off_goes_on_where_it_was(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(recalculating, "BATCH", 1)
    requests = [placed(cast) for _number in range(3)]
    DayOverride.objects.create(day=local(MONDAY).date(), is_workday=False, note="停工")
    with clock.at(local("2026-03-02 09:30")):
        calendar.forget()
        assert recalculating.sweep(seconds=0, settle=timedelta(0)) == 0
        pressed = recalculating._batch(recalculating.CalendarStamp.objects.get())
        assert pressed == (True, 1)
        assert recalculated() == 2
    assert (
        CaseEvent.objects.filter(verb="recalculate", case_id__in=[each.pk for each in requests]).count() == 3
    )


def test_one_that_fails_is_tried_again_and_stops_nobody(cast: Cast, monkeypatch: Any) -> None:
    bad, good = placed(cast), placed(cast)
    DayOverride.objects.create(day=local(MONDAY).date(), is_workday=False, note="停工")
    whole = recalculating.door.perform

    def failing(case: Any, *args: Any, **kwargs: Any) -> Any:
        if case.pk == bad.pk:
            raise RuntimeError("as it happens")
        return whole(case, *args, **kwargs)

    with clock.at(local("2026-03-02 09:30")):
        monkeypatch.setattr(recalculating.door, "perform", failing)
        assert recalculated() == 1
        assert CalendarPass.objects.get().again == [bad.pk]
        monkeypatch.setattr(recalculating.door, "perform", whole)
        assert recalculated() == 1
    assert fresh(bad).due_at == fresh(good).due_at
    assert CalendarPass.objects.get().finished_at is not None


def test_work_hours_of_a_district_move_its_deadlines_alone(cast: Cast) -> None:
    request = placed(cast)
    hours = {
        "morning_from": "09:30",
        "morning_until": "12:00",
        "afternoon_from": "13:00",
        "afternoon_until": "17:00",
    }
    WorkHours.objects.create(area=cast.district, **hours)
    with clock.at(local("2026-03-02 09:10")):
        assert recalculated() == 1
    assert fresh(request).dispatch_due_at == local("2026-03-02 11:30")
    assert calendar.for_area(cast.other_district.pk).periods != calendar.for_area(cast.district.pk).periods


def test_a_step_that_is_done_keeps_its_deadline(cast: Cast) -> None:
    request = placed(cast)
    with clock.at(local("2026-03-02 09:20")):
        start = local("2026-03-05 10:00")
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=start)
        DayOverride.objects.create(day=local(MONDAY).date(), is_workday=False, note="停工")
        recalculated()
    request = fresh(request)
    assert request.dispatch_due_at == local("2026-03-02 11:00")
    accept = clocks.of(request, Step.ACCEPT)
    assert accept is not None and accept.due_at == local("2026-03-03 14:00") - timedelta(hours=2)


# The page of the calendar


def test_an_administrator_marks_days_in_their_own_areas_with_a_reason(cast: Cast, client: Client) -> None:
    client.force_login(cast.admin)
    page = client.get(reverse("worktime:index"), {"month": "2026-02"})
    assert page.status_code == 200
    assert "春节" in page.content.decode()
    body = {
        "area": cast.district.pk,
        "month": "2026-03",
        "first": "2026-03-02",
        "last": "2026-03-03",
        "kind": "off",
    }
    assert client.post(reverse("worktime:days"), body).status_code == 400
    assert client.post(reverse("worktime:days"), {**body, "note": "台风"}).status_code == 302
    assert DayOverride.objects.filter(area=cast.district, is_workday=False, note="台风").count() == 2
    far = {**body, "area": cast.other_district.pk, "note": "x"}
    assert client.post(reverse("worktime:days"), far).status_code == 404
    assert (
        client.post(reverse("worktime:days"), {**body, "last": "2026-05-01", "note": "x"}).status_code == 400
    )
    assert client.post(reverse("worktime:days"), {**body, "kind": "published"}).status_code == 302
    assert not DayOverride.objects.exists()


def test_marking_leads_to_the_month_of_the_days_and_begins_with_today_or_the_day_pressed(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.admin)
    page = reverse("worktime:index")

    def prefilled(**query: str) -> tuple[str, str]:
        found = client.get(page, query).context["days_form"]
        return str(found["first"].value()), str(found["last"].value())

    with clock.at(local("2026-11-30 09:00")):
        client.force_login(cast.admin)
        assert prefilled() == ("2026-11-30", "2026-11-30")
        assert prefilled(month="2026-12") == ("2026-12-01", "2026-12-01")
        assert prefilled(month="2026-12", day="2026-12-24") == ("2026-12-24", "2026-12-24")
        assert prefilled(month="2026-12", day="x") == ("2026-12-01", "2026-12-01")
        days = {"first": "2026-12-01", "last": "2026-12-02", "kind": "off", "note": "台风"}
        answer = client.post(reverse("worktime:days"), {"area": cast.district.pk, "month": "2026-11", **days})
        assert answer.url.endswith("month=2026-12")  # type: ignore[attr-defined]
        november = client.get(page, {"month": "2026-11"}).content.decode()
        assert "day=2026-11-30" in november
        for stray in ("day=2026-12-01", "台风", " ours"):
            assert stray not in november
        assert client.get(answer.url).content.decode().count("台风") == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("area", ["9" * 5000, "9" * 18, "x", "²"])
def test_an_area_that_is_none_of_theirs_is_not_found(cast: Cast, client: Client, area: str) -> None:
    client.force_login(cast.admin)
    assert client.get(reverse("worktime:index"), {"area": area}).status_code == 404


def test_hours_are_set_in_order_or_not_at_all(cast: Cast, client: Client) -> None:
    client.force_login(cast.admin)
    body = {
        "area": cast.district.pk, "morning_from": "08:30", "morning_until": "12:00",
        "afternoon_from": "11:00", "afternoon_until": "17:30",
    }  # fmt: skip
    assert client.post(reverse("worktime:hours"), body).status_code == 400
    assert client.post(reverse("worktime:hours"), {**body, "afternoon_from": "13:30"}).status_code == 302
    assert str(WorkHours.objects.get()) == "08:30–12:00, 13:30–17:30"
