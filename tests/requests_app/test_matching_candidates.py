"""Candidates: only whom the rules allow, with a past that counts, by the weights of the district."""

from datetime import date, timedelta
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.accounts.models import User
from civic.lib import clock
from civic.lib.errors import ValidationFailed
from requests_app import matching, reference
from requests_app.actions import act
from requests_app.matching import questions, scores
from requests_app.matching.candidates import rank
from requests_app.models import Assignment, Block, Category, MatchingWeights, Offer, Rating, ServiceRequest
from tests.cast import SOUTH, WEST, Cast
from volunteers import actions as volunteer_actions
from volunteers.models import Commitment, ServiceClass, Skill, Volunteer

A_STATE = st.fixed_dictionaries(
    {
        "active": st.booleans(),
        "district": st.booleans(),
        "skilled": st.booleans(),
        "vetted": st.booleans(),
        "insured_days": st.sampled_from([None, -1, 1, 400]),
        "point": st.booleans(),
        "blocked": st.booleans(),
        "answer": st.sampled_from([None, None, "open", "declined", "expired", "withdrawn"]),
        "busy": st.booleans(),
    }
)


def good(state: dict[str, Any]) -> bool:
    """Whether somebody in this state may be asked for company to the doctor's tomorrow: the rules, written anew."""
    insured = state["insured_days"] is not None and state["insured_days"] >= 1
    free = not state["busy"] and not state["blocked"] and state["answer"] not in {"open", "declined"}
    return bool(
        state["active"] and state["district"] and state["skilled"] and state["vetted"] and insured and free
    )


def put(cast: Cast, request: ServiceRequest, volunteer: Volunteer, state: dict[str, Any]) -> None:
    """Makes `volunteer` what `state` says, past every verb."""
    wanted = reference.snapshot().by_id[request.category_id].skills
    other = list(Skill.objects.exclude(pk__in=wanted).values_list("pk", flat=True))
    days = state["insured_days"]
    Offer.objects.filter(volunteer=volunteer).delete()
    Block.objects.filter(volunteer=volunteer).delete()
    Commitment.objects.filter(volunteer=volunteer).delete()
    for name, value in {
        "active": state["active"],
        "district_id": cast.district.pk if state["district"] else cast.other_district.pk,
        "skills": [*other[:2], *(wanted[:1] if state["skilled"] else [])],
        "vetted_at": clock.now() if state["vetted"] else None,
        "insured_until": None if days is None else date.today() + timedelta(days=days),
        "lat": SOUTH + 0.004 if state["point"] else None,
    }.items():
        Volunteer.objects.filter(pk=volunteer.pk).update(**{name: value})
    if state["blocked"]:
        Block.objects.create(volunteer=volunteer, resident=cast.resident, by=cast.dispatcher, at=clock.now())
    if state["answer"]:
        offer(request, volunteer, state["answer"])
    if state["busy"]:
        start = request.preferred_start
        assert start is not None
        Commitment.objects.create(
            volunteer=volunteer,
            subject_kind="test",
            subject_id=volunteer.pk,
            during=(start, start + timedelta(hours=1)),
        )


def offer(request: ServiceRequest, volunteer: Volunteer, state: str, **more: Any) -> Offer:
    facts = {"terms": 1, "made_at": clock.now(), "round": request.round, "state": state, **more}
    with pgtrigger.ignore():  # which would not let it begin as answered
        return Offer.objects.create(request=request, volunteer=volunteer, **facts)


def served(
    cast: Cast, volunteer: Volunteer, state: str = "completed", *, stars: int | None = None, **more: Any
) -> Assignment:
    """Writes down what `volunteer` did of late for the cast's resident, past every verb."""
    request, ago = cast.place(), clock.now() - timedelta(days=60)
    with pgtrigger.ignore():
        made = Assignment.objects.create(
            request=request,
            round=1,
            slot=1,
            volunteer=volunteer,
            offer=offer(request, volunteer, "accepted", made_at=ago),
            **{
                "state": state,
                "accepted_at": ago,
                "agreed_start": ago,
                "expected_minutes": 45,
                "completed_at": ago if state == "completed" else None,
                **more,
            },
        )
    if stars is not None:
        Rating.objects.create(
            request=request, round=1, solved="yes", stars=stars, via="beneficiary", by=cast.resident, at=ago
        )
    return made


def parts_of(cast: Cast, request: ServiceRequest, volunteer: Volunteer) -> dict[str, float]:
    found = {each.volunteer.pk: each for each in matching.candidates(request)}
    return found[volunteer.pk].parts


@pytest.mark.full
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.tuples(A_STATE, A_STATE, A_STATE))
def test_nobody_ineligible_is_ever_returned_and_nobody_eligible_left_out(
    cast: Cast, states: tuple[dict[str, Any], ...]
) -> None:
    request = ServiceRequest.objects.filter(category__code="medical").first() or cast.place(
        category="medical", consent=True
    )
    people = (cast.volunteer, cast.second, cast.third)
    for volunteer, state in zip(people, states, strict=True):
        put(cast, request, volunteer, state)
    allowed = {p.pk for p, state in zip(people, states, strict=True) if good(state)}
    assert {each.volunteer.pk for each in matching.candidates(request)} == allowed
    assert set(matching.eligible(request).values_list("pk", flat=True)) == allowed
    assert all(not questions.failed(request, person) for person in people if person.pk in allowed)


def test_who_is_suspended_is_no_candidate(cast: Cast) -> None:
    request = cast.place()
    everybody = {cast.volunteer.pk, cast.second.pk, cast.third.pk}
    assert {each.volunteer.pk for each in matching.candidates(request)} == everybody
    volunteer_actions.decide(cast.second, "suspend", actor=cast.dispatcher, reason="休息")
    assert {each.volunteer.pk for each in matching.candidates(request)} == everybody - {cast.second.pk}


@pytest.mark.parametrize(("stars", "part"), [(None, 0.667), (5, 0.667), (2, 0.0)])
def test_a_service_for_this_resident_counts_for_and_a_bad_one_against(
    cast: Cast, stars: int | None, part: float
) -> None:
    served(cast, cast.volunteer, stars=stars)
    request = cast.place()
    assert parts_of(cast, request, cast.volunteer)["continuity"] == part
    assert parts_of(cast, request, cast.second)["continuity"] == 0.5
    assert parts_of(cast, cast.place(cast.neighbour), cast.volunteer)["continuity"] == 0.5


@pytest.mark.parametrize(
    ("state", "more", "part"),
    [
        ("no_show", {}, 0.75),
        ("no_show", {"excused": True}, 0.9),
        ("given_up", {"notice_minutes": 60}, 0.818),
        ("given_up", {"notice_minutes": 60, "excused": True}, 0.9),
        ("given_up", {"notice_minutes": 3000}, 0.9),
        ("released", {}, 0.9),
        ("completed", {}, 0.909),
    ],
)
def test_who_lets_people_down_counts_less_unless_it_is_excused(
    cast: Cast, state: str, more: dict[str, Any], part: float
) -> None:
    served(cast, cast.volunteer, state, **more)
    assert parts_of(cast, cast.place(), cast.volunteer)["reliability"] == part


@pytest.mark.parametrize(
    ("answers", "part"),
    [([], 0.8), (["declined"], 0.667), (["expired"] * 5, 0.4), (["withdrawn"], 0.8), (["accepted"], 0.833)],
)
def test_acceptance_follows_from_ones_own_answers(cast: Cast, answers: list[str], part: float) -> None:
    for answer in answers:
        offer(cast.place(), cast.volunteer, answer)
    assert parts_of(cast, cast.place(), cast.volunteer)["acceptance"] == part


@pytest.mark.parametrize(
    ("solved", "stars", "part"),
    [("yes", None, 0.667), ("no", None, 0.5), ("no", 4, 0.667), ("no", 1, 0.0), ("partly", 2, 0.0)],
)
def test_what_was_not_solved_speaks_for_nobody(
    cast: Cast, solved: str, stars: int | None, part: float
) -> None:
    line = served(cast, cast.volunteer)
    Rating.objects.create(
        request=line.request,
        round=1,
        solved=solved,
        stars=stars,
        via="call_back",
        by=cast.dispatcher,
        at=clock.now(),
    )
    assert parts_of(cast, cast.place(), cast.volunteer)["continuity"] == part


def test_the_weights_of_the_district_decide_and_others_hold_elsewhere(cast: Cast) -> None:
    served(cast, cast.second)  # known to the resident
    Volunteer.objects.filter(pk=cast.volunteer.pk).update(lat=SOUTH + 0.005, lon=WEST + 0.005)
    Volunteer.objects.filter(pk__in=[cast.second.pk, cast.third.pk]).update(lat=SOUTH + 0.03)
    request = cast.place()
    zero = dict.fromkeys(scores.PARTS, 0.0)
    assert matching.candidates(request)[0].volunteer == cast.volunteer
    MatchingWeights.objects.create(area=None, **{**zero, "distance": 1.0})
    MatchingWeights.objects.create(area=cast.district, **{**zero, "continuity": 7.0})
    reference.forget()
    first = matching.candidates(request)[0]
    assert first.volunteer == cast.second
    assert first.score == first.parts["continuity"]
    assert first.shares == {**zero, "continuity": 1.0}
    assert reference.weights(cast.other_district.pk) == {**zero, "distance": 1.0}


def test_every_edit_of_the_weights_is_kept(cast: Cast) -> None:
    weights = MatchingWeights.objects.create(area=cast.district)
    weights.distance = 50
    weights.save()
    weights.delete()
    kept = apps.get_model("requests_app", "MatchingWeightsEvent").objects.order_by("pk")
    assert list(kept.values_list("pgh_label", "distance")) == [("insert", 30), ("update", 50), ("delete", 50)]


def test_moving_ones_home_point_finds_no_door(cast: Cast) -> None:
    """Two requests some metres apart give the same distances from wherever somebody says they live."""
    one, other = (
        cast.place(lat=SOUTH + 0.0051, lon=WEST + 0.0051),
        cast.place(lat=SOUTH + 0.0053, lon=WEST + 0.0047),
    )
    for step in range(12):
        Volunteer.objects.filter(pk=cast.volunteer.pk).update(
            lat=SOUTH + 0.001 * step, lon=WEST + 0.0007 * step
        )
        first, second = ({c.volunteer.pk: c.distance_m for c in matching.candidates(r)} for r in (one, other))
        assert first[cast.volunteer.pk] == second[cast.volunteer.pk]
        assert first[cast.volunteer.pk] % 100 == 0  # type: ignore[operator]


def test_fewer_people_keep_their_order(cast: Cast) -> None:
    request = cast.place()
    served(cast, cast.third)
    everybody = [each.volunteer for each in matching.candidates(request)]
    for gone in everybody:
        rest = [person for person in everybody if person != gone]
        assert [each.volunteer for each in rank(request, rest[::-1])] == rest


def test_who_speaks_the_language_the_resident_chose_is_told_apart(cast: Cast) -> None:
    User.objects.filter(pk=cast.resident.pk).update(language="en")
    cast.resident.refresh_from_db()
    Volunteer.objects.filter(pk=cast.second.pk).update(languages=["mandarin", "english"])
    request = cast.place()
    assert request.language == "en"
    assert parts_of(cast, request, cast.second)["language"] == 1
    assert parts_of(cast, request, cast.volunteer)["language"] == 0


def test_who_speaks_the_dialect_the_resident_talks_best_is_told_apart(cast: Cast) -> None:
    Volunteer.objects.filter(pk=cast.second.pk).update(languages=["mandarin", "hakka"])
    request = cast.place(speaks="hakka")
    assert parts_of(cast, request, cast.second)["language"] == 1
    assert parts_of(cast, request, cast.volunteer)["language"] == 0
    other = cast.place(speaks="mandarin")
    assert {parts_of(cast, other, each)["language"] for each in (cast.second, cast.volunteer)} == {1}


@pytest.mark.parametrize("way", ["place", "amend"])
def test_a_language_that_is_none_is_refused(cast: Cast, way: str) -> None:
    request = cast.place()
    with pytest.raises(ValidationFailed) as refused:
        cast.place(speaks="klingon") if way == "place" else act(
            request, "amend", actor=cast.dispatcher, speaks="klingon"
        )
    assert "speaks" in (refused.value.errors or {})
    assert act(request, "amend", actor=cast.dispatcher, speaks="wu").talks == "wu"


def test_who_chose_the_service_class_of_a_kind_of_help_likes_it(cast: Cast) -> None:
    request = cast.place()
    relief = ServiceClass.objects.get(code="relief").pk
    Volunteer.objects.filter(pk=cast.second.pk).update(service_classes=[relief])
    reasons = {each.volunteer.pk: each.reason_codes for each in matching.candidates(request)}
    assert "likes" in reasons[cast.second.pk]
    assert "likes" not in reasons[cast.volunteer.pk]
    Category.objects.filter(pk=request.category_id).update(service_class=None)
    reference.forget()
    again = {each.volunteer.pk: each.reason_codes for each in matching.candidates(request)}
    assert "likes" not in again[cast.second.pk]
