"""The pages of the import of registers, and the question to whom it registered: asked before anything else opens."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from civic.accounts.actions import give_consent
from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import ApiToken, Consent, User
from tests.cast import Cast
from tests.volunteers.registers import id_number, look_alike
from tests.volunteers.test_register_import import BORN, run, send, write
from volunteers.imports.register import REGISTER
from volunteers.models import RegisterImport, RegisterRow, Volunteer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path / "home"
    settings.STAFF_SECOND_FACTOR = False


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(response: Any) -> str:
    """Returns the text of a page, its blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def url(name: str, batch: RegisterImport) -> str:
    return reverse(f"desk_registers:{name}", args=[batch.pk])


@pytest.fixture
def newcomer(cast: Cast, tmp_path: Path) -> Volunteer:
    """Somebody whom a register named, approved, who has never signed in."""
    batch = run(cast, send(cast, write(tmp_path / "n.xlsx", ["王小明", "13800000101", id_number(BORN, 7)])))
    found = RegisterRow.objects.get(batch=batch).volunteer
    assert found is not None
    return found


def test_a_register_goes_from_the_form_to_the_volunteers(cast: Cast, tmp_path: Path) -> None:
    desk, path = browser(cast.dispatcher), look_alike(tmp_path / "台账.xlsx", 30)
    assert "导入台账" in words(desk.get(reverse("desk:volunteers")))
    assert "还没有导入过志愿者台账" in words(desk.get(reverse("desk_registers:index")))
    sent = {
        "file": SimpleUploadedFile(path.name, path.read_bytes()),
        "area": cast.community.pk,
        "enter_as": "approved",
        "insured_until": "2030-01-01",
        "form_key": "k",
    }
    answer = desk.post(reverse("desk_registers:new"), sent)
    batch = RegisterImport.objects.get()
    assert answer["Location"] == url("show", batch)
    assert f"{batch.insured_until}" == "2030-01-01" and not batch.vetted
    REGISTER.work(batch.pk)
    page = words(desk.get(url("show", batch)))
    assert "将登记 30 人" in page and "不会给任何人发消息" in page
    assumed = {"area": cast.community.pk, "enter_as": "applied"}
    batch.refresh_from_db()
    chosen = {f"column_{name}": at for name, at in batch.columns.items()}
    assert desk.post(url("correct", batch), assumed | chosen).status_code == 302
    batch.refresh_from_db()
    assert (batch.enter_as, batch.insured_until) == ("applied", None)
    assert desk.post(url("start", batch), {"form_key": "s"}).status_code == 302
    assert "正在登记志愿者" in words(desk.get(url("show", batch)))
    REGISTER.work(batch.pk)
    page = desk.get(url("show", batch))
    assert "查看志愿者" in words(page)
    first = RegisterRow.objects.filter(batch=batch).order_by("number")[0]
    assert reverse("desk:volunteer", args=[first.volunteer_id]) in page.content.decode()
    assert "从台账转入了志愿者" in words(desk.get(reverse("desk:volunteer", args=[first.volunteer_id])))


def test_the_preview_hides_the_middle_of_numbers(cast: Cast, tmp_path: Path) -> None:
    number = id_number(BORN, 7)
    batch = send(
        cast, write(tmp_path / "a.xlsx", ["王小明", "13800000101", number], ["李四", "1380000010", "32038"])
    )
    for tab in ("new", "bad"):
        page = browser(cast.dispatcher).get(url("show", batch), {"tab": tab}).content.decode()
        assert number not in page and "13800000101" not in page and "1380000010" not in page
    assert (
        "3203**********" in browser(cast.dispatcher).get(url("show", batch), {"tab": "new"}).content.decode()
    )


def test_an_administrator_may_and_a_resident_may_not(cast: Cast, tmp_path: Path) -> None:
    batch = send(cast, look_alike(tmp_path / "b.xlsx", 2))
    assert browser(cast.admin).get(url("show", batch)).status_code == 200
    assert browser(cast.resident).get(url("show", batch)).status_code == 403
    assert browser(cast.outsider).get(url("show", batch)).status_code == 404


def test_whoever_was_registered_is_asked_before_anything_else(cast: Cast, newcomer: Volunteer) -> None:
    user = browser(newcomer.user)
    for name in ("home", "me", "v:home", "v:profile", "v:tasks"):
        answer = user.get(reverse(name))
        assert (answer.status_code, answer["Location"]) == (302, reverse("v:agree")), name
    assert user.get("/api/v1/service-requests/").status_code == 403
    key = ApiToken.issue(newcomer.user)
    by_key = Client(headers={"Authorization": f"Token {key}"})
    assert by_key.get("/api/v1/service-requests/").status_code in {401, 403}
    page = words(user.get(reverse("v:agree")))
    assert "您已被登记为志愿者" in page and "王小明" in page
    assert not Consent.objects.filter(user=newcomer.user).exists()
    answer = user.post(reverse("v:agree"), {"form_key": "a"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("v:home"))
    assert Consent.objects.filter(user=newcomer.user, purpose=ConsentPurpose.TERMS).exists()
    assert user.get(reverse("v:home")).status_code == 200
    newcomer.refresh_from_db()
    assert newcomer.state == "approved"


def test_who_does_not_want_to_is_forgotten_and_may_come_as_a_resident(
    cast: Cast, newcomer: Volunteer
) -> None:
    account, user = newcomer.user, browser(newcomer.user)
    answer = user.post(reverse("v:decline"), {"form_key": "d"})
    assert answer.status_code == 302
    newcomer.refresh_from_db()
    account.refresh_from_db()
    assert (newcomer.state, newcomer.birth_date) == ("left", None)
    assert newcomer.user_id != account.pk
    assert (account.is_active, account.consent_due) == (True, False)
    assert "_auth_user_id" not in user.session
    assert browser(account).get(reverse("me")).status_code == 200


def test_who_agreed_cannot_decline_any_more(cast: Cast) -> None:
    give_consent(cast.volunteer.user, ConsentPurpose.TERMS, "x")
    assert browser(cast.volunteer.user).post(reverse("v:decline"), {"form_key": "d"})["Location"] == reverse(
        "v:home"
    )
    cast.volunteer.refresh_from_db()
    assert cast.volunteer.state == "approved"
