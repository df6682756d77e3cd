"""Who is eligible by their own wishes and by what safety asks: the SQL says what a rule written out by hand says."""

from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import DateTimeTZRange

from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.lib.geo import blurred, distance_m
from civic.notify.models import Message
from requests_app import actions, matching, reference
from requests_app.models import Category, Offer, ServiceRequest
from requests_app.queries import for_volunteer
from tests.cast import SOUTH, WEST, Cast
from volunteers.models import (
    AvailableHours,
    Commitment,
    DayOff,
    ExtraHours,
    Qualification,
    QualificationKind,
    Volunteer,
    VolunteerTerms,
)

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 0, 30, tzinfo=UTC)  # a Wednesday, 08:30 in Shanghai
OWN = {"qualification", "age", "guardian", "kind", "radius", "available", "daily_limit", "weekly_limit"}


@dataclass
class Person:
    """What somebody filled in, or did not."""

    birth: date | None = None
    guardian: bool = False
    radius_m: int | None = None
    unwanted: list[str] = field(default_factory=list)
    daily: int | None = None
    weekly: int | None = None
    hours: list[tuple[int, int, int]] = field(default_factory=list)
    extra: list[tuple[date, int, int]] = field(default_factory=list)
    off: list[tuple[date, date]] = field(default_factory=list)
    paper: tuple[bool, date | None] | None = None
    promised: list[datetime] = field(default_factory=list)
    north: float | None = 0.004


@dataclass
class Need:
    """What is asked for."""

    start: datetime | None
    minutes: int = 60
    least_age: int | None = None
    needs_paper: bool = False
    default_radius_m: int | None = None


def written_out(person: Person, need: Need, place: tuple[float, float]) -> set[str]:
    """Returns the codes of the rules that `person` fails: in plain words, minute by minute."""
    failed = set()
    begin = (need.start or NOW).astimezone(SHANGHAI)
    age = None
    if person.birth is not None:
        age = begin.year - person.birth.year
        if (begin.month, begin.day) < (person.birth.month, person.birth.day):
            age -= 1
    if need.needs_paper and not (
        person.paper and person.paper[0] and (person.paper[1] is None or begin.date() <= person.paper[1])
    ):
        failed.add("qualification")
    if need.least_age is not None and (age is None or age < need.least_age):
        failed.add("age")
    if age is not None and age < 18 and not person.guardian:
        failed.add("guardian")
    if "errand" in person.unwanted:
        failed.add("kind")
    reach = person.radius_m if person.radius_m is not None else need.default_radius_m
    north = person.north
    if None not in (north, reach) and distance_m(*blurred(*place), SOUTH + north, WEST + 0.004) > reach:  # type: ignore[operator]
        failed.add("radius")
    if need.start is None:
        return failed
    for minute in range(need.minutes):
        at = begin + timedelta(minutes=minute)
        of_day = at.hour * 60 + at.minute
        in_extra = any(day == at.date() and a <= of_day < b for day, a, b in person.extra)
        in_week = not person.hours or any(
            weekday == at.isoweekday() and a <= of_day < b for weekday, a, b in person.hours
        )
        away = any(first <= at.date() <= last for first, last in person.off)
        if not (in_extra or (in_week and not away)):
            failed.add("available")
    same_day = [each for each in person.promised if each.astimezone(SHANGHAI).date() == begin.date()]
    week = begin.isocalendar()[:2]
    same_week = [each for each in person.promised if each.astimezone(SHANGHAI).isocalendar()[:2] == week]
    if person.daily is not None and len(same_day) >= person.daily:
        failed.add("daily_limit")
    if person.weekly is not None and len(same_week) >= person.weekly:
        failed.add("weekly_limit")
    return failed


DAYS = st.dates(date(2026, 11, 25), date(2026, 12, 2))
STRETCH = st.tuples(st.sampled_from([0, 480, 540]), st.sampled_from([600, 720, 1080, 1440]))
HOURS = st.lists(
    st.tuples(st.integers(1, 7), STRETCH).map(lambda each: (each[0], *each[1])),
    max_size=7,
    unique_by=lambda each: each[0],
)
STARTS = st.integers(0, 7 * 48).map(lambda halves: NOW + timedelta(minutes=30 * halves + 30))
PEOPLE = st.builds(
    Person,
    birth=st.none() | st.sampled_from([date(1990, 2, 28), date(2008, 11, 27), date(2010, 2, 1)]),
    guardian=st.booleans(),
    radius_m=st.none() | st.integers(200, 3000),
    unwanted=st.lists(st.sampled_from(["errand", "repair"]), unique=True),
    daily=st.none() | st.integers(1, 2),
    weekly=st.none() | st.integers(1, 3),
    hours=HOURS,
    extra=st.lists(
        st.tuples(DAYS, STRETCH).map(lambda each: (each[0], *each[1])), max_size=2, unique_by=lambda x: x[0]
    ),
    off=st.lists(st.tuples(DAYS, DAYS).map(lambda pair: (min(pair), max(pair))), max_size=2),
    paper=st.none() | st.tuples(st.booleans(), st.none() | DAYS),
    promised=st.lists(
        st.integers(-2, 8).map(lambda days: NOW + timedelta(days=days, hours=-60)), max_size=3, unique=True
    ),
    north=st.none() | st.sampled_from([0.004, 0.01, 0.02]),
)
NEEDS = st.builds(
    Need,
    start=st.none() | STARTS,
    minutes=st.sampled_from([30, 60, 240, 1000]),
    least_age=st.none() | st.sampled_from([16, 18, 30]),
    needs_paper=st.booleans(),
    default_radius_m=st.none() | st.just(1000),
)


def fill_in(volunteer: Volunteer, person: Person, kind: QualificationKind, by: Any) -> None:
    """Writes what `person` says into the tables."""
    unwanted = list(Category.objects.filter(code__in=person.unwanted).values_list("pk", flat=True))
    Volunteer.objects.filter(pk=volunteer.pk).update(
        birth_date=person.birth,
        guardian_agreed_at=NOW if person.guardian else None,
        radius_m=person.radius_m,
        unwanted=unwanted,
        daily_limit=person.daily,
        weekly_limit=person.weekly,
        lat=None if person.north is None else SOUTH + person.north,
        lon=None if person.north is None else WEST + 0.004,
    )
    for weekday, starts, ends in person.hours:
        AvailableHours.objects.create(volunteer=volunteer, weekday=weekday, starts=starts, ends=ends)
    for day, starts, ends in person.extra:
        ExtraHours.objects.create(volunteer=volunteer, day=day, starts=starts, ends=ends)
    for first, last in person.off:
        DayOff.objects.create(volunteer=volunteer, first=first, last=last)
    if person.paper is not None:
        checked, expires_on = person.paper
        Qualification.objects.create(
            volunteer=volunteer,
            kind=kind,
            expires_on=expires_on,
            checked_at=NOW if checked else None,
            checked_by=by if checked else None,
        )
    for number, start in enumerate(person.promised):
        Commitment.objects.create(
            volunteer=volunteer,
            subject_kind="test",
            subject_id=number,
            during=DateTimeTZRange(start, start + timedelta(minutes=1), "[)"),
        )


def ask(request: ServiceRequest, need: Need, kind: QualificationKind) -> None:
    """Lets the request ask for what `need` says."""
    Category.objects.filter(pk=request.category_id).update(
        min_age=need.least_age, qualification=kind if need.needs_paper else None
    )
    VolunteerTerms.objects.create(area=None, radius_m=need.default_radius_m)
    request.preferred_start, request.expected_minutes = need.start, need.minutes
    reference.forget()


@pytest.fixture
def asked(cast: Cast) -> ServiceRequest:
    """The request that all examples share; what each of them makes of it stays in memory."""
    return cast.place(preferred_start=None, preferred_end=None)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(person=PEOPLE, need=NEEDS)
def test_the_sql_rules_say_what_the_written_out_rule_says(
    asked: ServiceRequest, cast: Cast, person: Person, need: Need
) -> None:
    with transaction.atomic(), clock.at(NOW):
        kind = QualificationKind.objects.get(code="driver")
        request = copy(asked)
        fill_in(cast.volunteer, person, kind, cast.dispatcher)
        ask(request, need, kind)
        expected = written_out(person, need, (SOUTH + 0.005, WEST + 0.005))
        barred = {rule.code for rule in matching.verdict(request, cast.volunteer).barred_by}
        eligible = matching.eligible(request).filter(pk=cast.volunteer.pk).exists()
        fresh = Volunteer.objects.get(pk=cast.volunteer.pk)
        day = (need.start or NOW).astimezone(SHANGHAI).date()
        said = matching.bar(Category.objects.get(pk=request.category_id), fresh, day)
        transaction.set_rollback(True)
    reference.forget()
    assert barred & OWN == expected
    assert eligible is (barred == set())
    assert bool(said) is bool(expected & {"qualification", "age", "guardian"})


def test_who_filled_nothing_in_is_a_candidate_as_before(cast: Cast) -> None:
    assert {each.volunteer for each in matching.candidates(cast.place())} == {
        cast.volunteer,
        cast.second,
        cast.third,
    }


def test_who_likes_the_kind_is_said_to(cast: Cast) -> None:
    request = cast.place()
    Volunteer.objects.filter(pk=cast.second.pk).update(wanted=[request.category_id])
    said = {each.volunteer: "likes" in each.reason_codes for each in matching.candidates(request)}
    assert said == {cast.volunteer: False, cast.second: True, cast.third: False}


def test_the_desk_reads_every_reason_and_the_volunteer_their_own(cast: Cast) -> None:
    with clock.at(NOW):
        request = cast.place(preferred_start=NOW + timedelta(hours=3), preferred_end=None)
        person = Person(
            birth=date(2010, 2, 1),
            radius_m=50,
            unwanted=["errand"],
            daily=1,
            weekly=1,
            off=[(date(2026, 11, 25), date(2026, 11, 25))],
            promised=[NOW + timedelta(hours=1)],
            north=0.02,
        )
        kind = QualificationKind.objects.get(code="driver")
        fill_in(cast.volunteer, person, kind, cast.dispatcher)
        ask(request, Need(start=request.preferred_start, least_age=18, needs_paper=True), kind)
        barred = matching.verdict(request, cast.volunteer).barred_by
    assert {rule.code for rule in barred} == OWN
    assert all(str(rule.words) and str(rule.own_words) and not rule.private for rule in barred)
    assert len({str(rule.words) for rule in barred}) == len(OWN)


@pytest.mark.parametrize("what", ["qualification", "age", "guardian"])
def test_accepting_is_refused_where_it_is_a_matter_of_safety(cast: Cast, what: str) -> None:
    request = cast.offered(cast.volunteer)
    if what == "qualification":
        Category.objects.filter(code="errand").update(
            qualification=QualificationKind.objects.get(code="driver")
        )
    elif what == "age":
        Category.objects.filter(code="errand").update(min_age=18)
    else:
        Volunteer.objects.filter(pk=cast.volunteer.pk).update(
            birth_date=timezone.localdate() - timedelta(16 * 365)
        )
    with pytest.raises(NotAllowed):
        actions.act(request, "accept", actor=cast.volunteer.user)


def test_wishes_never_keep_anybody_from_accepting_what_they_were_asked(cast: Cast) -> None:
    request = cast.offered(cast.volunteer)
    day = timezone.localdate()
    DayOff.objects.create(volunteer=cast.volunteer, first=day, last=day + timedelta(days=3))
    assert actions.act(request, "accept", actor=cast.volunteer.user).state == "accepted"


def test_nobody_who_is_away_is_asked_by_hand(cast: Cast) -> None:
    day = timezone.localdate()
    DayOff.objects.create(volunteer=cast.volunteer, first=day, last=day + timedelta(days=3))
    with pytest.raises(ValidationFailed, match="张建国"):
        cast.offered(cast.volunteer)


def test_the_pool_leaves_out_what_somebody_does_not_want_or_may_not_do(cast: Cast) -> None:
    request = actions.act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    assert [pool.request_id for pool in for_volunteer.open_pool(cast.volunteer)] == [request.pk]
    cast.second.unwanted = [request.category_id]
    assert not for_volunteer.open_pool(cast.second)
    cast.third.birth_date = timezone.localdate() - timedelta(days=16 * 365)
    assert not for_volunteer.open_pool(cast.third)
    Category.objects.filter(pk=request.category_id).update(
        qualification=QualificationKind.objects.get(code="driver")
    )
    reference.forget()
    assert not for_volunteer.open_pool(cast.volunteer)


def test_no_wish_is_answered_by_reading_a_whole_table(cast: Cast) -> None:
    """The plan holds one look-up per person: nothing hashed, however many rows the tables are thought to have."""
    request = cast.place()
    with CaptureQueriesContext(connection) as run:
        matching.candidates(request)
    [statement] = [each["sql"] for each in run if "<->" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement)
        shown = "\n".join(line for (line,) in cursor.fetchall())
    assert "SubPlan" in shown
    assert "hashed SubPlan" not in shown


def test_a_start_that_moves_asks_again_only_who_may_be_asked_then(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second, headcount=2)
    start = clock.now() + timedelta(days=2)
    local = start.astimezone(SHANGHAI).date()
    DayOff.objects.create(volunteer=cast.volunteer, first=local, last=local)
    actions.act(request, "amend", actor=cast.dispatcher, agreed_start=start)
    asked = Offer.objects.filter(request=request, state="open")
    assert [each.volunteer for each in asked] == [cast.second]
    told = Message.objects.filter(template="offer.withdrawn", channel="in_app")
    assert [each.user for each in told] == [cast.volunteer.user]


def test_a_wished_start_that_has_passed_bars_nobody(cast: Cast) -> None:
    request = cast.place()
    assert request.preferred_start is not None
    day = request.preferred_start.astimezone(SHANGHAI).date()
    DayOff.objects.create(volunteer=cast.volunteer, first=day, last=day)
    assert cast.volunteer not in matching.eligible(request)
    with time_machine.travel(request.preferred_start + timedelta(hours=1)):
        assert cast.volunteer in matching.eligible(request)
