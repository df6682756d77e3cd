"""Skills of one request: suggested from its words, chosen at the desk, and then what a volunteer must have."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app import actions, matching, reference
from requests_app.models import Category, ServiceRequest
from requests_app.suggesting import closed, learning, model, store, suggestions
from requests_app.suggesting.store import NOTHING, Subject
from requests_app.suggesting.suggestions import Advice, Basis
from tests.api.conftest import Api
from tests.cast import Cast
from tests.requests_app.desk_forms import amended, send
from tests.requests_app.suggesting import look_alike
from volunteers.models import Skill, Volunteer

pytestmark = pytest.mark.django_db
# Learning asks for tutoring or for phones and computers; the words say which.
PHONE = {"title": "不会用智能手机", "text": "想学微信视频通话。", "category": "learning"}


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME, settings.STAFF_SECOND_FACTOR = tmp_path, False


def pk_of(code: str) -> int:
    return Skill.objects.get(code=code).pk


def fresh(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def choose(cast: Cast, request: ServiceRequest, *codes: str) -> ServiceRequest:
    return actions.act(request, "amend", actor=cast.dispatcher, skills=list(codes))


def eligible(request: ServiceRequest, volunteer: Volunteer) -> bool:
    return matching.eligible(request).filter(pk=volunteer.pk).exists()


def test_the_desk_is_told_and_chooses_it_with_two_clicks(cast: Cast, client: Client) -> None:
    request = cast.place(**PHONE)
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "建议技能：手机电脑" in page
    assert "技能：辅导功课或手机电脑" in page  # one of these would do as it stands
    link = reverse("desk:verb", args=[request.pk, "amend"]) + "?skill=digital"
    assert link in page
    form = client.get(link).content.decode()
    [box] = [part for part in form.split("<input") if 'name="skills"' in part and "checked" in part]
    assert 'value="digital"' in box
    assert fresh(request).skills == []  # only shown
    assert send(client, request, "amend", **amended(request, skills=["digital"])).status_code == 302
    assert fresh(request).skills == [pk_of("digital")]
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "建议技能" not in page


def test_only_who_has_a_chosen_skill_is_asked(cast: Cast) -> None:
    tutor = cast.helper("家教", "+8613800001301", skills=["teaching"])
    request = cast.place(**PHONE)
    assert eligible(request, tutor)
    request = choose(cast, request, "digital")
    assert not eligible(request, tutor)
    assert eligible(request, cast.volunteer)
    assert eligible(choose(cast, request), tutor)  # none chosen: those of the category again


def test_another_category_asks_for_its_own_unless_some_are_chosen_with_it(cast: Cast, client: Client) -> None:
    request = choose(cast, cast.place(**PHONE), "digital")
    request = actions.act(request, "amend", actor=cast.dispatcher, category="repair")
    assert (request.skills, reference.skills_of(request)) == ([], [pk_of("repair")])
    client.force_login(cast.dispatcher)
    request = choose(cast, request, "driving")
    send(client, request, "amend", **amended(request, category="errand", skills=["driving"]))
    assert (fresh(request).category.code, fresh(request).skills) == ("errand", [pk_of("driving")])


def test_what_is_no_skill_is_refused_and_a_resident_chooses_none(cast: Cast) -> None:
    request = cast.place(**PHONE)
    with pytest.raises(ValidationFailed) as refused:
        choose(cast, request, "flying")
    assert "flying" in str(refused.value.errors["skills"])
    with pytest.raises(NotAllowed):
        actions.act(request, "amend", actor=cast.resident, skills=["digital"])


def test_over_the_api_by_code(cast: Cast) -> None:
    request, desk = cast.place(**PHONE), Api(cast.dispatcher)
    suggested = desk.get(f"/service-requests/{request.pk}/suggestion/").json()["skill"]
    assert (suggested["code"], suggested["basis"], suggested["differs"]) == ("digital", "keywords", True)
    assert desk.get(f"/service-requests/{request.pk}/").json()["skills"] == ["teaching", "digital"]
    assert desk.act(request, "amend", skills=["digital"]).json()["skills"] == ["digital"]
    assert desk.get(f"/service-requests/{request.pk}/suggestion/").json()["skill"]["differs"] is False
    assert desk.act(request, "amend", skills=["flying"]).status_code == 400


def test_nothing_is_said_of_what_the_category_asks_for_anyway(cast: Cast) -> None:
    request = cast.place(title="", text="水龙头漏水，请师傅修", category="repair")
    made = suggestions.skill(request)
    assert made is not None
    assert made.what.code == "repair"
    assert not Advice(request)


def test_what_closed_requests_teach_is_the_one_skill_they_asked_for(cast: Cast) -> None:
    request = cast.closed()  # an errand asks for none
    row = (request.title, request.text)
    assert closed.rows(None, Subject.SKILL) == [(*row, NOTHING)]
    mine = ServiceRequest.objects.filter(pk=request.pk)
    mine.update(category=Category.objects.get(code="repair"))
    assert closed.rows(None, Subject.SKILL) == [(*row, "repair")]
    mine.update(category=Category.objects.get(code="learning"))
    assert closed.rows(None, Subject.SKILL) == []  # one of two: nobody has said which
    mine.update(skills=[pk_of("digital")])
    assert closed.rows(None, Subject.SKILL) == [(*row, "digital")]


def test_a_learned_model_says_none_and_keywords_say_what_it_never_saw(cast: Cast) -> None:
    labels = {"medical": "medical-guide", "repair": "repair", "errand": NOTHING}
    rows = [(title, text, labels[code]) for title, text, code in look_alike.rows()]
    learned, _measured = learning.learn(learning.sample(rows), [].append)
    model.write(learned, store.path_of("", Subject.SKILL))
    leak = suggestions.skill(cast.place(title="", text="水龙头漏水要修", category="errand"))
    assert leak is not None
    assert (leak.what.code, leak.basis) == ("repair", Basis.LEARNED)
    assert suggestions.skill(cast.place(title="", text="去菜场买菜，麻烦了")) is None
    law = suggestions.skill(cast.place(title="", text="遗嘱、离婚、欠薪，找律师"))
    assert law is not None
    assert (law.what.code, law.basis) == ("law", Basis.KEYWORDS)
    assert (
        suggestions.category(cast.place(**PHONE)) is not None
    )  # the category has a model of its own, or none
