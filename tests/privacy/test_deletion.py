"""Deleting an account: what stands against it, taking it back, and what is left afterwards."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from civic.accounts.enums import Role
from civic.accounts.models import ApiToken, Consent, Membership, User
from civic.accounts.queries import get_or_create_by_phone
from civic.cases.models import CaseEvent
from civic.lib import clock
from civic.lib.errors import NotFound
from civic.notify import deliver
from civic.notify.models import Message
from insight import consistency
from insight.privacy import deletion, sweep
from insight.privacy.deletion import StillNeeded
from insight.privacy.models import Deletion
from requests_app.actions import act
from tests.cast import LONG_AGO, Cast
from tests.privacy.traces import tables_that_say
from volunteers import actions as volunteer_actions
from volunteers.models import ServiceRecord, Volunteer

pytestmark = pytest.mark.django_db


def after(days: float) -> Any:
    """Returns a block in which it is so many days later."""
    return time_machine.travel(clock.now() + timedelta(days=days), tick=False)


def test_asking_twice_is_asking_once(cast: Cast) -> None:
    first = deletion.ask(cast.neighbour)
    assert deletion.ask(cast.neighbour) == first
    assert first.due_at - first.asked_at == timedelta(days=15)


def test_until_the_day_nothing_happens_and_it_can_be_taken_back(cast: Cast) -> None:
    deletion.ask(cast.neighbour)
    with after(14):
        sweep.run()
        deletion.withdraw(cast.neighbour)
        with pytest.raises(NotFound):
            deletion.withdraw(cast.neighbour)
    with after(30):
        assert sweep.run()["accounts"] == 0
    cast.neighbour.refresh_from_db()
    assert (cast.neighbour.name, cast.neighbour.is_active) == ("周敏", True)
    assert deletion.ask(cast.neighbour).withdrawn_at is None  # may ask again


def test_afterwards_no_table_knows_the_person(cast: Cast) -> None:
    request = cast.closed(contact_name="陈桂兰", contact_phone=cast.resident.phone)
    ApiToken.issue(cast.resident, "手机")
    Consent.objects.create(user=cast.resident, purpose="terms", version="1")
    deletion.ask(cast.resident)
    with after(16):
        assert sweep.run()["accounts"] == 1
        assert tables_that_say("+8613800000001") == {"notify.message.phone"}  # the farewell, until it is sent
        deliver.sweep()
        assert sweep.run()["farewells"] == 1
    gone = User.objects.get(pk=cast.resident.pk)
    assert (
        tables_that_say("陈桂兰", "+8613800000001", "胰岛素", "荷花里", gone.phone_hash or "no hash") == set()
    )
    assert (gone.is_active, gone.phone_hash, gone.home_area, gone.has_usable_password()) == (
        False,
        None,
        None,
        False,
    )
    request.refresh_from_db()
    assert request.anonymised_at is not None
    assert (
        CaseEvent.objects.get(kind="request", case_id=request.pk, verb="anonymise").reason_code == "deletion"
    )
    assert not ApiToken.objects.exists()
    assert not Message.objects.filter(user=gone).exists()
    assert not Consent.objects.filter(user=gone, withdrawn_at=None).exists()
    assert Deletion.objects.get().done_at is not None
    assert list(consistency.check()) == []


def test_the_phone_is_free_again_for_a_new_account(cast: Cast) -> None:
    phone = cast.neighbour.phone
    deletion.ask(cast.neighbour)
    with after(16):
        sweep.run()
        assert get_or_create_by_phone(phone).pk != cast.neighbour.pk


def test_a_volunteer_leaves_the_number_and_the_ledger_alone(cast: Cast) -> None:
    cast.closed()
    helper = cast.volunteer
    volunteer_actions.update(helper, actor=helper.user, about="会修水管")
    deletion.ask(helper.user)
    with after(16):
        sweep.run()
    left = Volunteer.objects.get(pk=helper.pk)
    assert (left.state, left.number, left.area) == ("left", helper.number, cast.district)
    assert (left.lat, left.about, left.skills, left.active, left.grid_id) == (None, "", [], False, None)
    assert ServiceRecord.objects.filter(volunteer=left).exists()
    assert tables_that_say("张建国", "修水管") == set()
    assert list(consistency.check()) == []


def test_an_open_request_stands_against_it_and_is_named(cast: Cast) -> None:
    cast.place()
    with pytest.raises(StillNeeded):
        deletion.ask(cast.resident)
    [found] = deletion.obstacles(cast.resident)
    assert found.url == "/me/"


def test_so_does_a_task_that_somebody_counts_on(cast: Cast) -> None:
    cast.accepted()
    [found] = deletion.obstacles(cast.volunteer.user)
    assert found.url == "/v/tasks/"


def test_staff_end_their_role_first_and_stay_attributable_for_six_months(cast: Cast) -> None:
    with pytest.raises(StillNeeded):
        deletion.ask(cast.dispatcher)
    Membership.objects.filter(user=cast.dispatcher).update(valid_until=clock.now())
    with after(182):
        assert deletion.obstacles(cast.dispatcher)
    with after(184):
        assert deletion.obstacles(cast.dispatcher) == []


def test_who_begins_something_meanwhile_is_not_deleted_until_it_is_over(cast: Cast) -> None:
    deletion.ask(cast.resident)
    request = cast.place()
    with after(16):
        found = sweep.run()
        assert (found["accounts"], found["failed"]) == (0, 1)
        cast.resident.refresh_from_db()
        assert cast.resident.name == "陈桂兰"
        act(request, "cancel", actor=cast.resident)
        assert sweep.run()["accounts"] == 1


def test_who_becomes_staff_meanwhile_is_not_deleted(cast: Cast) -> None:
    deletion.ask(cast.neighbour)
    Membership.objects.create(user=cast.neighbour, role=Role.DISPATCHER, area=cast.grid, valid_from=LONG_AGO)
    with after(16):
        assert sweep.run()["accounts"] == 0


def test_a_request_for_somebody_else_stays_theirs_without_who_placed_it(cast: Cast) -> None:
    request = cast.place(
        cast.neighbour,
        beneficiary_phone=cast.resident.phone,
        beneficiary_name="陈桂兰",
        contact_name="周敏",
        contact_phone=cast.neighbour.phone,
        on_behalf_reason="不会用手机",
    )
    act(request, "cancel", actor=cast.neighbour)
    deletion.ask(cast.neighbour)
    with after(16):
        sweep.run()
        deliver.sweep()
        sweep.run()
    request.refresh_from_db()
    assert (request.proxy, request.contact_phone, request.contact_name) == (None, "", "")
    assert (request.beneficiary_name, request.anonymised_at) == ("陈桂兰", None)
    assert request.title
    assert tables_that_say("周敏", "+8613800000002") == set()


def test_to_be_the_contact_of_an_open_request_stands_against_nothing_and_the_request_goes_on(
    cast: Cast,
) -> None:
    request = cast.accepted(
        contact_name="周敏",
        contact_phone=cast.neighbour.phone,
        preferred_start=clock.now() + timedelta(days=17),
        preferred_end=None,
    )
    assert deletion.obstacles(cast.neighbour) == []
    deletion.ask(cast.neighbour)
    with after(16):
        found = sweep.run()
        assert (found["accounts"], found["failed"]) == (1, 0)
        deliver.sweep()
        sweep.run()
    assert tables_that_say("周敏", "+8613800000002") == set()
    request.refresh_from_db()
    assert (request.state, request.anonymised_at, request.title) == ("accepted", None, "帮忙取药")
    last = CaseEvent.objects.get(kind="request", case_id=request.pk, verb="forget_helper")
    assert (last.actor, last.reason_code, last.facts) == (None, "deletion", {})
    with after(17):
        helper = cast.volunteer.user
        act(request, "check_in", actor=helper, code=request.check_in_code)
        act(request, "complete", actor=helper)
        assert act(request, "rate", actor=cast.resident, solved="yes", stars=5).state == "closed"
    assert consistency.check() == []
