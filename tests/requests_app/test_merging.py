"""Requests about the same thing: joined, suggested, sharing an end, separated again."""

from datetime import timedelta

import pytest

from civic.accounts.models import User
from civic.cases.models import CaseText, Timer
from civic.lib.errors import Conflict, IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from requests_app import access
from requests_app.actions import act
from requests_app.models import ServiceRequest
from requests_app.queries import alike
from tests.cast import SOUTH, WEST, Cast
from tests.units import Units

pytestmark = pytest.mark.django_db

LAMP = {"category": "other", "title": "路灯坏了", "text": "荷花里东门路灯坏了一周，晚上看不见路。"}


def lamp(cast: Cast, actor: User | None = None, **wish: object) -> ServiceRequest:
    """Returns a request about one broken street lamp."""
    return cast.place(actor, **{**LAMP, **wish})


def joined(cast: Cast) -> tuple[ServiceRequest, ServiceRequest]:
    """Returns a request and, joined to it, the neighbour's about the same lamp."""
    first, second = lamp(cast), lamp(cast, cast.neighbour, title="东门路灯不亮")
    return first, act(second, "merge", actor=cast.dispatcher, into=first.pk)


def fresh(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def test_a_joined_request_waits_for_the_other_and_its_clocks_stop(cast: Cast) -> None:
    first, second = joined(cast)
    assert (second.state, second.merged_into) == ("merged", first)
    assert not Timer.objects.filter(kind="request", case_id=second.pk, fired_at=None, voided_at=None).exists()
    assert Message.objects.filter(template="request.merged", user=cast.neighbour).exists()
    assert fresh(first).version == first.version


def test_it_is_done_with_the_other_and_each_requester_rates(cast: Cast) -> None:
    first, second = joined(cast)
    start = first.preferred_start
    act(first, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=start)
    act(first, "accept", actor=cast.volunteer.user)
    act(first, "check_in", actor=cast.volunteer.user, code=first.check_in_code)
    act(first, "complete", actor=cast.volunteer.user)
    assert [fresh(each).state for each in (first, second)] == ["completed", "completed"]
    first = act(first, "rate", actor=cast.resident, solved="yes", stars=5)
    assert (first.state, fresh(second).state) == ("closed", "completed")
    second = act(second, "rate", actor=cast.neighbour, solved="no", stars=1)
    assert (second.state, second.round, second.merged_into) == ("submitted", 2, None)
    assert fresh(first).state == "closed"


def test_the_answer_of_a_unit_reaches_everybody_who_was_joined(cast: Cast) -> None:
    units, (first, second) = Units(cast), joined(cast)
    units.referred(first)
    act(first, "unit_reply", actor=units.officer, text="路灯已修复。", result="solved")
    assert fresh(second).state == "completed"
    assert CaseText.objects.get(case_id=second.pk, name="answer").body == "路灯已修复。"


def test_a_rejected_one_rejects_those_joined_to_it_with_the_same_words(cast: Cast) -> None:
    first, second = joined(cast)
    act(first, "reject", actor=cast.dispatcher, reason_code="unsafe", text="请拨打 12345。")
    assert fresh(second).state == "rejected"
    assert CaseText.objects.get(case_id=second.pk, name="reply").body == "请拨打 12345。"
    assert Message.objects.filter(template="request.rejected", user=cast.neighbour).exists()


def test_a_cancelled_one_separates_those_joined_to_it(cast: Cast) -> None:
    first, second = joined(cast)
    act(first, "cancel", actor=cast.resident)
    second = fresh(second)
    assert (second.state, second.merged_into) == ("submitted", None)
    assert Timer.objects.filter(kind="request", case_id=second.pk, name="half_time", voided_at=None).exists()
    assert Message.objects.filter(template="request.split", user=cast.neighbour).exists()


def test_separated_it_waits_for_dispatch_by_itself(cast: Cast) -> None:
    first, second = joined(cast)
    with pytest.raises(NotAllowed):
        act(second, "split", actor=cast.neighbour)
    second = act(second, "split", actor=cast.dispatcher, reason="不是同一盏灯")
    assert (second.state, second.merged_into) == ("submitted", None)
    act(first, "cancel", actor=cast.resident)
    assert fresh(second).version == second.version  # nothing follows any more


def test_who_asked_can_still_say_that_it_is_no_longer_needed(cast: Cast) -> None:
    _first, second = joined(cast)
    second = act(second, "cancel", actor=cast.neighbour)
    assert (second.state, second.merged_into) == ("cancelled", None)


def test_nothing_is_joined_to_itself_to_a_joined_one_or_with_others_joined_to_it(cast: Cast) -> None:
    first, second = joined(cast)
    third = lamp(cast)
    for request, into in ((third, third), (third, second)):
        with pytest.raises(ValidationFailed):
            act(request, "merge", actor=cast.dispatcher, into=into.pk)
    with pytest.raises(Conflict):
        act(first, "merge", actor=cast.dispatcher, into=third.pk)
    with pytest.raises(Conflict):
        act(first, "merge", actor=cast.dispatcher, into=second.pk)  # a circle
    with pytest.raises(IllegalTransition):
        act(second, "merge", actor=cast.dispatcher, into=third.pk)


def test_nothing_is_joined_to_what_has_ended_or_lies_elsewhere(cast: Cast) -> None:
    third = lamp(cast)
    done = act(lamp(cast), "cancel", actor=cast.dispatcher)
    far = lamp(cast, lat=SOUTH + 0.019)
    old = lamp(cast)
    ServiceRequest.objects.filter(pk=old.pk).update(placed_at=old.placed_at - timedelta(days=61))
    nowhere = ServiceRequest(pk=999_999)
    for other in (cast.completed(**LAMP), done, far, old, nowhere):
        with pytest.raises(ValidationFailed) as refused:
            act(third, "merge", actor=cast.dispatcher, into=other.pk)
        assert list(refused.value.errors) == ["into"]


def test_without_a_point_the_community_decides(cast: Cast) -> None:
    here = lamp(cast, lat=None, lon=None, area=cast.community.pk)
    there = lamp(cast, lat=None, lon=None, area=cast.grid.pk)
    other = lamp(cast, lat=None, lon=None, area=cast.street.pk)
    assert act(there, "merge", actor=cast.dispatcher, into=here.pk).state == "merged"
    with pytest.raises(ValidationFailed):
        act(other, "merge", actor=cast.colleague, into=here.pk)


def test_it_is_joined_only_to_what_the_dispatcher_answers_for(cast: Cast) -> None:
    outside = lamp(cast, lon=WEST + 0.021)
    with pytest.raises(ValidationFailed, match="(?i)areas|辖区|没有"):
        act(lamp(cast, lon=WEST + 0.019), "merge", actor=cast.dispatcher, into=outside.pk)


def test_the_likest_nearby_is_suggested_first(cast: Cast) -> None:
    mine = lamp(cast, cast.neighbour, title="东门路灯不亮")
    same = lamp(cast)
    unlike = lamp(cast, title="想请人陪着聊天", text="周末在家没有人说话。")
    lamp(cast, category="errand")
    lamp(cast, lat=SOUTH + 0.019)
    act(lamp(cast), "cancel", actor=cast.dispatcher)
    found = alike.suggestions(mine, access.visible_to(cast.dispatcher))
    assert [each.request for each in found][0] == same
    assert {each.request.pk for each in found} <= {same.pk, unlike.pk}
    assert found[0].distance_m is not None


def test_suggestions_are_one_query_however_many_lie_near(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    mine = lamp(cast)
    for _ in range(8):
        lamp(cast)
    among = access.visible_to(cast.dispatcher)
    with django_assert_num_queries(1):
        assert len(alike.suggestions(mine, among)) == alike.SHOWN
