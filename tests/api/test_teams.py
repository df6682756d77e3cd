"""Teams over HTTP: read by whom they concern, changed by verbs, asked by the desk, answered by their leaders."""

import pytest

from requests_app.models import Assignment
from tests.api.conftest import Api
from tests.api.wishes import problem
from tests.cast import Cast
from tests.requests_app.teams import membership, offered_to, team_of
from volunteers.models import Team

pytestmark = pytest.mark.django_db


def test_a_team_lives_from_founding_to_dissolving(cast: Cast) -> None:
    staff, helper = Api(cast.colleague), Api(cast.second.user)
    body = {
        "name": "区总队",
        "area": cast.district.code,
        "service_classes": ["law", "health"],
        "about": "全区",
    }
    made = staff.post("/teams/", body, key="one")
    assert made.status_code == 201
    team = made.json()
    assert (team["tier"], sorted(team["service_classes"]), team["members"]) == ("corps", ["health", "law"], 0)
    again = staff.post("/teams/", body, key="one")
    assert (again.status_code, again.json()["id"]) == (201, team["id"])
    assert Team.objects.count() == 1
    path = f"/teams/{team['id']}/"
    applied = helper.post(f"{path}apply/", {"words": "我住得近"}).json()
    assert applied["own"] == {"state": "applied", "role": "member"}
    assert "memberships" not in applied
    [line] = staff.get(path).json()["memberships"]
    assert (line["words"], line["state"]) == ("我住得近", "applied")
    assert staff.post(f"{path}admit/", {"membership": line["id"]}).json()["members"] == 1
    led = staff.post(f"{path}appoint/", {"membership": line["id"]}).json()
    assert [each["name"] for each in led["leaders"]] == ["刘芳"]
    assert "memberships" in helper.get(path).json()
    ended = staff.post(f"{path}dissolve/", {"reason": "合并"}).json()
    assert ended["state"] == "dissolved"


def test_the_list_is_filtered_by_area_tier_kind_and_ones_own(cast: Cast) -> None:
    corps = team_of(cast, cast.volunteer)
    staff, helper = Api(cast.colleague), Api(cast.volunteer.user)
    squad = staff.post("/teams/", {"name": "分队", "area": cast.street.code, "parent": corps.pk}).json()
    assert squad["parent"] == corps.pk

    def names(api: Api, **query: str) -> list[str]:
        return [each["name"] for each in api.get("/teams/", **query).json()["results"]]

    assert names(staff) == [corps.name, "分队"]
    assert names(staff, tier="team") == ["分队"]
    assert names(staff, area=cast.street.code) == ["分队"]
    assert names(staff, service_class="law") == []
    assert names(helper, mine="true") == [corps.name]
    assert names(Api(cast.outsider)) == []
    assert problem(staff.get("/teams/", service_class="nonsense"), 400, "invalid")["errors"].keys() == {
        "service_class"
    }
    assert problem(staff.get("/teams/", area="nowhere"), 400, "invalid")["errors"].keys() == {"area"}


def test_wrong_bodies_are_told_by_field(cast: Cast) -> None:
    staff = Api(cast.colleague)
    wrong = staff.post("/teams/", {"name": " ", "area": cast.district.code})
    assert problem(wrong, 400, "invalid")["errors"].keys() == {"name"}
    assert problem(staff.post("/teams/", {"name": "x", "area": "0"}), 400, "invalid")["errors"].keys() == {
        "area"
    }
    parent = {"name": "x", "area": cast.district.code, "parent": 99}
    assert problem(staff.post("/teams/", parent), 400, "invalid")["errors"].keys() == {"parent"}
    team = team_of(cast)
    assert problem(staff.post(f"/teams/{team.pk}/dissolve/", {}), 400, "invalid")["errors"].keys() == {
        "reason"
    }
    assert problem(staff.post("/teams/", {"name": team.name, "area": cast.district.code}), 409, "name_taken")


def test_a_team_of_another_district_does_not_exist(cast: Cast) -> None:
    team = team_of(cast)
    for stranger in (cast.outsider, cast.far_volunteer.user, cast.resident):
        assert Api(stranger).get(f"/teams/{team.pk}/").status_code == 404
        assert Api(stranger).post(f"/teams/{team.pk}/apply/").status_code == 404
    assert Api(cast.third.user).post(f"/teams/{team.pk}/dissolve/", {"reason": "x"}).status_code == 403


def test_a_request_is_offered_to_a_team_and_its_leader_names_people(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    desk, leader = Api(cast.dispatcher), Api(cast.volunteer.user)
    request = cast.place()
    start = request.preferred_start.isoformat()
    offered = desk.act(request, "offer", team=team.pk, agreed_start=start).json()
    assert offered["state"] == "offered"
    assert [each["team"] for each in offered["team_offers"]] == [{"id": team.pk, "name": team.name}]
    [mine] = leader.get("/team-offers/").json()["results"]
    assert mine["request"]["id"] == request.pk
    assert "address" not in mine["request"]
    close = leader.get(f"/team-offers/{mine['id']}/").json()
    assert close["free"] == 1
    assert {each["name"]: each["able"] for each in close["members"]} == {"张建国": True, "刘芳": True}
    done = leader.act(
        request, "accept_for_team", team_offer=mine["id"], terms=mine["terms"], members=[cast.second.pk]
    )
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert Assignment.objects.get().volunteer_id == cast.second.pk
    assert leader.get("/team-offers/").json()["results"] == []
    assert Api(cast.second.user).get(f"/service-requests/{request.pk}/").json()["address"]


def test_nobody_else_reads_or_answers_an_offer_to_a_team(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team)
    offer = request.team_offers.get()
    member, resident = Api(cast.second.user), Api(cast.resident)
    assert member.get(f"/team-offers/{offer.pk}/").status_code == 404
    assert resident.get(f"/team-offers/{offer.pk}/").status_code == 403
    assert member.act(request, "accept_for_team", members=[cast.second.pk]).status_code == 404
    assert resident.act(request, "accept_for_team", members=[cast.second.pk]).status_code == 403
    declined = Api(cast.volunteer.user).act(request, "decline_for_team", reason_code="busy")
    assert declined.json()["state"] == "submitted"


def test_the_desk_takes_a_team_back(cast: Cast) -> None:
    request = offered_to(cast, team_of(cast, cast.volunteer))
    offer = request.team_offers.get()
    back = Api(cast.dispatcher).act(request, "withdraw_offer", team_offers=[offer.pk]).json()
    assert back["state"] == "submitted"
    assert [each["state"] for each in back["team_offers"]] == ["withdrawn"]
    assert membership(offer.team, cast.volunteer).state == "member"
