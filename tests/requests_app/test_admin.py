"""Requests in the Django admin: read by those who answer for the city, edited only where nothing runs through verbs."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from civic.worktime.clocks import Clock
from requests_app import actions, reference
from requests_app.models import Assignment, Category, Concern, Offer, ServiceRequest, TimeLimit
from tests.cast import Cast
from volunteers.models import Skill

pytestmark = pytest.mark.django_db

READ_ONLY = [
    "requests_app/servicerequest",
    "requests_app/offer",
    "requests_app/assignment",
    "requests_app/pool",
    "requests_app/rating",
    "requests_app/concern",
    "requests_app/block",
    "requests_app/importbatch",
    "volunteers/volunteer",
    "volunteers/servicerecord",
    "volunteers/recordconfirmation",
    "cases/caseevent",
    "cases/timer",
]
EDITED = ["requests_app/category", "requests_app/timelimit", "volunteers/skill"]


@pytest.fixture
def boss(cast: Cast, client: Client, settings: Any) -> Client:
    """The browser of somebody who administers the whole city."""
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(cast.staff("总管", "+8613800000051", "admin", cast.city))
    return client


@pytest.mark.parametrize("model", [*READ_ONLY, *EDITED])
def test_every_list_opens_and_searches(cast: Cast, boss: Client, model: str) -> None:
    cast.closed()
    assert boss.get(f"/admin/{model}/").status_code == 200
    if model.split("/")[1] not in {"block", "importbatch", "timelimit", "recordconfirmation"}:
        assert boss.get(f"/admin/{model}/", {"q": "1"}).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_verbs_and_ledgers_write_is_read_only(cast: Cast, boss: Client, model: str) -> None:
    assert boss.get(f"/admin/{model}/add/").status_code == 403
    assert boss.post(f"/admin/{model}/add/", {}).status_code == 403


def test_a_request_is_found_by_code_and_phone_and_shows_no_whole_phone(cast: Cast, boss: Client) -> None:
    request = cast.completed()
    for q in (request.code, "138 0000 0001"):
        assert request.code in boss.get("/admin/requests_app/servicerequest/", {"q": q}).content.decode()
    html = boss.get(f"/admin/requests_app/servicerequest/{request.pk}/change/").content.decode()
    assert "138****0001" in html
    assert "13800000001" not in html
    assert "荷花里" not in html
    url = f"/admin/requests_app/servicerequest/{request.pk}/change/"
    assert boss.post(url, {"state": "closed"}).status_code == 403
    assert ServiceRequest.objects.get().state == "completed"


def test_a_confidential_request_stands_in_no_list_search_or_page_nor_does_what_belongs_to_it(
    cast: Cast, boss: Client
) -> None:
    request = cast.in_service()
    actions.act(request, "report_concern", actor=cast.resident, text="他要收钱。")
    line, offer = Assignment.objects.get(), Offer.objects.get()
    pages = {
        "servicerequest": request.pk,
        "assignment": line.pk,
        "offer": offer.pk,
        "concern": Concern.objects.get().pk,
    }

    def shown() -> set[str]:
        found = set()
        for model, pk in pages.items():
            for query in ({}, {"q": request.code}):
                html = boss.get(f"/admin/requests_app/{model}/", query).content.decode()
                found |= {f"{model}{query}"} if f"{model}/{pk}/change/" in html else set()
            page = boss.get(f"/admin/requests_app/{model}/{pk}/change/")
            found |= {model} if page.status_code == 200 and request.code in page.content.decode() else set()
        return found

    assert len(shown()) == 3 * len(pages)
    actions.act(request, "confidential", actor=cast.resident, on=True)
    assert shown() == set()


def test_a_category_is_edited_known_at_once_and_the_edit_is_logged(cast: Cast, boss: Client) -> None:
    category = Category.objects.get(code="errand")
    url = f"/admin/requests_app/category/{category.pk}/change/"
    form = boss.get(url).context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    assert boss.post(url, {**data, "name": "跑腿代办"}).status_code == 302
    found = reference.category("errand")
    assert found is not None
    assert (found.name, found.code) == ("跑腿代办", "errand")
    entry = LogEntry.objects.get()
    assert entry.user.name == "总管"
    assert "name" in entry.change_message.lower() or "名称" in entry.change_message
    assert (
        boss.post(f"/admin/requests_app/category/{category.pk}/delete/", {"post": "yes"}).status_code == 403
    )


def test_the_skills_of_a_category_are_chosen_by_name(cast: Cast, boss: Client) -> None:
    category, skill = Category.objects.get(code="errand"), Skill.objects.get(code="driving")
    url = f"/admin/requests_app/category/{category.pk}/change/"
    form = boss.get(url).context["adminform"].form
    assert (skill.pk, str(skill)) in form.fields["skills"].choices
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    assert boss.post(url, {**data, "skills": [str(skill.pk)]}).status_code == 302
    assert Category.objects.get(code="errand").skills == [skill.pk]
    assert boss.post(url, {**data, "skills": ["987654"]}).status_code == 200
    assert Category.objects.get(code="errand").skills == [skill.pk]


def test_a_time_limit_takes_effect_at_once_and_can_go_again(cast: Cast, boss: Client) -> None:
    data = {"step": "dispatch", "urgency": "", "clock": Clock.WORK_HOURS, "amount": "4"}
    assert boss.post("/admin/requests_app/timelimit/add/", data).status_code == 302
    limit = TimeLimit.objects.get(step="dispatch", urgency="")
    assert limit.pk in {rule.pk for rule in reference.snapshot().limits.values()}
    assert boss.post(f"/admin/requests_app/timelimit/{limit.pk}/delete/", {"post": "yes"}).status_code == 302
    assert limit.pk not in {rule.pk for rule in reference.snapshot().limits.values()}


def test_district_staff_do_not_enter(cast: Cast, client: Client) -> None:
    for user in (cast.dispatcher, cast.admin, cast.auditor):
        client.force_login(user)
        assert client.get("/admin/requests_app/category/").status_code in {302, 403}
