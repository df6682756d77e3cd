"""Teams: founding, applying and being answered, leading, leaving, dissolving; who may do what."""

import pytest
from django.db import IntegrityError, transaction

from civic.cases import door
from civic.cases.models import CaseEvent, CaseText
from civic.cases.workflow import SYSTEM
from civic.lib import clock
from civic.lib.errors import Conflict, IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from insight import consistency
from tests.cast import Cast
from tests.requests_app.teams import join, membership, team_of
from volunteers import access, actions, team_actions, team_queries
from volunteers.models import ServiceClass, Team, TeamMembership, Volunteer

pytestmark = pytest.mark.django_db


def test_three_tiers_each_below_the_other_within_its_area(cast: Cast) -> None:
    corps = team_actions.found(actor=cast.colleague, area=cast.district, name="区总队")
    team = team_actions.found(actor=cast.colleague, area=cast.street, name="街道分队", parent=corps)
    squad = team_actions.found(actor=cast.colleague, area=cast.community, name="社区服务队", parent=team)
    assert [each.tier for each in (corps, team, squad)] == ["corps", "team", "squad"]
    assert squad.path.startswith(team.path) and team.path.startswith(corps.path)
    assert Team.objects.filter(path__startswith=corps.path).count() == 3
    with pytest.raises(ValidationFailed) as refused:
        team_actions.found(actor=cast.colleague, area=cast.community, name="第四级", parent=squad)
    assert "parent" in refused.value.errors
    with pytest.raises(ValidationFailed) as outside:
        team_actions.found(actor=cast.colleague, area=cast.district, name="太大", parent=team)
    assert "area" in outside.value.errors


def test_two_teams_below_one_stand_beside_each_other(cast: Cast) -> None:
    corps = team_actions.found(actor=cast.colleague, area=cast.district, name="区总队")
    first, second = (
        team_actions.found(actor=cast.colleague, area=cast.street, name=name, parent=corps)
        for name in ("一分队", "二分队")
    )
    assert first.path != second.path
    assert Team.objects.get(pk=corps.pk).numchild == 2


def test_a_name_is_taken_once_in_an_area(cast: Cast) -> None:
    team_of(cast)
    with pytest.raises(Conflict):
        team_of(cast)


def test_staff_of_another_area_found_nothing_here(cast: Cast) -> None:
    for stranger in (cast.outsider, cast.dispatcher, cast.auditor, cast.resident, cast.volunteer.user):
        with pytest.raises(NotAllowed):
            team_actions.found(actor=stranger, area=cast.district, name="越权队")


def test_a_volunteer_applies_and_the_leader_takes_them_in(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    team_actions.act(team, "apply", actor=cast.second.user, words="我会修水电")
    told = Message.objects.get(template="team.applied")
    assert told.user_id == cast.volunteer.user_id
    line = membership(team, cast.second)
    team_actions.act(team, "admit", actor=cast.volunteer.user, membership=line.pk)
    line.refresh_from_db()
    assert line.state == "member" and line.joined_at is not None
    assert Message.objects.filter(template="team.admitted").latest("pk").user_id == cast.second.user_id
    last = CaseEvent.objects.filter(kind="team", case_id=team.pk).latest("seq")
    assert (last.verb, last.actor_role) == ("admit", "leader")


def test_who_is_not_accepted_reads_why_and_may_apply_again(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    team_actions.act(team, "apply", actor=cast.second.user)
    line = membership(team, cast.second)
    with pytest.raises(ValidationFailed):
        team_actions.act(team, "refuse", actor=cast.volunteer.user, membership=line.pk)
    team_actions.act(team, "refuse", actor=cast.volunteer.user, membership=line.pk, reason="名额已满")
    assert membership(team, cast.second).state == "refused"
    assert CaseText.objects.get(kind="team", case_id=team.pk, name="reason").body == "名额已满"
    team_actions.act(team, "apply", actor=cast.second.user)
    assert membership(team, cast.second).state == "applied"


def test_one_application_at_a_time_by_the_database(cast: Cast) -> None:
    team = team_of(cast)
    team_actions.act(team, "apply", actor=cast.second.user)
    with pytest.raises(NotAllowed):
        team_actions.act(team, "apply", actor=cast.second.user)
    with pytest.raises(IntegrityError, match="team_membership_once"), transaction.atomic():
        TeamMembership.objects.create(team=team, volunteer=cast.second, applied_at=clock.now())


def test_who_is_not_approved_or_of_another_district_cannot_apply(cast: Cast) -> None:
    team = team_of(cast)
    actions.decide(cast.second, "suspend", actor=cast.dispatcher, reason="x")
    for nobody in (cast.second.user, cast.far_volunteer.user, cast.resident):
        with pytest.raises(NotAllowed):
            team_actions.act(team, "apply", actor=nobody)


def test_a_member_goes_whenever_they_like(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    team_actions.act(team, "leave", actor=cast.second.user)
    assert membership(team, cast.second).state == "left"
    team_actions.act(team, "leave", actor=cast.volunteer.user)
    assert membership(team, cast.volunteer).role == "member"
    with pytest.raises(NotAllowed):
        team_actions.act(team, "leave", actor=cast.second.user)


def test_a_leader_removes_a_member_with_a_reason_but_no_leader(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, cast.third, members=(cast.second,))
    remove = {"actor": cast.volunteer.user, "reason": "长期联系不上"}
    team_actions.act(team, "remove", membership=membership(team, cast.second).pk, **remove)
    assert membership(team, cast.second).state == "removed"
    for pk in (membership(team, cast.third).pk, membership(team, cast.volunteer).pk):
        with pytest.raises(NotAllowed):
            team_actions.act(team, "remove", membership=pk, **remove)


def test_nobody_admits_themselves(cast: Cast) -> None:
    team = team_of(cast)
    staff_too = cast.helper("身兼两职", "+8613800000021")
    cast.staff("另一位", "+8613800000022", "dispatcher", cast.district)
    team_actions.act(team, "apply", actor=staff_too.user)
    line = membership(team, staff_too)
    for nobody in (staff_too.user, cast.second.user, cast.auditor, cast.outsider):
        with pytest.raises(NotAllowed):
            team_actions.act(team, "admit", actor=nobody, membership=line.pk)


def test_a_leader_steps_down_and_staff_relieve_one(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, cast.second)
    team_actions.act(team, "step_down", actor=cast.volunteer.user)
    assert not access.leads(cast.volunteer.user, team)
    team_actions.act(team, "relieve", actor=cast.colleague, membership=membership(team, cast.second).pk)
    assert not access.leads(cast.second.user, team)
    assert membership(team, cast.second).state == "member"


def test_a_suspended_leader_answers_for_nobody(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    team_actions.act(team, "apply", actor=cast.second.user)
    actions.decide(cast.volunteer, "suspend", actor=cast.dispatcher, reason="x")
    with pytest.raises(NotAllowed):
        team_actions.act(
            team, "admit", actor=cast.volunteer.user, membership=membership(team, cast.second).pk
        )


def test_dissolving_ends_everybody_once_the_teams_below_have_ended(cast: Cast) -> None:
    corps = team_of(cast, cast.volunteer)
    below = team_actions.found(actor=cast.colleague, area=cast.street, name="分队", parent=corps)
    with pytest.raises(IllegalTransition):
        team_actions.act(corps, "dissolve", actor=cast.colleague, reason="合并")
    team_actions.act(below, "dissolve", actor=cast.colleague, reason="合并")
    team_actions.act(corps, "apply", actor=cast.second.user)
    corps = team_actions.act(corps, "dissolve", actor=cast.colleague, reason="合并")
    assert corps.state == "dissolved"
    assert set(corps.memberships.values_list("state", "role")) == {("dissolved", "member")}
    with pytest.raises(IllegalTransition):
        team_actions.act(corps, "apply", actor=cast.third.user)
    team_of(cast, cast.third)  # the name is free again


def test_editing_changes_name_and_service_classes_of_the_list(cast: Cast) -> None:
    team = team_of(cast)
    law = ServiceClass.objects.get(code="law")
    team = team_actions.act(team, "edit", actor=cast.colleague, name="法律服务队", service_classes=[law.pk])
    assert (team.name, team.service_classes) == ("法律服务队", [law.pk])
    with pytest.raises(ValidationFailed):
        team_actions.act(team, "edit", actor=cast.colleague, service_classes=[987654])


def test_teams_of_a_chosen_service_class_come_first_and_say_so(cast: Cast) -> None:
    law = ServiceClass.objects.get(code="law")
    near, far = team_of(cast), team_of(cast, name="法律服务队", area=cast.district)
    team_actions.act(far, "edit", actor=cast.colleague, service_classes=[law.pk])
    assert [card.team for card in team_queries.for_volunteer(cast.second)[1]] == [near, far]
    actions.update(cast.second, actor=cast.second.user, service_classes=[law.pk])
    fresh = Volunteer.objects.get(pk=cast.second.pk)
    assert [(card.team, card.fits) for card in team_queries.for_volunteer(fresh)[1]] == [
        (far, True),
        (near, False),
    ]


def test_eight_service_classes_are_there_from_the_beginning(cast: Cast) -> None:
    assert ServiceClass.objects.count() == 8


def test_who_is_no_volunteer_any_more_belongs_to_no_team(cast: Cast) -> None:
    team, other = team_of(cast, cast.volunteer), team_of(cast, name="第二队")
    team_actions.act(other, "apply", actor=cast.volunteer.user, words="我住得近")
    door.perform(cast.volunteer, "leave", actor=SYSTEM)
    assert membership(team, cast.volunteer).state == "left"
    assert membership(other, cast.volunteer).state == "withdrawn"
    assert not CaseText.objects.filter(kind="team").exclude(body="").exists()
    assert [str(fault) for fault in consistency.check()] == []


def test_who_sees_which_teams(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, area=cast.community)
    join(cast, team, cast.second)
    for somebody in (cast.dispatcher, cast.auditor, cast.admin, cast.third.user):
        assert team in access.teams_visible_to(somebody)
    for nobody in (cast.outsider, cast.far_volunteer.user, cast.resident):
        assert team not in access.teams_visible_to(nobody)
    for reader in (cast.dispatcher, cast.auditor, cast.volunteer.user):
        assert access.may_see_people(reader, team)
    for stranger in (cast.second.user, cast.outsider, cast.third.user):
        assert not access.may_see_people(stranger, team)
    team_actions.act(team, "dissolve", actor=cast.colleague, reason="x")
    assert team not in access.teams_visible_to(cast.third.user)
