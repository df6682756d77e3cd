"""SQL that is written once: the same question again costs no writing, and many are answered as one by one."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from benchmarks import crowd
from civic.lib import clock
from requests_app import actions, matching, reference
from requests_app.matching import given, nearest, pairs, questions, statements
from requests_app.matching.candidates import rank
from requests_app.matching.given import FIELDS, LOOKED_UP, OF_A_DAY, Given, Shape
from requests_app.models import Category, ServiceRequest
from tests.cast import SOUTH, WEST, Cast
from volunteers.models import AvailableHours, Commitment, DayOff, Skill, Volunteer

LAND = crowd.Land(SOUTH, WEST, 0.05, 0.05)


@pytest.fixture
def backlog(cast: Cast) -> list[ServiceRequest]:
    """Requests of every kind and place, by random times, among 600 volunteers with wishes of their own."""
    dice = Random(4)
    skills = list(Skill.objects.order_by("pk").values_list("pk", flat=True))
    crowd.gather(cast.grid, LAND, 600, common=skills[1:], rare=skills[0])
    kinds = list(Category.objects.order_by("pk"))
    made = list(Volunteer.objects.filter(number__startswith="Y-").order_by("pk"))
    today = clock.now().date()
    with crowd.without_triggers():
        for person in dice.sample(made, 200):
            Volunteer.objects.filter(pk=person.pk).update(
                radius_m=dice.choice([None, 500, 2000]),
                unwanted=dice.choice([[], [dice.choice(kinds).pk]]),
                daily_limit=dice.choice([None, 1]),
                languages=dice.choice([[], ["english"], ["wu"]]),
            )
    for person in dice.sample(made, 100):
        DayOff.objects.create(volunteer=person, first=today, last=today + timedelta(days=dice.randrange(4)))
        AvailableHours.objects.create(volunteer=person, weekday=dice.randint(1, 7), starts=480, ends=1080)
        begins = clock.now() + timedelta(hours=dice.randrange(96))
        Commitment.objects.create(
            volunteer=person,
            subject_kind="x",
            subject_id=person.pk,
            during=(begins, begins + timedelta(hours=2)),
        )
    placed = [cast.place() for _ in range(24)]
    for number, request in enumerate(placed):
        start = clock.now() + timedelta(hours=dice.randint(1, 90))
        ServiceRequest.objects.filter(pk=request.pk).update(
            category=dice.choice(kinds),
            preferred_start=dice.choice([None, start]),
            preferred_end=None,
            lat=None if number % 8 == 7 else LAND.south + dice.random() * LAND.height,
            lon=LAND.west + dice.random() * LAND.width,
            language=dice.choice(["", "en", "zh-hans"]),
        )
    reference.forget()
    return list(ServiceRequest.objects.filter(pk__in=[each.pk for each in placed]).order_by("pk"))


def test_a_backlog_finds_and_scores_as_each_request_does(backlog: list[ServiceRequest]) -> None:
    book = pairs.book(backlog, {}, clock.now(), count=9)
    for at, request in enumerate(backlog):
        mine = np.flatnonzero(book.places == at).tolist()
        together = {int(book.volunteers[pair]): book.rate(request, pair) for pair in mine}
        assert set(together) == set(nearest.pool(request, 9))
        for alone in rank(request, list(Volunteer.objects.filter(pk__in=together))):
            same = pairs.Rated(alone.score, alone.parts, alone.shares, alone.reason_codes, alone.distance_m)
            assert together[alone.volunteer.pk] == same
    assert len(book.volunteers) > 9


def test_a_look_at_many_is_that_at_each(backlog: list[ServiceRequest]) -> None:
    shapes = {given.facts(each).shape for each in backlog}
    assert len(shapes) > 2
    for shape in shapes:
        facts = [given.facts(each) for each in backlog if given.facts(each).shape == shape]
        at = nearest.on_map((SOUTH + 0.02, WEST + 0.02))
        rows = [{**each.values, **at, "count": 20} for each in facts]
        look = questions.look(shape)
        lines = statements.run(look.of_each(rows))
        for number, row in enumerate(rows):
            alone = statements.run(look.of(row))
            assert sorted(line[1:] for line in lines if line[0] == number) == sorted(alone)


def test_the_same_shape_is_written_once(cast: Cast) -> None:
    one, other = cast.place(), cast.place()
    matching.candidates(one)
    known = questions.look.cache_info()
    found = matching.candidates(other)
    again = questions.look.cache_info()
    assert found
    assert (again.misses, again.hits) == (known.misses, known.hits + 1)


def test_an_offer_asks_the_rules_once(cast: Cast) -> None:
    request = cast.place()
    with CaptureQueriesContext(connection) as run:
        actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    asked = [each["sql"] for each in run if 'FROM "requests_app_block"' in each["sql"]]
    assert len(asked) == 1


def test_every_rule_is_told_by_what_is_given() -> None:
    every = Shape(*[True] * 6, days=2)
    names = {*FIELDS, *LOOKED_UP, *(f"{name}_{day}" for name in OF_A_DAY for day in (1, 2))}
    for rule in questions.rules(every):
        sql = statements.written(Volunteer.objects.filter(rule.holds)).sql
        assert {name for name in statements.NAMED.findall(sql) if not name.startswith("constant")} <= names


def test_a_value_that_nothing_gives_is_refused(cast: Cast) -> None:
    with pytest.raises(KeyError):
        Given("weather")
    asks = statements.written(Volunteer.objects.filter(Q(district_id=Given("district"))).values("pk"))
    with pytest.raises(KeyError):
        asks.of({})


@pytest.mark.django_db
def test_numbers_are_read_as_they_are_and_what_is_none_is_refused() -> None:
    whole, parts = statements.numbers(
        ("SELECT 2::bigint ^ 40, 1.5::float8 UNION ALL SELECT -3, 'NaN'", []), "ff"
    )
    assert whole.tolist() == [2**40, -3]
    assert parts[0] == 1.5
    assert parts[1] != parts[1]
    [none] = statements.numbers(("SELECT pk::bigint FROM unnest(%s::int[]) pk", ["{}"]), "i")
    assert none.tolist() == []
    for what in ("NULL::bigint", "1::int", "'twelve bytes'::text"):
        with pytest.raises(ValueError, match="not of its kind"):
            statements.numbers((f"SELECT {what} UNION ALL SELECT {what}", []), "i")
