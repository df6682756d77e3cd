"""Amending: who may change what, and what a change must leave in order."""

from datetime import timedelta

import pytest
import time_machine

from civic.cases.models import CaseText
from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app.actions import Placement, act, place_request
from requests_app.models import Assignment
from tests.cast import SOUTH, WEST, Cast
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db


def test_a_new_address_asks_everybody_to_confirm_and_is_kept_beside_the_history(cast: Cast) -> None:
    request = cast.accepted()
    before = request.address
    act(request, "amend", actor=cast.resident, address="荷花里 9 号楼 101")
    assert Assignment.objects.get().confirm_by is not None
    assert CaseText.objects.get(case_id=request.pk, name="old_address").body == before


def test_an_amendment_leaves_something_said(cast: Cast) -> None:
    request = cast.place()
    act(request, "amend", actor=cast.resident, title="")
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "amend", actor=cast.resident, text=" ")
    assert "text" in refusal.value.errors


@pytest.mark.parametrize("reason", ["替\x00办", "长" * 201])
def test_the_reason_for_acting_on_behalf_is_cleaned_when_amended(cast: Cast, reason: str) -> None:
    request = cast.place()
    if len(reason) > 200:
        with pytest.raises(ValidationFailed):
            act(request, "amend", actor=cast.dispatcher, on_behalf_reason=reason)
    else:
        assert (
            act(request, "amend", actor=cast.dispatcher, on_behalf_reason=reason).on_behalf_reason == "替办"
        )


def test_urgency_and_what_volunteers_read_are_for_the_desk_to_change(cast: Cast) -> None:
    request = cast.place()
    for facts in ({"urgency": "urgent"}, {"public_summary": "荷花里 3 号楼 502，老人独居"}):
        with pytest.raises(NotAllowed):
            act(request, "amend", actor=cast.resident, **facts)
        request = act(request, "amend", actor=cast.dispatcher, **facts)


def test_staff_move_a_request_within_their_own_areas_only(cast: Cast) -> None:
    request = cast.place()
    with pytest.raises(NotAllowed):
        act(request, "amend", actor=cast.dispatcher, area=cast.other_district.pk)
    with pytest.raises(NotAllowed):
        act(request, "amend", actor=cast.colleague, lat=SOUTH + 0.005, lon=WEST + 0.025, place=True)
    request = act(request, "amend", actor=cast.colleague, area=cast.street.pk)
    assert (request.street_id, request.community_id) == (cast.street.pk, None)
    moved = act(request, "amend", actor=cast.resident, area=cast.other_district.pk)  # to where they live now
    assert moved.district_id == cast.other_district.pk


def test_nobody_who_accepted_is_left_with_a_request_they_must_not_serve(cast: Cast) -> None:
    Volunteer.objects.update(insured_until=None)
    request = cast.accepted()
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "amend", actor=cast.resident, category="repair")
    assert "category" in refusal.value.errors
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "amend", actor=cast.resident, contact_phone=cast.volunteer.user.phone)
    assert "contact_phone" in refusal.value.errors


def test_another_category_counts_from_the_import_not_from_the_letter(cast: Cast) -> None:
    wish = Placement(category="errand", title="旧信", beneficiary_name="某居民", area=cast.grid.pk)
    long_ago = clock.now() - timedelta(days=400)
    request = place_request(actor=cast.dispatcher, wish=wish, received_at=long_ago, source="import")
    request = act(request, "amend", actor=cast.dispatcher, category="repair")
    assert min(request.due_at, request.dispatch_due_at) > clock.now()


def test_another_category_in_a_later_round_counts_from_that_round(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as time:
        request = cast.completed()
        time.shift(timedelta(days=5))
        request = act(request, "rate", actor=cast.resident, solved="no", stars=3)
        due = request.due_at
        assert act(request, "amend", actor=cast.dispatcher, urgency="flexible").due_at > due
        assert act(request, "amend", actor=cast.dispatcher, urgency="normal").due_at == due
