"""The dry run: past dispatches put in order by other weights, said in words, and put in force by who may."""

import random
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from time import process_time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from civic.accounts.enums import Role
from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app import actions, reference
from requests_app.actions import weights as weighing
from requests_app.matching import dry_run
from requests_app.matching.dry_run import Answers, Line
from requests_app.matching.scores import DIGITS, PARTS, order, total
from requests_app.models import Considered, MatchingWeights, ServiceRequest
from requests_app.models.matching import DEFAULT_WEIGHTS
from requests_app.queries import trial
from tests.cast import Cast

PAGE = "/desk/trial/"
ANSWERS = Answers(yes=10.0, no=30.0)
NEAR_ONLY = {name: 100.0 if name == "distance" else 0.0 for name in PARTS}
share = st.floats(0, 1).map(lambda value: round(value, DIGITS))
weights_drawn = st.fixed_dictionaries({name: st.floats(0, 100) for name in PARTS}).filter(
    lambda found: sum(found.values()) > 0.01
)


@st.composite
def histories(draw: Any) -> list[Line]:
    """Draws dispatches with one to six candidates each, out of ten people."""
    lines = []
    for request in range(draw(st.integers(1, 6))):
        for person in draw(st.sets(st.integers(1, 10), min_size=1, max_size=6)):
            parts = tuple(draw(share) for _name in PARTS)
            lines.append(line(request, person, parts, newcomer=person > 7))
    return lines


def line(request: int, person: int, parts: tuple[float, ...], *, newcomer: bool = False) -> Line:
    return Line(request, 2, person, f"V{person}", f"R{request}", 1, newcomer, parts)


def of(distance: float = 0.5, acceptance: float = 0.5) -> tuple[float, ...]:
    """Returns the parts of somebody of whom only these two are worth telling."""
    known = {"distance": distance, "acceptance": acceptance}
    return tuple(known.get(name, 0.5) for name in PARTS)


@given(histories(), weights_drawn)
def test_the_same_weights_change_nothing(lines: list[Line], given_weights: dict[str, float]) -> None:
    outcome = dry_run.replay(lines, {1: given_weights}, {1: given_weights}, ANSWERS)
    assert outcome is not None
    assert outcome.differ == 0
    assert outcome.now == outcome.then


@given(histories(), weights_drawn, weights_drawn)
def test_figures_stay_in_bounds(lines: list[Line], one: dict[str, float], other: dict[str, float]) -> None:
    outcome = dry_run.replay(lines, {1: one}, {1: other}, ANSWERS)
    assert outcome is not None
    assert outcome.now.bounded() and outcome.then.bounded()
    assert 0 <= outcome.differ <= outcome.dispatches
    assert outcome.then.distance_m >= 0


@given(histories(), weights_drawn)
def test_the_order_is_the_one_matching_would_make(lines: list[Line], given_weights: dict[str, float]) -> None:
    kept = dry_run.Kept(lines)
    ranked = [lines[at] for at in kept.ranked({1: given_weights})]

    def key(each: Line) -> Any:
        score = total(dict(zip(PARTS, each.parts, strict=True)), given_weights)
        return each.request, order(score, each.code, each.number)

    assert ranked == sorted(lines, key=key)


def test_what_is_expected_of_asking_one_after_another() -> None:
    lines = [line(1, 1, of(0.9, 0.5)), line(1, 2, of(0.5, 1.0)), line(1, 3, of(0.1, 1.0))]
    outcome = dry_run.replay(lines, {1: NEAR_ONLY}, {1: NEAR_ONLY}, ANSWERS)
    assert outcome is not None
    assert outcome.now.unserved == 0
    assert outcome.now.minutes == pytest.approx(0.5 * 10 + 0.5 * (10 + 30))
    assert outcome.now.distance_m == pytest.approx(1500 / 0.9 - 1500)
    alone = dry_run.replay(lines[:1], {1: NEAR_ONLY}, {1: NEAR_ONLY}, Answers(None, None))
    assert alone is not None
    assert (alone.now.unserved, alone.now.minutes) == (0.5, None)


def test_how_evenly_services_are_spread() -> None:
    assert dry_run.gini([1, 1, 1, 1]) == pytest.approx(0)
    assert dry_run.gini([0, 0, 0, 4]) == pytest.approx(0.75)
    assert dry_run.gini([0, 0]) == 0


def test_nothing_kept_is_nothing_to_tell() -> None:
    assert dry_run.replay([], {}, {}, ANSWERS) is None


@pytest.fixture
def history(cast: Cast) -> list[ServiceRequest]:
    """Three requests dispatched, served and rated."""
    return [cast.closed() for _turn in range(3)]


@pytest.mark.django_db
class TestWithRows:
    """What was kept with real dispatches, read, shown and put in force."""

    def test_what_was_kept_is_put_in_the_order_it_had(
        self, cast: Cast, history: list[ServiceRequest]
    ) -> None:
        lines = trial._lines(cast.district, clock.now() - timedelta(days=1))
        kept = dry_run.Kept(lines)
        ranked = [
            (lines[at].request, lines[at].volunteer) for at in kept.ranked({cast.grid.pk: DEFAULT_WEIGHTS})
        ]
        found = Considered.objects.filter(request__in=history).order_by("request", "rank")
        assert ranked == list(found.values_list("request", "volunteer"))

    def test_it_takes_two_statements(
        self,
        cast: Cast,
        history: list[ServiceRequest],
        django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
    ) -> None:
        trial.run(cast.district, 3, NEAR_ONLY)
        with django_assert_max_num_queries(2):
            found = trial.run(cast.district, 3, NEAR_ONLY)
        assert found.outcome is not None
        assert (found.outcome.dispatches, len(found.rows)) == (3, 7)

    def test_what_is_open_confidential_or_elsewhere_is_left_out(
        self, cast: Cast, history: list[ServiceRequest]
    ) -> None:
        cast.offered()
        actions.act(cast.offered(), "confidential", actor=cast.resident, on=True)
        found = trial.run(cast.district, 3, NEAR_ONLY)
        assert found.outcome is not None and found.outcome.dispatches == 3
        assert trial.run(cast.other_district, 3, NEAR_ONLY).outcome is None

    def test_weights_of_an_area_below_stay_what_they_are(
        self, cast: Cast, history: list[ServiceRequest]
    ) -> None:
        MatchingWeights.objects.create(area=cast.community, **NEAR_ONLY)
        reference.forget()
        found = trial.run(cast.district, 3, DEFAULT_WEIGHTS)
        assert found.outcome is not None and found.outcome.now == found.outcome.then

    def test_weights_are_put_in_force_by_who_may_and_kept_with_the_name(self, cast: Cast) -> None:
        chief = cast.staff("市管", "+8613800000043", Role.ADMIN, cast.city)
        weighing.use(cast.district, NEAR_ONLY, actor=chief, url=PAGE)
        weighing.use(cast.district, {**NEAR_ONLY, "skill": 7.0}, actor=chief, url=PAGE)
        assert reference.weights(cast.grid.pk)["skill"] == 7
        [row] = MatchingWeights.objects.all()
        events = row.events.select_related("pgh_context")  # type: ignore[attr-defined]
        assert {event.pgh_context.metadata["user"] for event in events} == {chief.pk}

    @pytest.mark.parametrize("who", ["dispatcher", "admin", "auditor"])
    def test_nobody_else_puts_weights_in_force(self, cast: Cast, who: str) -> None:
        with pytest.raises(NotAllowed):
            weighing.use(cast.district, NEAR_ONLY, actor=getattr(cast, who), url=PAGE)

    @pytest.mark.parametrize("wrong", [{"distance": -1}, {"skill": 101}, dict.fromkeys(PARTS, 0)])
    def test_weights_that_cannot_be_are_refused(self, cast: Cast, wrong: dict[str, float]) -> None:
        chief = cast.staff("市管", "+8613800000043", Role.ADMIN, cast.city)
        with pytest.raises(ValidationFailed):
            weighing.use(cast.district, {**NEAR_ONLY, **wrong}, actor=chief, url=PAGE)
        assert not MatchingWeights.objects.exists()


def signed_in(user: Any, settings: Any) -> Client:
    settings.STAFF_SECOND_FACTOR = False
    client = Client(headers={"accept-language": "en"})
    user.language = "en"
    user.save()
    client.force_login(user)
    return client


def asked(cast: Cast, **changed: Any) -> dict[str, Any]:
    return {"area": cast.district.pk, "months": 3, **NEAR_ONLY, **changed}


@pytest.mark.django_db
class TestPage:
    """The page of the dry run."""

    def test_it_begins_with_the_weights_that_hold(self, cast: Cast, settings: Any) -> None:
        shown = signed_in(cast.colleague, settings).get(PAGE).content.decode()
        assert all(f'value="{DEFAULT_WEIGHTS[name]}"' in shown for name in PARTS)
        assert "What would have changed" not in shown

    def test_each_figure_is_said_in_words(
        self, cast: Cast, history: list[ServiceRequest], settings: Any
    ) -> None:
        shown = signed_in(cast.colleague, settings).get(PAGE, asked(cast)).content.decode()
        assert "3 dispatches" in shown
        for label in ("first choice lives", "somebody accepts", "busiest tenth", "Unevenness", "newcomers"):
            assert label in shown
        assert "Use these weights" not in shown
        same = signed_in(cast.auditor, settings).get(PAGE, asked(cast, **DEFAULT_WEIGHTS)).content.decode()
        assert same.count(">no difference<") == 7

    @pytest.mark.parametrize(
        "wrong",
        [
            *({"distance": value} for value in ("-1", "nan", "inf", "101", "", "x")),
            *({"months": value} for value in ("0", "13", "", "x")),
            dict.fromkeys(PARTS, "0"),
            {"area": "0"},
            {"area": "x"},
        ],
    )
    def test_what_cannot_be_tried_is_said_in_the_form(
        self, cast: Cast, settings: Any, wrong: dict[str, str]
    ) -> None:
        answer = signed_in(cast.colleague, settings).get(PAGE, asked(cast, **wrong))
        assert answer.status_code == 400
        assert "error-summary" in answer.content.decode()

    def test_the_administrator_of_the_city_uses_what_was_tried(
        self, cast: Cast, history: list[ServiceRequest], settings: Any
    ) -> None:
        client = signed_in(cast.staff("市管", "+8613800000043", Role.ADMIN, cast.city), settings)
        assert "Use these weights" in client.get(PAGE, asked(cast)).content.decode()
        assert client.post(PAGE, asked(cast)).status_code == 302
        assert MatchingWeights.objects.get().by_part() == NEAR_ONLY
        assert "now 100" in client.get(PAGE, {"area": cast.district.pk}).content.decode()
        assert client.post(PAGE, asked(cast, distance="nan")).status_code == 400

    def test_areas_of_others_are_not_offered(self, cast: Cast, settings: Any) -> None:
        answer = signed_in(cast.outsider, settings).get(PAGE, asked(cast))
        assert answer.status_code == 400


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.django_db
def test_a_year_of_ten_thousand_dispatches_is_replayed_in_five_seconds(cast: Cast) -> None:
    request = cast.closed()
    [row] = Considered.objects.filter(request=request)[:1]
    columns = [field.column for field in Considered._meta.concrete_fields if not field.primary_key]
    dice = random.Random(5)
    changed = {
        "seq": "100 + n / 12",
        "rank": "1 + n %% 12",
        "volunteer_id": "(%(people)s::bigint[])[1 + n %% 12]",
        "parts": "row.parts || jsonb_build_object('distance', round(random()::numeric, 3))",
    }
    people = [cast.helper(f"甲{n}", f"+86138000001{n:02}").pk for n in range(12)]
    dice.shuffle(people)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Considered._meta.db_table} ({', '.join(columns)})"
            f" SELECT {', '.join(changed.get(name, f'row.{name}') for name in columns)}"
            f" FROM {Considered._meta.db_table} row, generate_series(0, 119999) n WHERE row.id = %(id)s",
            {"people": people, "id": row.pk},
        )
    taken = []
    for _turn in range(3):
        began = process_time()
        found = trial.run(cast.district, 12, NEAR_ONLY)
        taken.append(process_time() - began)
    seconds = min(taken)
    assert found.outcome is not None and found.outcome.dispatches >= 10_000
    sys.stdout.write(f"\n{found.outcome.dispatches:,} dispatches: {seconds:.2f} s")
    assert seconds < 5
