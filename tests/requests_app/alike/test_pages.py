"""The page of look-alike requests: ten about one broken lift are one in three clicks, or not the same, or a project."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from civic.lib import clock, codes
from requests_app.actions import act, alike
from requests_app.enums import RequestState
from requests_app.models import ProjectRequest, ServiceProject, ServiceRequest, ToldApart
from tests.cast import Cast
from tests.requests_app.alike.test_groups import LIFT, OTHER, lifts, place

pytestmark = pytest.mark.django_db
PAGE = "/desk/alike/"


@pytest.fixture
def desk(cast: Cast, settings: Any) -> Client:
    """A browser of the community's dispatcher."""
    settings.STAFF_SECOND_FACTOR = False
    client = Client(headers={"accept-language": "en"})
    cast.dispatcher.language = "en"
    cast.dispatcher.save()
    client.force_login(cast.dispatcher)
    return client


def forms(page: str) -> list[dict[str, list[str]]]:
    """Returns what each group's form would send as it stands, by the names of its fields."""
    found = []
    for form in re.findall(r'<form method="post" action="/desk/alike/merge/">.*?</form>', page, re.DOTALL):
        sent: dict[str, list[str]] = {}
        for tag in re.findall(r"<input[^>]*>", form):
            fields = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
            if fields.get("type") not in {"checkbox", "radio"} or " checked" in tag:
                sent.setdefault(fields["name"], []).append(fields["value"])
        found.append(sent)
    return found


def words(response: Any) -> str:
    """Returns the text of a page, its blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_ten_about_one_lift_are_joined_in_three_clicks(cast: Cast, desk: Client) -> None:
    found = [place(cast, LIFT[n % len(LIFT)]) for n in range(10)]
    apart = place(cast, OTHER)
    shown = desk.get(PAGE)  # the first click: the menu
    assert f'href="{PAGE}"' in desk.get("/desk/").content.decode()
    assert "10 requests" in words(shown)
    assert apart.code not in words(shown)
    [sent] = forms(shown.content.decode())
    told = desk.post(reverse("desk:alike_merge"), sent)  # the second: join into one
    assert "Done for 9 requests." in words(told)
    lead = found[0]
    joined = ServiceRequest.objects.filter(merged_into=lead, state=RequestState.MERGED)
    assert set(joined) == set(found[1:])
    assert "No open requests look alike here" in words(desk.get(PAGE))
    again = desk.post(reverse("desk:alike_merge"), sent)
    assert "Done for 9 requests." in words(again)  # the same answer to the same form, nothing done twice
    assert set(joined.values_list("version", flat=True)) == {each.version + 1 for each in found[1:2]}


def test_what_changed_meanwhile_is_told_and_the_others_are_joined(cast: Cast, desk: Client) -> None:
    found = lifts(cast)
    [sent] = forms(desk.get(PAGE).content.decode())
    act(found[2], "cancel", actor=cast.colleague)
    told = words(desk.post(reverse("desk:alike_merge"), sent))
    assert "Done for 2 requests." in told
    assert "Not done for 1" in told
    assert ServiceRequest.objects.filter(merged_into=found[0]).count() == 2


def test_the_joining_can_be_taken_back_at_once(cast: Cast, desk: Client) -> None:
    found = lifts(cast)
    [sent] = forms(desk.get(PAGE).content.decode())
    told = desk.post(reverse("desk:alike_merge"), sent).content.decode()
    undo = re.findall(r'name="chosen" value="([^"]+)"', told)
    assert len(undo) == len(found) - 1
    back = re.findall(r'name="next" value="([^"]+)"', told)[-1]
    taken = {"chosen": undo, "panel": "1", "next": back, "form_key": codes.token()}
    undone = desk.post(reverse("desk:undo"), taken).content.decode()
    assert f'btn main" href="{back}"' in undone  # and one goes on where one was
    assert not ServiceRequest.objects.filter(state=RequestState.MERGED).exists()


def test_told_apart_they_do_not_come_again_until_that_is_taken_back(cast: Cast, desk: Client) -> None:
    lifts(cast)
    [sent] = forms(desk.get(PAGE).content.decode())
    shown = desk.post(reverse("desk:alike_apart"), sent, follow=True)
    assert "4 requests in" in words(shown)
    assert not forms(shown.content.decode())
    told = ToldApart.objects.get()
    assert (len(told.requests), told.by) == (4, cast.dispatcher)
    back = desk.post(reverse("desk:alike_again", args=[told.pk]), {"area": cast.community.pk}, follow=True)
    assert len(forms(back.content.decode())) == 1


def test_a_common_problem_becomes_a_project_to_list_and_print(cast: Cast, desk: Client) -> None:
    found = lifts(cast)
    [sent] = forms(desk.get(PAGE).content.decode())
    assert "电梯" in sent["title"][0]
    shown = desk.post(reverse("desk:alike_propose"), {**sent, "title": "电梯维护"}, follow=True)
    project = ServiceProject.objects.get()
    assert set(project.requests.all()) == set(found)
    assert {each.state for each in ServiceRequest.objects.all()} == {RequestState.SUBMITTED}
    assert all(each.code in words(shown) for each in found)
    assert "data-print" in shown.content.decode()
    assert "电梯维护" in words(desk.get(reverse("desk:projects")))
    late = place(cast, LIFT[0])
    [more] = forms(desk.get(PAGE).content.decode())
    desk.post(reverse("desk:alike_propose"), {**more, "project": project.pk})
    assert late in project.requests.all()
    desk.post(reverse("desk:project_withdraw", args=[project.pk]))
    assert not ServiceProject.objects.exists()
    assert not ProjectRequest.objects.exists()


def test_a_project_shows_no_request_that_is_confidential_by_now(cast: Cast, desk: Client) -> None:
    found = lifts(cast)
    project = alike.propose_project([each.pk for each in found], actor=cast.dispatcher, title="电梯维护")
    act(found[1], "confidential", actor=cast.resident, on=True)
    shown = words(desk.get(reverse("desk:project", args=[project.pk])))
    assert found[1].code not in shown
    assert "and 1 that are confidential or lie elsewhere" in shown


def test_nobody_is_named_in_full_and_no_phone_or_door_is_shown(cast: Cast, desk: Client) -> None:
    lifts(cast)
    shown = desk.get(PAGE).content.decode()
    for secret in ("陈桂兰", "13800000001", "荷花里 3 号楼 2 单元 502"):
        assert secret not in shown


@pytest.mark.parametrize(
    "wrong",
    [{"chosen": []}, {"chosen": ["x:1"]}, {"title": ""}, {"title": "长" * 81}, {"form_key": ""}],
)
def test_what_makes_no_project_is_refused_in_words(cast: Cast, desk: Client, wrong: dict[str, Any]) -> None:
    lifts(cast)
    [sent] = forms(desk.get(PAGE).content.decode())
    shown = desk.post(reverse("desk:alike_propose"), {**sent, **wrong}, follow=True)
    assert shown.status_code == 200
    assert 'class="toast' in shown.content.decode() or "error" in shown.content.decode()
    assert not ServiceProject.objects.exists()


def test_one_alone_is_told_apart_from_nobody(cast: Cast, desk: Client) -> None:
    lifts(cast)
    [sent] = forms(desk.get(PAGE).content.decode())
    desk.post(reverse("desk:alike_apart"), {**sent, "chosen": sent["chosen"][:1]})
    assert not ToldApart.objects.exists()


def test_requests_of_others_and_areas_of_others_are_not_found(cast: Cast, desk: Client) -> None:
    mine, other = place(cast, LIFT[0]), place(cast, LIFT[0], lon=117.021)
    sent = {"chosen": [f"{each.pk}:{each.version}" for each in (mine, other)], "form_key": codes.token()}
    assert desk.post(reverse("desk:alike_apart"), sent).status_code == 404
    assert desk.post(reverse("desk:alike_propose"), {**sent, "title": "x"}).status_code == 404
    assert desk.post(reverse("desk:alike_propose"), {**sent, "project": "7"}).status_code == 404
    for area in (cast.other_district.pk, cast.district.pk, "x", "٣", 10**20):
        assert desk.get(PAGE, {"area": area}).status_code == 404
    assert "Not done for 1" in words(desk.post(reverse("desk:alike_merge"), {**sent, "into": mine.pk}))


def test_who_dispatches_for_the_city_chooses_a_district(cast: Cast, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False
    lifts(cast)
    chief = cast.staff("市调", "+8613800000042", "dispatcher", cast.city)
    client = Client(headers={"accept-language": "en"})
    client.force_login(chief)
    shown = client.get(PAGE, {"area": cast.district.pk})
    assert len(forms(shown.content.decode())) == 1
    assert "柳溪区" in words(shown)
    assert not forms(client.get(PAGE, {"area": cast.other_district.pk}).content.decode())


def test_that_the_one_they_are_joined_to_is_paused_is_said_before_and_after(cast: Cast, desk: Client) -> None:
    found = lifts(cast)
    assert "Paused until" not in words(desk.get(PAGE))
    until = clock.now() + timedelta(days=3)
    act(found[0], "pause", actor=cast.dispatcher, reason_code="parts", until=until)
    shown = desk.get(PAGE)
    assert words(shown).count("Paused until") == 1
    [sent] = forms(shown.content.decode())
    assert sent["into"] == [str(found[0].pk)]
    form = desk.get(reverse("desk:verb", args=[found[1].pk, "merge"])).content.decode()
    assert form.count("Paused until") == 1
    typed = {"version": found[1].version, "into": found[0].pk, "form_key": codes.token()}
    joined = desk.post(reverse("desk:verb", args=[found[1].pk, "merge"]), typed, follow=True)
    assert "which is paused until" in words(joined)
    assert "Joined into one that is paused until" in words(desk.post(reverse("desk:alike_merge"), sent))


def test_from_one_day_to_the_next_is_not_called_one_day(cast: Cast, desk: Client) -> None:
    with time_machine.travel("2026-11-29T06:46:00Z", tick=False) as now:
        place(cast, LIFT[0])
        now.move_to("2026-11-30T02:41:00Z")
        place(cast, LIFT[1])
        assert "within 24 hours" in words(desk.get(PAGE))


def test_where_all_are_under_way_the_page_says_why_none_can_be_joined(cast: Cast, desk: Client) -> None:
    found = lifts(cast)
    assert "None can be joined" not in words(desk.get(PAGE))
    for each in found:
        act(each, "offer", actor=cast.dispatcher, pool=True)
    shown = words(desk.get(PAGE))
    assert "None can be joined: all are under way." in shown
    assert "Join into one" not in shown
