"""The nearest of the eligible: found on the index, in the order of the ground, whoever gave a point or none."""

from math import cos, radians

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks import crowd
from civic.lib import clock
from civic.lib.geo import distance_m, rounded_distance_m
from requests_app import matching, reference
from requests_app.matching import given, nearest
from requests_app.models import Block, ServiceRequest
from tests.cast import SOUTH, WEST, Cast
from tests.requests_app.test_matching_candidates import served
from volunteers.models import Skill, Volunteer

LAND = crowd.Land(SOUTH, WEST, 0.2, 0.2)


@pytest.fixture
def crowded(cast: Cast) -> Cast:
    """The cast among 4,000 other volunteers of the district, two of whom can do repairs."""
    rare = Skill.objects.get(code="repair").pk
    common = list(Skill.objects.exclude(pk=rare).values_list("pk", flat=True))
    crowd.gather(cast.grid, LAND, 4_000, common=common, rare=rare)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE volunteers_volunteer")
        cursor.execute("ANALYZE accounts_user")
    return cast


def plan(request: ServiceRequest) -> str:
    """Returns the plan of the statement for those with a point, as on a solid-state disk (docs/operations.md)."""
    with CaptureQueriesContext(connection) as run:
        matching.candidates(request)
    [statement] = [each["sql"] for each in run if "<->" in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        cursor.execute("EXPLAIN " + statement)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("category", ["errand", "repair"])
def test_the_nearest_come_from_the_index_in_order(crowded: Cast, category: str) -> None:
    shown = plan(crowded.place(category=category))
    assert "Index Scan using volunteer_eligible_near" in shown
    assert "Order By: (point(" in shown


def test_a_skill_is_looked_for_in_the_index(crowded: Cast) -> None:
    assert "Index Cond: (skills && " in plan(crowded.place(category="repair"))


def test_those_without_a_point_are_found_by_their_community(crowded: Cast) -> None:
    with CaptureQueriesContext(connection) as run:
        matching.candidates(crowded.place())
    [statement] = [each["sql"] for each in run if '"lat" IS NULL' in each["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement)
        shown = "\n".join(line for (line,) in cursor.fetchall())
    assert "volunteer_eligible_no_point" in shown


@pytest.mark.parametrize(
    "place", [(SOUTH + 0.005, WEST + 0.005), (SOUTH + 0.1, WEST + 0.1), (SOUTH - 0.5, WEST)]
)
def test_the_order_is_that_of_the_ground_and_nobody_nearer_is_left_out(
    crowded: Cast, place: tuple[float, float]
) -> None:
    request = crowded.place()
    everybody = sorted(
        (distance_m(*place, lat, lon), pk)
        for pk, lat, lon in matching.eligible(request)
        .filter(lat__isnull=False)
        .values_list("pk", "lat", "lon")
    )
    assert nearest.around(given.facts(request), place, 100)[:100] == [pk for _away, pk in everybody[:100]]


def test_far_north_a_degree_of_longitude_counts_for_less(cast: Cast) -> None:
    """At 60 degrees of latitude somebody 0.15 degrees east is nearer than somebody 0.1 degrees north."""
    place = (60.0, 25.0)
    east, north = cast.volunteer, cast.second
    Volunteer.objects.exclude(pk__in=[east.pk, north.pk]).update(lat=None, lon=None)
    Volunteer.objects.filter(pk=east.pk).update(lat=60.0, lon=25.15)
    Volunteer.objects.filter(pk=north.pk).update(lat=60.1, lon=25.0)
    assert 0.15 * cos(radians(60)) < 0.1 < 0.15
    request = cast.place()
    assert nearest.around(given.facts(request), place, 1)[0] == east.pk


def test_who_knows_the_resident_is_compared_however_far_away_they_live(crowded: Cast) -> None:
    request = crowded.place()
    placed = Volunteer.objects.filter(pk__in=matching.eligible(request), lat__isnull=False)
    far = placed.order_by("-lat").first()
    assert far is not None
    served(crowded, far)
    assert far.pk not in nearest.pool(request, 100)
    known = next(each for each in matching.compare(request, []) if each.volunteer == far)
    assert known.reason_codes[0] == "met"
    Block.objects.create(volunteer=far, resident=crowded.resident, by=crowded.dispatcher, at=clock.now())
    assert far not in [each.volunteer for each in matching.compare(request, [])]


def test_somebody_without_a_point_is_a_candidate_in_their_community_even_in_a_crowd(crowded: Cast) -> None:
    found = matching.candidates(crowded.place(), limit=200)
    strangers = [each for each in found if each.distance_m is None]
    assert strangers
    assert {each.volunteer.community_id for each in strangers} == {crowded.community.pk}
    assert {each.parts["distance"] for each in strangers} == {0.5}


def test_a_request_without_a_point_looks_from_the_middle_of_its_area(crowded: Cast) -> None:
    request = crowded.place(lat=None, lon=None, area=crowded.grid.pk)
    found = matching.candidates(request)
    middle = (SOUTH + 0.005, WEST + 0.005)
    assert nearest.origin(request) == pytest.approx(middle)
    for each in found:
        home = each.volunteer.lat, each.volunteer.lon
        away = None if None in home else rounded_distance_m(distance_m(*middle, *home))  # type: ignore[arg-type]
        assert each.distance_m == away
    assert max(distance_m(*middle, p.volunteer.lat, p.volunteer.lon) for p in found if p.volunteer.lat) < 5000  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", [1, 20, 100])
def test_candidates_take_six_statements_however_many(crowded: Cast, limit: int) -> None:
    request = crowded.place()
    reference.snapshot()
    with CaptureQueriesContext(connection) as run:
        assert len(matching.candidates(request, limit=limit)) == limit
    assert len(run) == 6
