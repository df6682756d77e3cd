"""SQL that is written once: the same question again costs no writing, and many are answered as one by one."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import crowd
from civic.lib import clock
from requests_app import actions, matching, reference
from requests_app.matching import given, nearest, pairs, questions, statements
from requests_app.matching.candidates import rank
from requests_app.matching.eligible import touched
from requests_app.matching.given import FIELDS, LOOKED_UP, OF_A_DAY, Given, Shape
from requests_app.models import Block, Category, Offer, ServiceRequest
from tests.cast import SOUTH, WEST, Cast
from volunteers.models import AvailableHours, Commitment, DayOff, Skill, Volunteer
from volunteers.terms import ADULT_YEARS

LAND = crowd.Land(SOUTH, WEST, 0.05, 0.05)
MANY = 30  # candidates of a request


@pytest.fixture
def backlog(cast: Cast) -> list[ServiceRequest]:
    """Requests of every kind and place, by random times, among 600 volunteers with wishes of their own."""
    dice = Random(4)
    skills = list(Skill.objects.order_by("pk").values_list("pk", flat=True))
    crowd.gather(cast.grid, LAND, 600, common=skills[1:], rare=skills[0])
    kinds = list(Category.objects.order_by("pk"))
    made = list(Volunteer.objects.filter(number__startswith="Y-").order_by("pk"))
    today = clock.now().date()
    in_two_days = today + timedelta(days=2)
    with crowd.without_triggers():
        for person in dice.sample(made, 400):
            Volunteer.objects.filter(pk=person.pk).update(
                radius_m=dice.choice([None, None, None, 1000]),
                unwanted=dice.choice([[], [], [dice.choice(kinds).pk]]),
                daily_limit=dice.choice([None, None, 1]),
                languages=dice.choice([[], ["english"], ["wu"]]),
                insured_until=today + timedelta(days=dice.choice([1, 300])),
                birth_date=given.born_by(*dice.choice([(today, 30), (today, 16), (in_two_days, 18)])),
            )
    for person in dice.sample(made, 100):
        DayOff.objects.create(volunteer=person, first=today, last=today + timedelta(days=dice.randrange(4)))
    for person in dice.sample(made, 100):
        AvailableHours.objects.create(volunteer=person, weekday=dice.randint(1, 7), starts=480, ends=1080)
    for person in dice.sample(made, 200):
        begins = clock.now() + timedelta(hours=dice.randrange(96))
        Commitment.objects.create(
            volunteer=person,
            subject_kind="x",
            subject_id=person.pk,
            during=(begins, begins + timedelta(hours=8)),
        )
    insured = next(kind for kind in kinds if kind.needs_insurance and skills[0] not in kind.skills)
    placed = [cast.place() for _ in range(24)]
    for number, request in enumerate(placed):
        start = clock.now() + timedelta(hours=dice.randint(1, 90))
        ServiceRequest.objects.filter(pk=request.pk).update(
            category=dice.choice(kinds) if number % 2 else insured,
            preferred_start=dice.choice([None, start, start]),
            preferred_end=None,
            lat=None if number % 8 == 7 else LAND.south + dice.random() * LAND.height,
            lon=LAND.west + dice.random() * LAND.width,
            language=dice.choice(["", "en", "zh-hans"]),
            skills=[] if number % 3 else sorted(dice.sample(skills[1:], 2)),
        )
    for number, request in enumerate(placed):
        _touch(cast, dice, request, made, 1 + number % 3 if number < 9 else 0)
    reference.forget()
    return list(ServiceRequest.objects.filter(pk__in=[each.pk for each in placed]).order_by("pk"))


def _touch(cast: Cast, dice: Random, request: ServiceRequest, made: list[Volunteer], how: int) -> None:
    """Puts something between the request and some of the people: nothing, an answer, a block, their own wish."""
    some, mine = dice.sample(made, 200), ServiceRequest.objects.filter(pk=request.pk)
    if how == 0:
        mine.update(beneficiary=None, beneficiary_phone_hash="", contact_phone_hash="")
    elif how == 1:
        mine.update(beneficiary=cast.neighbour, beneficiary_phone_hash="", contact_phone_hash="")
        with crowd.without_triggers():
            Offer.objects.bulk_create(
                Offer(
                    request=request,
                    round=request.round,
                    volunteer=each,
                    state="declined",
                    via="direct",
                    terms=1,
                    made_at=clock.now(),
                    reasons={},
                )
                for each in some
            )
    elif how == 2:
        rows = [
            Block(resident=cast.resident, volunteer=each, by=cast.resident, at=clock.now())
            for each in some[:20]
        ]
        Block.objects.bulk_create(rows, ignore_conflicts=True)
    else:
        nearest_two = Volunteer.objects.filter(pk__in=nearest.pool(mine.get(), 2)[:2])
        first, second = [*nearest_two.values_list("user", flat=True), None, None][:2]
        mine.update(beneficiary=first, proxy=second, beneficiary_phone_hash="")


def test_a_backlog_finds_and_scores_as_each_request_does(backlog: list[ServiceRequest]) -> None:
    book = pairs.book(backlog, {}, clock.now(), count=MANY)
    for at, request in enumerate(backlog):
        mine = np.flatnonzero(book.places == at).tolist()
        together = {int(book.volunteers[pair]): book.rate(request, pair) for pair in mine}
        assert set(together) == set(nearest.pool(request, MANY))
        for alone in rank(request, list(Volunteer.objects.filter(pk__in=together))):
            same = pairs.Rated(alone.score, alone.parts, alone.shares, alone.reason_codes, alone.distance_m)
            assert together[alone.volunteer.pk] == same
    assert len(book.volunteers) > MANY
    assert 0 < len(touched(backlog)) < len(backlog)


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


def test_who_is_fit_on_one_day_of_a_backlog_is_not_taken_for_fit_on_every_day(cast: Cast) -> None:
    Category.objects.filter(code="errand").update(needs_insurance=True)
    reference.forget()
    soon, later = cast.place(), cast.place()
    for request, days in ((soon, 1), (later, 4)):
        start = clock.now() + timedelta(days=days)
        ServiceRequest.objects.filter(pk=request.pk).update(
            preferred_start=start, preferred_end=None, beneficiary=None, beneficiary_phone_hash=""
        )
    in_two_days, next_year = (timezone.localdate() + timedelta(days=days) for days in (2, 400))
    Volunteer.objects.update(insured_until=next_year)
    Volunteer.objects.filter(pk=cast.volunteer.pk).update(insured_until=in_two_days)
    Volunteer.objects.filter(pk=cast.second.pk).update(birth_date=given.born_by(in_two_days, ADULT_YEARS))
    requests = list(ServiceRequest.objects.filter(pk__in=[soon.pk, later.pk]).order_by("pk"))
    assert not touched(requests)
    book = pairs.book(requests, {}, clock.now())
    by_day = [set(book.volunteers[book.places == at].tolist()) for at in range(2)]
    assert by_day == [{cast.volunteer.pk, cast.third.pk}, {cast.second.pk, cast.third.pk}]
