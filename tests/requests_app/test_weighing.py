"""Whom weighing settles on: always a pair of the best matching of all, and never anybody who may not be asked."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from civic.cases import timers
from civic.cases.models import CaseEvent
from civic.lib import clock
from requests_app import matching, reference
from requests_app.actions import auto_dispatch
from requests_app.models import Block, MatchingWeights, Offer, ServiceRequest
from requests_app.models.matching import DEFAULT_WEIGHTS
from requests_app.planning.online import settled
from tests.cast import SOUTH, WEST, Cast
from tests.repeatable import REPEATABLE
from tests.worktime.conftest import local
from volunteers.models import Volunteer

MONDAY = local("2026-03-02 09:00")
SERVED = 100.0  # worth more than all scores of a scene together

tables = st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=6)


def best(worth: np.ndarray) -> float:
    """Returns what the best matching of a table is worth; 0 stands for a pair that does not fit."""
    return float(worth[linear_sum_assignment(worth, maximize=True)].sum()) if worth.size else 0.0


@given(tables, st.sets(st.integers(0, 5)), st.lists(st.integers(1, 3), min_size=6, max_size=6))
@settings(deadline=None, derandomize=True, database=None, max_examples=150)
def test_what_is_settled_belongs_to_the_best_matching(
    table: list[list[int]], due: set[int], slots: list[int]
) -> None:
    worth = {(row, at): float(each) for row, line in enumerate(table) for at, each in enumerate(line) if each}
    every = settled(worth, range(len(table)), slots=dict(enumerate(slots)))
    assert len({who for _, who in every}) == len(every)
    assert all(sum(row == each for row, _ in every) <= slots[each] for each in range(len(table)))
    by_slot = np.array([line for row, line in enumerate(table) for _ in range(slots[row])], float)
    assert sum(worth[pair] for pair in every) == best(by_slot)
    assert settled(worth, due, slots=dict(enumerate(slots))) == [pair for pair in every if pair[0] in due]


@dataclass
class Scene:
    """Some requests that wait, some volunteers near and far, which alone counts, and who is not to meet whom."""

    requests: list[ServiceRequest]
    scores: np.ndarray  # by request and volunteer, 0 where they may not meet
    people: list[int]

    @classmethod
    def drawn(cls, cast: Cast, dice: Random) -> "Scene":
        """Returns a scene in which nobody has been asked yet."""
        MatchingWeights.objects.create(distance=1, **dict.fromkeys(set(DEFAULT_WEIGHTS) - {"distance"}, 0))
        reference.forget()
        helpers = [cast.volunteer, cast.second, cast.third]
        Volunteer.objects.exclude(pk__in=[each.pk for each in helpers]).update(active=False)
        for each in helpers:
            Volunteer.objects.filter(pk=each.pk).update(lat=SOUTH + dice.choice([0.001, 0.006, 0.02, 0.038]))
        residents = [cast.resident, cast.neighbour, *(each.user for each in helpers)]
        for helper in helpers:
            for resident in dice.sample(residents, dice.randint(0, 3)):
                Block.objects.create(volunteer=helper, resident=resident, by=cast.dispatcher, at=MONDAY)
        requests = []
        for number, resident in enumerate(dice.sample(residents, dice.randint(2, 5))):
            place = {"lat": SOUTH + dice.choice([0.002, 0.012, 0.036]), "lon": WEST + 0.005}
            with clock.at(MONDAY + timedelta(minutes=number)):
                starts = MONDAY + timedelta(days=1)
                requests.append(cast.place(actor=resident, preferred_start=starts, **place))
        people = [each.pk for each in helpers]
        scores = np.zeros((len(requests), len(people)))
        with clock.at(MONDAY + timedelta(hours=1)):
            for row, request in enumerate(requests):
                for found in matching.candidates(request):
                    scores[row, people.index(found.volunteer.pk)] = found.score
        return cls(requests, scores, people)


@pytest.mark.django_db
@given(st.integers(0, 10_000))
@settings(REPEATABLE, max_examples=40)
def test_whoever_is_asked_first_is_of_the_best_matching_and_may_be_asked(cast: Cast, number: int) -> None:
    with transaction.atomic():
        auto_dispatch.set_rule(
            actor=cast.admin, area=cast.district, category=None, on=True, width=1, patience=50
        )
        scene = Scene.drawn(cast, Random(number))
        with clock.at(MONDAY + timedelta(hours=1)):
            timers.sweep()
        asked = list(Offer.objects.values_list("request_id", "volunteer_id"))
        first, *others = scene.requests
        worth = np.where(scene.scores > 0, SERVED + scene.scores, 0)
        worth[0] += np.where(scene.scores[0] > 0, SERVED, 0)  # it cannot wait any longer
        if not scene.scores[0].any():
            assert asked == []
        else:
            [(request, volunteer)] = asked
            column = scene.people.index(volunteer)
            assert request == first.pk
            assert scene.scores[0, column] > 0
            rest = np.delete(np.delete(worth, 0, axis=0), column, axis=1)
            assert worth[0, column] + best(rest) == pytest.approx(best(worth))
        for each in others:
            assert ServiceRequest.objects.get(pk=each.pk).version == each.version
        events = CaseEvent.objects.filter(verb="auto_dispatch")
        assert [event.facts["weighed"] for event in events] == [len(scene.requests)]
        transaction.set_rollback(True)
    reference.forget()
