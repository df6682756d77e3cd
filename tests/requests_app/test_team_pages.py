"""Teams on the phone and at the desk: what each page shows and what its forms do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.lib import codes
from requests_app import actions
from requests_app.models import Assignment, TeamOffer
from tests.cast import Cast
from tests.requests_app import desk_forms
from tests.requests_app.desk_forms import local, state_of
from tests.requests_app.teams import membership, offered_to, team_of
from tests.requests_app.volunteer_browser import browser, send, words
from volunteers import actions as volunteer_actions
from volunteers import team_actions
from volunteers.models import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """A dispatcher of the district, who looks after its teams."""
    client.force_login(cast.colleague)
    return client


def post(client: Client, route: str, team: Team, verb: str, **typed: Any) -> Any:
    return client.post(reverse(route, args=[team.pk, verb]), {"form_key": codes.token(), **typed})


def test_the_desk_asks_a_team_beside_the_other_ways(cast: Cast, desk: Client) -> None:
    team = team_of(cast, cast.volunteer)
    request = cast.place()
    page = desk.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert team.name in page and 'data-key="b"' in page
    typed = {"agreed_start": local(request.preferred_start), "expected_minutes": "60"}
    assert desk_forms.send(desk, request, "offer", to_team="1", **typed).status_code == 400
    assert desk_forms.send(desk, request, "offer", to_team="1", team=team.pk, **typed).status_code == 302
    assert state_of(request) == "offered"
    after = desk.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "已派队伍" in after and team.name in after
    assert desk_forms.send(desk, request, "withdraw_offer").status_code == 302
    assert TeamOffer.objects.get().state == "withdrawn"


def test_a_confidential_request_shows_no_team_to_ask(cast: Cast, desk: Client) -> None:
    team_of(cast, cast.volunteer)
    request = actions.act(cast.place(), "confidential", actor=cast.colleague, on=True)
    page = desk.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert 'name="to_team"' not in page


def test_the_leader_finds_it_on_the_first_page_and_names_somebody(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team)
    leader = browser(cast.volunteer)
    assert team.name in words(leader.get(reverse("v:home")))
    shown = words(leader.get(reverse("v:team_offer", args=[request.pk])))
    assert "刘芳" in shown and "荷花里" not in shown
    offer = TeamOffer.objects.get()
    typed = {"team_offer": offer.pk, "terms": request.terms}
    assert send(leader, "team_offer", request, **typed).status_code == 400
    assert send(leader, "team_offer", request, members=[cast.second.pk], **typed).status_code == 302
    assert Assignment.objects.get().volunteer_id == cast.second.pk
    assert "Your team goes." in words(leader.get(reverse("v:team_offer", args=[request.pk])))
    named = words(browser(cast.second).get(reverse("v:task", args=[request.pk])))
    assert "Your team leader has named you." in named


def test_the_leader_declines_with_one_tap(cast: Cast) -> None:
    request = offered_to(cast, team_of(cast, cast.volunteer))
    leader = browser(cast.volunteer)
    typed = {"team_offer": TeamOffer.objects.get().pk, "reason_code": "busy"}
    assert send(leader, "team_decline", request, **typed).status_code == 302
    assert state_of(request) == "submitted"
    again = send(leader, "team_decline", request, **typed)
    assert again.status_code == 409
    assert browser(cast.second).get(reverse("v:team_offer", args=[request.pk])).status_code == 404


def test_an_open_start_is_proposed_with_the_names(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    request = cast.place(preferred_start=None, preferred_end=None)
    actions.act(request, "offer", actor=cast.dispatcher, team=team.pk)
    leader = browser(cast.volunteer)
    page = leader.get(reverse("v:team_offer", args=[request.pk]))
    days = page.context["form"].fields["day"].choices
    typed = {"members": [cast.volunteer.pk], "day": days[3][0], "at": "09:30", "expected_minutes": "60"}
    assert send(leader, "team_offer", request, **typed).status_code == 302
    assert state_of(request) == "accepted"


def test_a_volunteer_finds_a_team_and_applies_and_leaves(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    phone = browser(cast.second)
    assert team.name in words(phone.get(reverse("v:teams")))
    assert "Apply to join" in words(phone.get(reverse("v:team", args=[team.pk])))
    assert post(phone, "v:team_verb", team, "apply", words="我住得近").status_code == 302
    assert "You have applied." in words(phone.get(reverse("v:team", args=[team.pk])))
    leader = browser(cast.volunteer)
    assert "我住得近" in words(leader.get(reverse("v:team", args=[team.pk])))
    line = membership(team, cast.second)
    assert post(leader, "v:team_verb", team, "refuse", membership=line.pk).status_code == 400
    assert post(leader, "v:team_verb", team, "admit", membership=line.pk).status_code == 302
    assert post(leader, "v:team_verb", team, "admit", membership=line.pk).status_code == 409
    assert post(phone, "v:team_verb", team, "leave").status_code == 302
    assert membership(team, cast.second).state == "left"
    assert post(phone, "v:team_verb", team, "dissolve").status_code == 404


def test_who_was_not_accepted_reads_why(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer)
    team_actions.act(team, "apply", actor=cast.second.user)
    line = membership(team, cast.second)
    team_actions.act(team, "refuse", actor=cast.volunteer.user, membership=line.pk, reason="名额已满")
    assert "名额已满" in words(browser(cast.second).get(reverse("v:team", args=[team.pk])))


def test_the_desk_founds_edits_and_dissolves(cast: Cast, desk: Client) -> None:
    corps = team_of(cast, cast.volunteer)
    typed = {"name": "街道分队", "parent": corps.pk, "area": cast.street.pk, "form_key": codes.token()}
    assert desk.post(reverse("desk:team_new"), {**typed, "name": ""}).status_code == 400
    assert desk.post(reverse("desk:team_new"), typed).status_code == 302
    made = Team.objects.get(name="街道分队")
    assert made.tier == "team"
    listed = desk.get(reverse("desk:teams")).content.decode()
    assert corps.name in listed and made.name in listed
    assert post(desk, "desk:team_verb", made, "edit", name="文化路分队").status_code == 302
    made.refresh_from_db()
    assert made.name == "文化路分队"
    assert post(desk, "desk:team_verb", corps, "dissolve", reason="合并").status_code == 409
    assert post(desk, "desk:team_verb", made, "dissolve", reason="合并").status_code == 302
    assert made.name in desk.get(reverse("desk:teams") + "?ended").content.decode()


def test_the_desk_appoints_and_relieves_a_leader(cast: Cast, desk: Client) -> None:
    team = team_of(cast, members=(cast.second,))
    line = membership(team, cast.second)
    assert post(desk, "desk:team_verb", team, "appoint", membership=line.pk).status_code == 302
    assert membership(team, cast.second).is_leader
    assert post(desk, "desk:team_verb", team, "relieve", membership=line.pk).status_code == 302
    assert not membership(team, cast.second).is_leader
    assert "刘芳" in desk.get(reverse("desk:team", args=[team.pk])).content.decode()


def test_a_team_that_named_too_few_does_not_look_settled(cast: Cast, desk: Client) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second, cast.third))
    request = offered_to(cast, team, headcount=2)
    live = reverse("desk:live", args=[request.pk])
    actions.act(request, "accept_for_team", actor=cast.volunteer.user, members=[cast.second.pk])
    html = desk.get(live).content.decode()
    assert "已报 1 人" in html
    assert "还缺 1 人" in html
    actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.third.pk])
    actions.act(request, "accept", actor=cast.third.user)
    html = desk.get(live).content.decode()
    assert "已报 1 人" in html
    assert "还缺" not in html


def told(cast: Cast, team: Team) -> str:
    """Returns what the page of a fresh offer to `team` says to its leader."""
    request = offered_to(cast, team)
    return words(browser(cast.volunteer).get(reverse("v:team_offer", args=[request.pk])))


def test_who_cannot_be_named_is_listed_with_a_reason(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    volunteer_actions.update(cast.second, actor=cast.second.user, active=False)
    assert "刘芳 takes no offers at present" in told(cast, team)


def test_that_the_two_are_not_to_meet_reads_like_any_other_reason(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    met = cast.closed(cast.second)
    actions.act(met, "block", actor=cast.second.user)
    assert "刘芳 not for this one; the desk knows more" in told(cast, team)


def test_a_leader_who_names_too_few_reads_before_and_after_who_looks_for_the_rest(cast: Cast) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request, leader = offered_to(cast, team, headcount=2), browser(cast.volunteer)
    before = words(leader.get(reverse("v:team_offer", args=[request.pk])))
    assert "Name fewer than 2, and the desk looks for the rest." in before
    typed = {"team_offer": TeamOffer.objects.get().pk, "terms": request.terms}
    assert send(leader, "team_offer", request, members=[cast.volunteer.pk], **typed).status_code == 302
    assert "You go yourself. Thank you! The desk looks for 1 more." in words(leader.get(reverse("v:home")))
    after = words(leader.get(reverse("v:team_offer", args=[request.pk])))
    assert "The desk looks for 1 more." in after


def test_a_team_declines_for_reasons_of_a_team(cast: Cast) -> None:
    page = told(cast, team_of(cast, cast.volunteer))
    assert "Nobody has time then" in page and "Not feeling well" not in page
