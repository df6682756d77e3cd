"""How requests end: rated, called back, closed unrated, rejected, cancelled, opened again."""

from datetime import timedelta

import pytest
import time_machine

from civic.accounts.enums import Role
from civic.accounts.models import Membership
from civic.cases import timers
from civic.cases.models import CaseText, Timer
from civic.lib import clock
from civic.lib.errors import Conflict, IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from requests_app.actions import act, act_together
from requests_app.models import Assignment, Block, Concern, Rating, ServiceRequest
from tests.cast import LONG_AGO, Cast
from volunteers import ledger
from volunteers.models import RecordConfirmation, ServiceRecord

pytestmark = pytest.mark.django_db

MORNING = "2026-03-02T02:00:00+00:00"


def test_one_rating_confirms_every_completed_record_of_the_round(cast: Cast) -> None:
    request = cast.completed(cast.volunteer, cast.second)
    act(request, "rate", actor=cast.resident, solved="partly", stars=4)
    assert RecordConfirmation.objects.filter(how="rating").count() == 2
    assert Rating.objects.get().via == "beneficiary"


def test_not_solved_opens_another_round_and_nobody_is_carried_over(cast: Cast) -> None:
    request = act(cast.completed(), "rate", actor=cast.resident, solved="no", stars=2)
    assert (request.state, request.round, request.rounds_counted) == ("submitted", 2, 2)
    assert request.agreed_start is None
    assert ledger.confirmed_minutes(cast.volunteer) == 1
    assert not request.call_back_wanted


def test_not_solved_in_the_third_round_closes_and_asks_the_district_to_call_back(cast: Cast) -> None:
    request = cast.completed()
    ServiceRequest.objects.filter(pk=request.pk).update(rounds_counted=3)
    request = act(request, "rate", actor=cast.resident, solved="no", stars=1)
    assert (request.state, request.outcome, request.call_back_wanted) == ("closed", "unsolved", True)
    told = Message.objects.filter(event="desk.unsolved").values_list("user_id", flat=True)
    assert list(told) == [cast.colleague.pk]  # of the district; the community's dispatcher has dispatched
    with pytest.raises(Conflict):
        act(request, "reopen", actor=cast.resident)


def test_few_stars_ask_for_a_call_back_not_another_round(cast: Cast) -> None:
    request = act(cast.completed(), "rate", actor=cast.resident, solved="yes", stars=2)
    assert (request.state, request.call_back_wanted) == ("closed", True)
    assert Message.objects.filter(user=cast.dispatcher, event="desk.call_back").count() == 1
    request = act(request, "call_back", actor=cast.colleague, solved="yes", note="已致歉")
    assert (request.state, request.call_back_wanted) == ("closed", False)
    with pytest.raises(IllegalTransition):
        act(request, "call_back", actor=cast.colleague, solved="yes")


def test_a_round_is_rated_once(cast: Cast) -> None:
    request = cast.closed()
    with pytest.raises(IllegalTransition):
        act(request, "rate", actor=cast.resident, solved="yes", stars=5)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"stars": 5}, "solved"),
        ({"solved": "yes"}, "stars"),
        ({"solved": "maybe", "stars": 5}, "solved"),
        ({"solved": "yes", "stars": 6}, "stars"),
    ],
)
def test_a_rating_answers_both_questions(cast: Cast, facts: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        act(cast.completed(), "rate", actor=cast.resident, **facts)
    assert field in refusal.value.errors


def test_a_proxy_may_cancel_but_never_rate(cast: Cast) -> None:
    request = cast.completed(
        actor=cast.proxy,
        beneficiary_name="陈桂兰",
        beneficiary_phone=cast.resident.phone,
        on_behalf_reason="老人不会用手机",
    )
    assert request.beneficiary_id == cast.resident.pk
    with pytest.raises(NotAllowed):
        act(request, "rate", actor=cast.proxy, solved="yes", stars=5)
    assert act(request, "rate", actor=cast.resident, solved="yes", stars=5).state == "closed"


def test_a_call_back_is_made_by_somebody_who_neither_dispatched_nor_served(cast: Cast) -> None:
    request = cast.completed()
    with pytest.raises(NotAllowed):
        act(request, "call_back", actor=cast.dispatcher, solved="yes")
    request = act(request, "call_back", actor=cast.colleague, solved="yes")
    assert (request.state, request.outcome) == ("closed", "solved")
    assert Rating.objects.get().via == "call_back"
    assert RecordConfirmation.objects.get().how == "call_back"


def test_a_request_nobody_rates_is_reminded_of_and_closed_after_seven_days(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.completed()
        reminders = Message.objects.filter(event="request.please_rate", channel="sms")
        for days, expected in ((1, 1), (2, 2)):
            time.shift(timedelta(days=days))
            timers.sweep()
            assert reminders.count() == expected
        time.shift(timedelta(days=4))
        timers.sweep()
        request.refresh_from_db()
        assert (request.state, request.outcome) == ("closed", "unrated")
        assert not RecordConfirmation.objects.exists()
        assert ServiceRecord.objects.count() == 1
        assert not Timer.objects.filter(
            kind="request", case_id=request.pk, fired_at=None, voided_at=None
        ).exists()
        time.shift(timedelta(days=14))
        request = act(request, "rate", actor=cast.resident, solved="yes", stars=5)
        assert request.outcome == "solved"
        assert RecordConfirmation.objects.count() == 1


def test_an_answer_after_fifteen_days_is_too_late(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.completed()
        time.shift(timedelta(days=7))
        timers.sweep()
        time.shift(timedelta(days=15, minutes=1))
        with pytest.raises(IllegalTransition):
            act(request, "rate", actor=cast.resident, solved="yes", stars=5)
        with pytest.raises(IllegalTransition):
            act(request, "reopen", actor=cast.resident)
        assert act(request, "reopen", actor=cast.dispatcher).state == "submitted"


def test_rejecting_says_why_and_what_to_do_instead(cast: Cast) -> None:
    request = cast.place()
    with pytest.raises(ValidationFailed):
        act(request, "reject", actor=cast.dispatcher, reason_code="unsafe")
    with pytest.raises(ValidationFailed):
        act(request, "reject", actor=cast.dispatcher, reason_code="whim", text="不想管")
    request = act(request, "reject", actor=cast.dispatcher, reason_code="unsafe", text="请联系燃气公司 96777")
    assert request.state == "rejected"
    assert CaseText.objects.get(case_id=request.pk, name="reply").body == "请联系燃气公司 96777"
    assert not Timer.objects.filter(
        kind="request", case_id=request.pk, fired_at=None, voided_at=None
    ).exists()


def test_cancelling_tells_each_person_once_and_frees_them(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second, headcount=2)
    act(request, "accept", actor=cast.volunteer.user)
    request = act(request, "cancel", actor=cast.resident)
    assert request.state == "cancelled"
    texts = Message.objects.filter(channel="sms")
    assert texts.filter(user=cast.volunteer.user, event="task.released").count() == 1
    assert texts.filter(user=cast.second.user, event="offer.withdrawn").count() == 1
    assert not cast.volunteer.commitments.filter(active=True).exists()


def test_what_was_begun_cannot_be_cancelled(cast: Cast) -> None:
    with pytest.raises(IllegalTransition):
        act(cast.in_service(), "cancel", actor=cast.resident)


def test_a_concern_reaches_the_dispatchers_and_no_other(cast: Cast) -> None:
    request = cast.closed()
    act(request, "report_concern", actor=cast.volunteer.user, text="楼道有恶犬")
    assert Concern.objects.get().by == cast.volunteer.user
    told = set(Message.objects.filter(event="desk.concern").values_list("user_id", flat=True))
    assert told == {cast.dispatcher.pk}


def test_who_blocked_each_other_are_never_matched_again(cast: Cast) -> None:
    act(cast.closed(), "block", actor=cast.resident)
    assert Block.objects.get().volunteer == cast.volunteer
    with pytest.raises(ValidationFailed):
        cast.offered()
    request = act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    with pytest.raises(NotAllowed):
        act(request, "accept", actor=cast.volunteer.user)


def test_where_several_had_a_part_whom_to_keep_away_has_to_be_said(cast: Cast) -> None:
    request = act(cast.accepted(), "give_up", actor=cast.volunteer.user)
    request = act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    request = act(request, "accept", actor=cast.second.user)
    for nobody in ({}, {"volunteer": cast.third.pk}):
        with pytest.raises(ValidationFailed) as refusal:
            act(request, "block", actor=cast.resident, **nobody)
        assert set(refusal.value.errors or {}) == {"volunteer"}
    assert not Block.objects.exists()
    act(request, "block", actor=cast.resident, volunteer=cast.second.pk)
    assert Block.objects.get().volunteer == cast.second


def test_several_verbs_are_performed_together_or_not_at_all(cast: Cast) -> None:
    request = cast.place()  # nobody had a part in it
    steps = [("report_concern", {"text": "他要收钱"}), ("block", {})]
    with pytest.raises(ValidationFailed):
        act_together(request, *steps, actor=cast.resident)
    assert not Concern.objects.exists()
    assert ServiceRequest.objects.get(pk=request.pk).version == request.version


def test_a_stale_version_is_refused_and_nothing_changes(cast: Cast) -> None:
    request = cast.place()
    with pytest.raises(Conflict) as refusal:
        act(request, "cancel", actor=cast.resident, expected_version=7)
    assert refusal.value.code == "version_conflict"
    request.refresh_from_db()
    assert (request.state, request.version) == ("submitted", 1)


def test_nobody_answers_for_themselves_by_a_call_back(cast: Cast) -> None:
    Membership.objects.create(
        user=cast.resident, role=Role.DISPATCHER, area=cast.district, valid_from=LONG_AGO
    )
    request = cast.completed()
    with pytest.raises(NotAllowed):
        act(request, "call_back", actor=cast.resident, solved="yes", stars=5)


def test_whoever_confirmed_a_proposed_start_has_dispatched_and_does_not_call_back(cast: Cast) -> None:
    start = clock.now() + timedelta(hours=5)
    request = cast.place(preferred_start=None, preferred_end=None)
    act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    act(request, "accept", actor=cast.volunteer.user, agreed_start=start)
    act(request, "amend", actor=cast.colleague, agreed_start=start)
    act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    act(request, "complete", actor=cast.volunteer.user)
    with pytest.raises(NotAllowed):
        act(request, "call_back", actor=cast.colleague, solved="yes")


def test_a_rating_confirms_the_minutes_of_who_was_released_on_the_way_too(cast: Cast) -> None:
    request = cast.in_service(cast.volunteer, cast.second)
    line = Assignment.objects.get(volunteer=cast.second)
    act(request, "reassign", actor=cast.dispatcher, assignments=[line.pk])
    act(request, "complete", actor=cast.volunteer.user)
    act(request, "rate", actor=cast.resident, solved="yes", stars=5)
    assert RecordConfirmation.objects.count() == 2


def test_a_fourth_round_is_a_conflict(cast: Cast) -> None:
    request = cast.completed()
    for _round in (2, 3):
        request = act(request, "rate", actor=cast.resident, solved="no", stars=3)
        act(
            request,
            "offer",
            actor=cast.dispatcher,
            volunteers=[cast.volunteer.pk],
            agreed_start=clock.now() + timedelta(hours=1),
        )
        act(request, "accept", actor=cast.volunteer.user)
        act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
        request = act(request, "complete", actor=cast.volunteer.user)
    request = act(request, "rate", actor=cast.resident, solved="partly", stars=3)
    assert (request.state, request.rounds_counted) == ("closed", 3)
    for who in (cast.resident, cast.dispatcher):
        with pytest.raises(Conflict):
            act(request, "reopen", actor=who)
    assert ServiceRecord.objects.count() == RecordConfirmation.objects.count() == 3


def test_who_left_a_phone_before_having_an_account_answers_once_they_have_one(cast: Cast) -> None:
    phone = "+8613800000078"
    request = cast.completed(
        actor=cast.proxy, beneficiary_name="何奶奶", beneficiary_phone=phone, on_behalf_reason="来电"
    )
    assert request.beneficiary_id is None
    with pytest.raises(NotAllowed):
        act(request, "rate", actor=cast.neighbour, solved="yes", stars=5)
    assert act(request, "rate", actor=cast.person("何奶奶", phone), solved="yes", stars=5).state == "closed"


def test_who_served_an_earlier_round_can_still_report_and_block(cast: Cast) -> None:
    request = act(cast.completed(), "rate", actor=cast.resident, solved="no", stars=1)
    act(request, "report_concern", actor=cast.volunteer.user, text="被辱骂")
    act(request, "block", actor=cast.volunteer.user)
    assert Block.objects.get().volunteer == cast.volunteer
    with pytest.raises(NotAllowed):
        act(request, "report_concern", actor=cast.second.user, text="与我无关")
