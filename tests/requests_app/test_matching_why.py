"""Why this person, and why not another: kept with each dispatch, answered about anybody, told to each of oneself."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import InternalError
from django.test import Client

from civic.accounts.models import ApiToken
from civic.cases import door
from civic.cases.workflow import SYSTEM
from civic.lib import clock
from requests_app import actions, matching
from requests_app.matching import scores
from requests_app.models import Block, Considered, ServiceRequest
from tests.cast import Cast
from volunteers import actions as volunteer_actions
from volunteers.models import Volunteer


def why(cast: Cast, user: object, request: ServiceRequest, **query: object) -> dict[str, object]:
    client = Client(headers={"Authorization": f"Token {ApiToken.issue(user)}", "Accept-Language": "en"})  # type: ignore[arg-type]
    answer = client.get(f"/api/v1/service-requests/{request.pk}/why/", query)
    return {"status": answer.status_code, **answer.json()}


def dispatch(cast: Cast, *people: Volunteer) -> ServiceRequest:
    asked = [person.pk for person in people]
    return actions.act(cast.place(), "offer", actor=cast.dispatcher, volunteers=asked)


def codes(request: ServiceRequest, volunteer: Volunteer) -> list[str]:
    return [rule.code for rule in matching.verdict(request, volunteer).barred_by]


def test_a_dispatch_keeps_what_spoke_for_everybody_compared(cast: Cast) -> None:
    request = dispatch(cast, cast.second)
    kept = list(Considered.objects.filter(request=request).order_by("rank"))
    assert [line.rank for line in kept] == [1, 2, 3]
    assert {line.of for line in kept} == {3}
    assert [line.volunteer for line in kept if line.asked] == [cast.second]
    assert {line.seq for line in kept} == {request.version}
    assert all(set(line.parts) == set(scores.PARTS) == set(line.shares) for line in kept)
    [offered] = request.offers.all()
    [asked] = [line for line in kept if line.asked]
    assert (offered.score, offered.reasons["rank"]) == (asked.score, asked.rank)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_what_led_to_a_dispatch_stays_while_the_request_is_open(cast: Cast, act: str) -> None:
    request = dispatch(cast, cast.second)
    kept = Considered.objects.filter(request=request)
    with (
        pytest.raises(InternalError, match="Cannot update|kept while the request is open"),
        transaction.atomic(),
    ):
        kept.update(rank=9) if act == "update" else kept.delete()
    assert kept.count() == 3


def test_it_goes_with_the_people_of_the_request(cast: Cast) -> None:
    request = dispatch(cast, cast.second)
    request = actions.act(request, "cancel", actor=cast.resident)
    assert request.closed_at is not None
    assert Considered.objects.filter(request=request).exists()
    door.perform(request, "anonymise", actor=SYSTEM)
    assert not Considered.objects.filter(request=request).exists()


def test_each_rule_that_somebody_fails_is_named(cast: Cast) -> None:
    request = cast.place(category="medical", consent=True)
    assert codes(request, cast.volunteer) == []
    assert codes(request, cast.far_volunteer) == ["district"]
    Volunteer.objects.filter(pk=cast.second.pk).update(
        skills=[], vetted_at=None, insured_until=None, active=False
    )
    assert codes(request, cast.second) == ["active", "skill", "vetting", "insurance"]
    volunteer_actions.decide(cast.third, "suspend", actor=cast.dispatcher, reason="休息")
    Block.objects.create(volunteer=cast.third, resident=cast.resident, by=cast.resident, at=clock.now())
    assert codes(request, cast.third) == ["approved", "block"]


def test_offers_and_promises_are_rules_too(cast: Cast) -> None:
    start = clock.now() + timedelta(days=1)
    request = actions.act(
        cast.place(headcount=3),
        "offer",
        actor=cast.dispatcher,
        volunteers=[cast.volunteer.pk, cast.second.pk],
        agreed_start=start,
    )
    assert codes(request, cast.volunteer) == ["asked"]
    request = actions.act(request, "accept", actor=cast.volunteer.user)
    assert codes(request, cast.volunteer) == ["serving", "busy"]
    request = actions.act(request, "decline_offer", actor=cast.second.user)
    assert codes(request, cast.second) == ["declined"]
    own = cast.place(cast.third.user)
    assert codes(own, cast.third) == ["own"]
    assert codes(
        cast.place(preferred_start=start, preferred_end=start + timedelta(hours=2)), cast.volunteer
    ) == ["busy"]


def test_somebody_who_can_be_asked_is_told_the_rank_the_desk_sees(cast: Cast) -> None:
    request = cast.place()
    for rank, candidate in enumerate(matching.candidates(request), start=1):
        found = matching.verdict(request, candidate.volunteer)
        assert (found.rank, found.of, found.eligible) == (rank, 3, True)
        assert found.candidate is not None
        assert found.candidate.parts == candidate.parts


def test_a_dispatcher_asks_about_anybody_of_the_district(cast: Cast) -> None:
    request = cast.place()
    found = why(cast, cast.dispatcher, request, volunteer=cast.volunteer.pk)
    assert found["status"] == 200
    assert found["eligible"] is True
    assert set(found["parts"]) == set(scores.PARTS)  # type: ignore[call-overload]
    assert why(cast, cast.dispatcher, request, volunteer=cast.far_volunteer.pk)["status"] == 404
    assert why(cast, cast.dispatcher, request)["status"] == 400


def test_a_volunteer_asks_about_themselves_alone_and_is_not_told_what_residents_think(cast: Cast) -> None:
    request = actions.act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    found = why(cast, cast.volunteer.user, request)
    assert found["status"] == 200
    assert (found["rank"], found["score"], found["shares"]) == (found["rank"], None, None)
    assert set(found["parts"]) == set(scores.PARTS) - {"continuity"}  # type: ignore[call-overload]
    assert why(cast, cast.volunteer.user, request, volunteer=cast.second.pk)["status"] == 403
    Block.objects.create(volunteer=cast.volunteer, resident=cast.resident, by=cast.resident, at=clock.now())
    found = why(cast, cast.volunteer.user, request)
    assert found["barred_by"] == [{"code": "closed", "words": "This request is not open to you."}]


def test_the_desk_reads_why_somebody_was_asked_and_why_another_cannot_be(cast: Cast) -> None:
    request = dispatch(cast, cast.second)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(cast.dispatcher)
    page = client.get(f"/desk/requests/{request.pk}/").content.decode()
    assert "Why this person" in page
    assert "of 3 compared" in page
    answer = client.get(f"/desk/requests/{request.pk}/why/", {"who": cast.second.number}).content.decode()
    assert "They have been asked and have not answered yet." in answer
    answer = client.get(f"/desk/requests/{request.pk}/why/", {"who": "张建国"}).content.decode()
    assert "Can be asked: number" in answer
    assert 'form="offer-form"' not in answer, "a page of its own has no form to send"
    fragment = client.get(
        f"/desk/requests/{request.pk}/why/", {"who": "张建国"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Choose 张建国" in fragment
    assert f'value="{cast.volunteer.pk}" form="offer-form"' in fragment
    answer = client.get(
        f"/desk/requests/{request.pk}/why/", {"who": cast.far_volunteer.number}
    ).content.decode()
    assert "No volunteer of this district" in answer
