"""Volunteers in the Django admin: approved and corrected through their verbs, ledgers only read."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.cases.models import CaseEvent
from civic.notify.models import Message
from tests.cast import Cast
from volunteers import actions
from volunteers.models import ServiceClass, Skill, Volunteer

pytestmark = pytest.mark.django_db
HOME = "/admin/volunteers/"


@pytest.fixture(autouse=True)
def _password_only(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def boss(cast: Cast) -> User:
    """The administrator of the whole city."""
    return cast.staff("总管", "+8613800000091", Role.ADMIN, cast.city)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def applicant(cast: Cast, number: int = 1) -> Volunteer:
    """Returns somebody who waits for approval."""
    user = cast.person("新来", f"+861390000000{number}")
    return actions.register(actor=user, name="新来", area=cast.grid, skills=[])


def posted(client: Client, volunteer: Volunteer, **changed: Any) -> Any:
    """Posts the change form of a volunteer."""
    data = {"skills": volunteer.skills, "active": "on", "about": "", "seen": volunteer.version, **changed}
    return client.post(f"{HOME}volunteer/{volunteer.pk}/change/", data)


def test_every_list_and_page_opens(cast: Cast, boss: User) -> None:
    cast.closed()
    client = browser(boss)
    for model in ("volunteer", "skill", "skillevent", "servicerecord", "recordconfirmation", "commitment"):
        assert client.get(f"{HOME}{model}/").status_code == 200, model
        row = apps.get_model("volunteers", model).objects.order_by("pk")[0]
        assert client.get(f"{HOME}{model}/{row.pk}/change/").status_code == 200, model
    assert "张建国" in client.get(f"{HOME}volunteer/", {"state": "approved", "q": "张建国"}).content.decode()


def test_the_waiting_are_approved_by_the_verb_and_told(cast: Cast, boss: User) -> None:
    waiting, approved = applicant(cast), cast.volunteer
    data = {"action": "approve", "_selected_action": [waiting.pk, approved.pk]}
    page = browser(boss).post(f"{HOME}volunteer/", data, follow=True).content.decode()
    waiting.refresh_from_db()
    assert waiting.state == "approved"
    event = CaseEvent.objects.get(kind="volunteer", case_id=waiting.pk, verb="approve")
    assert (event.actor, event.actor_role) == (boss, "staff")
    assert Message.objects.filter(user=waiting.user, event="volunteer.approve").exists()
    assert "已批准 1 名志愿者" in page and str(approved) in page  # and why the other one was not


def test_a_superuser_without_a_role_is_told_that_the_verb_is_not_theirs(cast: Cast) -> None:
    waiting = applicant(cast)
    client = browser(User.objects.create_superuser("root"))
    client.post(f"{HOME}volunteer/", {"action": "approve", "_selected_action": [waiting.pk]})
    waiting.refresh_from_db()
    assert waiting.state == "applied"
    assert posted(client, waiting, about="x").status_code == 200  # the form again, with the refusal
    waiting.refresh_from_db()
    assert waiting.about == ""


def test_a_profile_is_corrected_by_the_verb_and_nothing_else_of_it(cast: Cast, boss: User) -> None:
    volunteer, skill = cast.volunteer, Skill.objects.order_by("pk")[0]
    client = browser(boss)
    answer = posted(client, volunteer, skills=[skill.pk], about="只在周末", state="suspended", number="Z-1")
    assert answer.status_code == 302
    fresh = Volunteer.objects.get(pk=volunteer.pk)
    assert (fresh.skills, fresh.about, fresh.active) == ([skill.pk], "只在周末", True)
    assert (fresh.state, fresh.number, fresh.version) == ("approved", volunteer.number, volunteer.version + 1)
    assert CaseEvent.objects.filter(
        kind="volunteer", case_id=volunteer.pk, verb="update", actor=boss
    ).exists()
    stale = posted(client, volunteer, about="来晚了")
    assert (stale.status_code, Volunteer.objects.get(pk=volunteer.pk).about) == (200, "只在周末")
    assert posted(client, volunteer, skills=[10**6]).status_code == 200


def test_skills_are_edited_never_deleted_and_every_edit_keeps_its_author(cast: Cast, boss: User) -> None:
    skill = Skill.objects.order_by("pk")[0]
    client, place = browser(boss), f"{HOME}skill/{skill.pk}/change/"
    assert client.post(place, {"code": "other", "name": "新名", "name_en": "New"}).status_code == 302
    fresh = Skill.objects.get(pk=skill.pk)
    assert (fresh.code, fresh.name) == (skill.code, "新名")
    event = apps.get_model("volunteers", "SkillEvent").objects.filter(pgh_obj=skill).latest("pgh_id")
    assert (event.name, event.pgh_context.metadata) == ("新名", {"user": boss.pk, "url": place})
    assert f">{boss.pk}<" in client.get(f"{HOME}skillevent/").content.decode()
    assert client.post(f"{HOME}skill/{skill.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (
        client.post(f"{HOME}skill/add/", {"code": "sewing", "name": "缝补", "name_en": "Sewing"}).status_code
        == 302
    )


def test_nobody_adds_changes_or_deletes_what_programs_write(cast: Cast, boss: User) -> None:
    cast.closed()
    root = browser(User.objects.create_superuser("root"))
    for client in (browser(boss), root):
        for model in ("servicerecord", "recordconfirmation", "commitment", "skillevent"):
            row = apps.get_model("volunteers", model).objects.order_by("pk")[0]
            for place in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
                assert client.post(f"{HOME}{model}/{place}", {"post": "yes"}).status_code == 403, (
                    model,
                    place,
                )
        for place in ("add/", f"{cast.volunteer.pk}/delete/"):
            assert client.post(f"{HOME}volunteer/{place}", {"post": "yes"}).status_code == 403, place


def test_a_city_auditor_looks_and_touches_nothing(cast: Cast) -> None:
    client = browser(cast.staff("审计", "+8613800000092", Role.AUDITOR, cast.city))
    assert client.get(f"{HOME}volunteer/{cast.volunteer.pk}/change/").status_code == 200
    assert posted(client, cast.volunteer, about="x").status_code == 403
    waiting = applicant(cast)
    client.post(f"{HOME}volunteer/", {"action": "approve", "_selected_action": [waiting.pk]})
    waiting.refresh_from_db()
    assert waiting.state == "applied"


def test_a_district_adds_service_classes_of_its_own(cast: Cast, boss: User) -> None:
    client = browser(boss)
    given = {"code": "river", "name": "护河", "name_en": "River watch", "position": 9}
    assert client.post(f"{HOME}serviceclass/add/", given).status_code == 302
    made = ServiceClass.objects.get(code="river")
    assert f">{boss.pk}<" in client.get(f"{HOME}serviceclassevent/").content.decode()
    assert client.post(f"{HOME}serviceclass/{made.pk}/delete/", {"post": "yes"}).status_code == 403
