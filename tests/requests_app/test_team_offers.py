"""A request put to a team: the leader names people or declines; what follows, and what may never happen."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from civic.cases import timers
from civic.lib import clock
from civic.lib.errors import (
    AlreadyTaken,
    IllegalTransition,
    NotAllowed,
    NotFound,
    Overlap,
    ValidationFailed,
    VersionConflict,
)
from civic.notify.models import Message
from insight import consistency
from requests_app import access, actions
from requests_app.access import Sight
from requests_app.models import Assignment, Block, Considered, Offer, ServiceRequest, TeamOffer
from tests.cast import Cast
from tests.requests_app.teams import membership, offered_to, team_of
from volunteers import actions as volunteer_actions
from volunteers import team_actions
from volunteers.models import Commitment

pytestmark = pytest.mark.django_db


def told(template: str) -> set[int]:
    return set(Message.objects.filter(template=template).values_list("user_id", flat=True))


def agreed(request: ServiceRequest) -> None:
    assert [str(fault) for fault in consistency.check()] == []
    assert ServiceRequest.objects.get(pk=request.pk).state == request.state


def test_the_leaders_are_told_and_see_what_volunteers_see(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, cast.second, members=(cast.third,))
    request = offered_to(cast, team)
    assert request.state == "offered"
    assert told("team.offer_made") == {cast.volunteer.user_id, cast.second.user_id}
    assert access.sight(request, cast.volunteer.user) == Sight.SUMMARY
    assert access.sight(request, cast.third.user) is None
    assert request in access.visible_to(cast.second.user)
    agreed(request)


def test_a_leader_names_people_who_have_it_at_once(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second, cast.third))
    request = offered_to(cast, team, headcount=2)
    request = actions.act(
        request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk, cast.third.pk]
    )
    assert request.state == "accepted"
    lines = Assignment.objects.filter(request=request).order_by("slot")
    assert [(each.slot, each.volunteer_id) for each in lines] == [(1, cast.second.pk), (2, cast.third.pk)]
    assert {(each.via, each.state, each.made_by_id) for each in Offer.objects.filter(request=request)} == {
        ("team", "accepted", cast.volunteer.user_id)
    }
    assert told("team.named") == {cast.second.user_id, cast.third.user_id}
    assert Message.objects.filter(template="request.accepted", channel="in_app").count() == 1
    assert Commitment.objects.filter(active=True).count() == 2
    assert Considered.objects.filter(request=request, asked=True).count() == 2
    done = TeamOffer.objects.get()
    assert (done.state, done.answered_by_id) == ("accepted", cast.volunteer.user_id)
    assert access.sight(request, cast.second.user) == Sight.TASK
    assert access.sight(request, cast.volunteer.user) == Sight.SUMMARY
    agreed(request)


def test_fewer_than_needed_may_be_named_and_the_rest_is_asked_otherwise(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team, headcount=2)
    request = actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])
    assert request.state == "offered"
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.third.pk])
    request = actions.act(request, "accept", actor=cast.third.user)
    assert request.state == "accepted"
    agreed(request)


def test_more_than_are_needed_cannot_be_named(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team)
    for members in ([], [cast.volunteer.pk, cast.second.pk]):
        with pytest.raises(ValidationFailed) as refused:
            actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=members)
        assert "members" in refused.value.errors
    assert not Assignment.objects.exists()


def test_only_members_whom_the_rules_allow_can_be_named(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team)

    def refused(pk: int) -> bool:
        with transaction.atomic(), pytest.raises(ValidationFailed) as caught:
            actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[pk])
        return "members" in caught.value.errors

    assert refused(cast.third.pk)  # not of the team
    Block.objects.create(resident=cast.resident, volunteer=cast.second, by=cast.resident, at=clock.now())
    assert refused(cast.second.pk)
    Block.objects.all().delete()
    volunteer_actions.update(cast.second, actor=cast.second.user, active=False)
    assert refused(cast.second.pk)
    assert not Assignment.objects.exists()


def test_a_member_is_never_sent_to_their_own_request(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = cast.place(cast.second.user)
    request = actions.act(
        request, "offer", actor=cast.dispatcher, team=team.pk, agreed_start=request.preferred_start
    )
    with pytest.raises(ValidationFailed):
        actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])


def test_whoever_has_promised_that_time_cannot_be_named(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    cast.accepted(cast.second)
    request = offered_to(cast, team)
    with pytest.raises((ValidationFailed, Overlap)):
        actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])


def test_somebody_asked_by_name_or_who_declined_is_not_named_over_their_head(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team)
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    for step in range(2):
        with pytest.raises(ValidationFailed):
            actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])
        if step == 0:
            request = actions.act(request, "decline_offer", actor=cast.second.user)


def test_a_named_person_who_says_no_in_time_carries_no_blame(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team)
    request = actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])
    request = actions.act(request, "give_up", actor=cast.second.user, reason_code="work")
    line = Assignment.objects.get(request=request)
    assert (line.state, line.excused) == ("given_up", True)
    assert told("team.cannot") == {cast.volunteer.user_id}
    assert request.state == "submitted"
    agreed(request)


def test_saying_no_late_counts_as_for_everybody(cast: Cast) -> None:
    now = clock.now().replace(hour=2, minute=0)  # ten in the morning here
    with time_machine.travel(now, tick=False) as traveller:
        team = team_of(cast, cast.volunteer, members=(cast.second,))
        request = offered_to(cast, team)
        actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])
        traveller.shift(timedelta(hours=2, minutes=1))
        actions.act(request, "give_up", actor=cast.second.user, reason_code="work")
    assert not Assignment.objects.get(request=request).excused


def test_a_leader_who_named_themselves_gives_up_like_everybody(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = offered_to(cast, team)
    actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.volunteer.pk])
    assert told("team.named") == set()
    actions.act(request, "give_up", actor=cast.volunteer.user)
    assert not Assignment.objects.get(request=request).excused


def test_a_leader_declines_with_one_reason(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = offered_to(cast, team)
    request = actions.act(request, "decline_for_team", actor=cast.volunteer.user, reason_code="busy")
    assert request.state == "submitted"
    assert TeamOffer.objects.get().reason_code == "busy"
    assert cast.dispatcher.pk in told("desk.team_declined")
    with pytest.raises(NotAllowed):
        actions.act(request, "decline_for_team", actor=cast.second.user)
    agreed(request)


def test_it_runs_out_after_two_hours_and_the_dispatchers_are_told(cast: Cast) -> None:
    now = clock.now().replace(hour=2, minute=0)
    with time_machine.travel(now, tick=False) as traveller:
        team = team_of(cast, cast.volunteer)
        request = offered_to(cast, team)
        assert TeamOffer.objects.get().expires_at == clock.now() + timedelta(hours=2)
        traveller.shift(timedelta(hours=2, seconds=1))
        with pytest.raises(IllegalTransition):
            actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.volunteer.pk])
        timers.sweep()
        request.refresh_from_db()
        assert request.state == "submitted"
        assert TeamOffer.objects.get().state == "expired"
        assert told("team.offer_expired") == {cast.volunteer.user_id}
        assert cast.dispatcher.pk in told("desk.nobody")
        agreed(request)


def test_it_is_withdrawn_when_every_slot_has_somebody(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = offered_to(cast, team)
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.third.pk])
    request = actions.act(request, "accept", actor=cast.third.user)
    assert TeamOffer.objects.get().state == "withdrawn"
    assert told("team.offer_withdrawn") == {cast.volunteer.user_id}
    with pytest.raises(AlreadyTaken):
        actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.volunteer.pk])
    agreed(request)


def test_a_changed_time_asks_the_team_anew(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = offered_to(cast, team)
    seen = request.terms
    later = request.agreed_start + timedelta(hours=1)
    request = actions.act(request, "amend", actor=cast.dispatcher, agreed_start=later)
    assert list(TeamOffer.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "open"]
    named = {"actor": cast.volunteer.user, "members": [cast.volunteer.pk]}
    with pytest.raises(VersionConflict):
        actions.act(request, "accept_for_team", terms=seen, **named)
    actions.act(request, "accept_for_team", terms=request.terms, **named)
    assert Assignment.objects.get().agreed_start == later


def test_a_team_is_not_asked_anew_for_a_request_that_moves_to_another_district(cast: Cast) -> None:
    request = offered_to(cast, team_of(cast, cast.volunteer))
    request = actions.act(request, "amend", actor=cast.resident, area=cast.other_district.pk)
    assert [offer.state for offer in TeamOffer.objects.all()] == ["withdrawn"]
    assert told("team.offer_withdrawn") == {cast.volunteer.user_id}
    assert request.state == "submitted"
    agreed(request)


def test_without_a_start_the_leader_proposes_one(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = cast.place(preferred_start=None, preferred_end=None)
    request = actions.act(request, "offer", actor=cast.dispatcher, team=team.pk)
    with pytest.raises(ValidationFailed):
        actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])
    start = clock.now() + timedelta(days=2)
    request = actions.act(
        request,
        "accept_for_team",
        actor=cast.volunteer.user,
        members=[cast.second.pk],
        agreed_start=start,
    )
    assert request.start_proposed and request.agreed_start == start
    agreed(request)


def test_a_team_is_asked_once_at_a_time_and_only_where_somebody_could_answer(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = offered_to(cast, team)
    with pytest.raises(AlreadyTaken):
        actions.act(request, "offer", actor=cast.dispatcher, team=team.pk)
    nobody_leads = team_of(cast, name="无人队", members=(cast.second,))
    elsewhere = team_actions.found(actor=cast.outsider, area=cast.other_district, name="外区队")
    for wrong in (nobody_leads.pk, elsewhere.pk, 987654):
        with pytest.raises(ValidationFailed) as refused:
            actions.act(request, "offer", actor=cast.dispatcher, team=wrong)
        assert "team" in refused.value.errors
    with pytest.raises(ValidationFailed):
        actions.act(request, "offer", actor=cast.dispatcher, team=team.pk, pool=True)


def test_the_desk_takes_one_team_back(cast: Cast) -> None:
    first = team_of(cast, cast.volunteer)
    second = team_of(cast, cast.second, name="第二队")
    request = offered_to(cast, first)
    request = actions.act(request, "offer", actor=cast.dispatcher, team=second.pk)
    gone = TeamOffer.objects.get(team=first)
    request = actions.act(request, "withdraw_offer", actor=cast.dispatcher, team_offers=[gone.pk])
    assert request.state == "offered"
    request = actions.act(request, "withdraw_offer", actor=cast.dispatcher)
    assert request.state == "submitted"
    with pytest.raises(IllegalTransition):
        actions.act(request, "withdraw_offer", actor=cast.dispatcher)


def test_a_confidential_request_goes_to_no_team(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = offered_to(cast, team)
    request = actions.act(request, "confidential", actor=cast.dispatcher, on=True)
    assert TeamOffer.objects.get().state == "withdrawn"
    assert request.state == "submitted"
    with pytest.raises(ValidationFailed):
        actions.act(request, "offer", actor=cast.dispatcher, team=team.pk)
    with pytest.raises(IntegrityError, match="confidential"), transaction.atomic():
        TeamOffer.objects.create(
            request=request,
            round=request.round,
            team=team,
            terms=request.terms,
            expires_at=clock.now(),
            made_at=clock.now(),
            made_by=cast.dispatcher,
        )
    agreed(request)


def test_no_request_becomes_confidential_while_a_team_is_asked(cast: Cast) -> None:
    request = offered_to(cast, team_of(cast, cast.volunteer))
    with pytest.raises(IntegrityError, match="with a team"), transaction.atomic():
        ServiceRequest.objects.filter(pk=request.pk).update(confidential=True)


def test_who_leads_no_longer_answers_no_longer(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, cast.second)
    request = offered_to(cast, team)
    team_actions.act(team, "relieve", actor=cast.colleague, membership=membership(team, cast.volunteer).pk)
    with pytest.raises((NotAllowed, NotFound)):
        actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.third.pk])
    assert access.sight(request, cast.volunteer.user) is None
    actions.act(request, "accept_for_team", actor=cast.second.user, members=[cast.second.pk])


def test_a_leader_of_two_asked_teams_says_which(cast: Cast) -> None:
    first = team_of(cast, cast.volunteer)
    second = team_of(cast, cast.volunteer, name="第二队")
    request = offered_to(cast, first)
    request = actions.act(request, "offer", actor=cast.dispatcher, team=second.pk)
    named = {"actor": cast.volunteer.user, "members": [cast.volunteer.pk]}
    with pytest.raises(ValidationFailed):
        actions.act(request, "accept_for_team", **named)
    wanted = TeamOffer.objects.get(team=second)
    actions.act(request, "accept_for_team", team_offer=wanted.pk, **named)
    assert dict(TeamOffer.objects.values_list("team__name", "state")) == {
        first.name: "withdrawn",
        second.name: "accepted",
    }
