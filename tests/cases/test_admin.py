"""History and timers in the Django admin: read, found by case and kind, never touched."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from civic.accounts.models import User
from civic.cases import registry
from civic.cases.models import CaseEvent, CaseText, Timer
from civic.cases.workflow import Workflow
from civic.lib import clock
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOME = "/admin/cases/"


@pytest.fixture
def root(settings: Any) -> Client:
    """A browser of a superuser: whom nothing but the admin itself holds back."""
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_history_and_timers_are_found_by_case_and_kind(root: Client, cast: Cast) -> None:
    request = cast.accepted()
    for model in ("caseevent", "timer"):
        row = apps.get_model("cases", model).objects.filter(kind="request").order_by("pk")[0]
        assert root.get(f"{HOME}{model}/{row.pk}/change/").status_code == 200
        answer = root.get(f"{HOME}{model}/", {"kind": "request", "q": str(request.pk)})
        found = answer.context["cl"].result_list
        assert {(each.kind, each.case_id) for each in found} == {("request", request.pk)}


def test_failing_timers_are_told_apart(root: Client, cast: Cast) -> None:
    cast.place()
    cast.place()
    failing = Timer.objects.order_by("pk")[0]
    Timer.objects.filter(pk=failing.pk).update(attempts=3, last_error="boom")
    fired = Timer.objects.order_by("pk")[1]
    Timer.objects.filter(pk=fired.pk).update(fired_at=clock.now())
    shown = {
        standing: set(root.get(f"{HOME}timer/", {"standing": standing}).context["cl"].queryset)
        for standing in ("open", "failing", "fired", "voided")
    }
    assert (shown["failing"], shown["fired"], shown["voided"]) == ({failing}, {fired}, set())
    assert failing in shown["open"] and fired not in shown["open"]


def test_nobody_adds_changes_or_deletes_history_and_timers(root: Client, cast: Cast) -> None:
    cast.place()
    for model in ("caseevent", "timer"):
        row = apps.get_model("cases", model).objects.order_by("pk")[0]
        for place in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
            assert root.post(f"{HOME}{model}/{place}", {"post": "yes"}).status_code == 403, (model, place)


def test_words_people_wrote_are_not_read_here(root: Client) -> None:
    assert not admin.site.is_registered(CaseText)
    assert admin.site.is_registered(CaseEvent)


def test_history_and_timers_are_told_in_words(root: Client, cast: Cast) -> None:
    cast.accepted()
    history = root.get(f"{HOME}caseevent/", headers={"Accept-Language": "zh-hans"}).content.decode()
    timers = root.get(f"{HOME}timer/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert ">点单<" in history and ">接单<" in history and ">居民<" in history
    assert ">派单到期<" in timers
    for code in (">accept<", ">place<", ">submitted<", ">beneficiary<", ">request<", ">expire_offer<"):
        assert code not in history + timers


@pytest.mark.parametrize("workflow", registry.every(), ids=lambda each: str(each.kind))
def test_every_verb_timer_and_role_has_words(workflow: Workflow) -> None:
    roles = {role for row in workflow.transitions for role in row.roles}
    named = {"verb": workflow.verbs, "timer": set(workflow.timers), "role": roles}
    for of, names in named.items():
        assert not {name for name in names if name not in workflow.words.get(of, {})}, of
    assert workflow.word("verb", "one of long ago") == "one of long ago"
