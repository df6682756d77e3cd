"""Coming and going: amended terms, check-in, completion, giving up, not coming."""

from datetime import timedelta

import pytest
import time_machine

from civic.accounts.enums import Role
from civic.accounts.models import Membership, User
from civic.cases import timers
from civic.cases.models import CaseText
from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotAllowed, Overlap, ValidationFailed
from civic.notify.models import Message
from requests_app.access import Sight, sight
from requests_app.actions import act, open_contact
from requests_app.models import Assignment
from tests.cast import LONG_AGO, SOUTH, WEST, Cast
from volunteers.actions import decide
from volunteers.models import Commitment, ServiceRecord

pytestmark = pytest.mark.django_db

MORNING = "2026-03-02T02:00:00+00:00"


def test_a_changed_time_asks_everybody_to_confirm(cast: Cast) -> None:
    request = cast.accepted()
    later = request.agreed_start + timedelta(hours=3)
    request = act(request, "amend", actor=cast.resident, preferred_start=later, preferred_end=None)
    line = Assignment.objects.get()
    assert (request.state, request.agreed_start) == ("accepted", later)
    assert line.confirm_by is not None
    assert Commitment.objects.get(active=True).during.lower == later - timedelta(hours=3)
    act(request, "confirm", actor=cast.volunteer.user)
    line.refresh_from_db()
    assert (line.confirm_by, line.agreed_start) == (None, later)
    assert Commitment.objects.get(active=True).during.lower == later


def test_a_change_nobody_confirms_releases_the_person(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.accepted()
        act(request, "amend", actor=cast.dispatcher, agreed_start=request.agreed_start + timedelta(hours=3))
        time.shift(timedelta(hours=2))
        timers.sweep()
        request.refresh_from_db()
        assert request.state == "submitted"
        assert Assignment.objects.get().state == "released"
        assert not Commitment.objects.filter(active=True).exists()
        assert Message.objects.filter(user=cast.dispatcher, event="desk.unconfirmed").count() == 1


def test_confirming_a_time_that_is_promised_elsewhere_is_refused(cast: Cast) -> None:
    request = cast.accepted()
    other = cast.accepted(
        preferred_start=request.agreed_start + timedelta(hours=5), preferred_end=None, title="另一件"
    )
    act(request, "amend", actor=cast.dispatcher, agreed_start=other.agreed_start)
    with pytest.raises(Overlap):
        act(request, "confirm", actor=cast.volunteer.user)


def test_headcount_never_falls_below_those_who_accepted(cast: Cast) -> None:
    request = cast.accepted(cast.volunteer, cast.second)
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "amend", actor=cast.dispatcher, headcount=1)
    assert "headcount" in refusal.value.errors


def test_old_words_are_kept_apart_from_history(cast: Cast) -> None:
    request = cast.place(text="旧的说明")
    act(request, "amend", actor=cast.resident, text="新的说明")
    kept = CaseText.objects.get(kind="request", case_id=request.pk)
    assert (kept.name, kept.body) == ("old_text", "旧的说明")


def test_an_amendment_that_changes_nothing_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationFailed):
        act(cast.place(), "amend", actor=cast.resident, title="帮忙取药")


def test_check_in_near_the_place_needs_no_reason(cast: Cast) -> None:
    request = cast.accepted()
    act(request, "check_in", actor=cast.volunteer.user, lat=SOUTH + 0.005, lon=WEST + 0.006)
    line = Assignment.objects.get()
    assert (line.state, line.check_in_by) == ("in_service", "place")
    assert 80 < line.check_in_distance_m < 110


@pytest.mark.parametrize("facts", [{}, {"lat": SOUTH + 0.015, "lon": WEST + 0.005}])
def test_check_in_far_away_or_without_position_asks_why(cast: Cast, facts: dict[str, float]) -> None:
    request = cast.accepted()
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "check_in", actor=cast.volunteer.user, **facts)
    assert "code" in refusal.value.errors
    request = act(request, "check_in", actor=cast.volunteer.user, reason="手机没有定位", **facts)
    assert request.state == "in_service"


def test_a_wrong_code_of_the_resident_is_refused(cast: Cast) -> None:
    request = cast.accepted()
    wrong = "000000" if request.check_in_code != "000000" else "000001"
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "check_in", actor=cast.volunteer.user, code=wrong)
    assert "code" in refusal.value.errors


def test_minutes_are_at_most_those_since_check_in_rounded_up(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.in_service()
        time.shift(timedelta(minutes=30, seconds=1))
        with pytest.raises(ValidationFailed) as refusal:
            act(request, "complete", actor=cast.volunteer.user, minutes=32)
        assert "minutes" in refusal.value.errors
        act(request, "complete", actor=cast.volunteer.user, minutes=31, note="药已送到")
    record = ServiceRecord.objects.get()
    assert record.minutes == 31
    assert not hasattr(record, "confirmation")


def test_a_request_with_two_helpers_is_completed_when_both_are_done(cast: Cast) -> None:
    request = cast.in_service(cast.volunteer, cast.second)
    assert act(request, "complete", actor=cast.volunteer.user).state == "in_service"
    assert act(request, "complete", actor=cast.second.user).state == "completed"


def test_giving_up_before_the_start_reopens_the_slot_and_counts_the_notice(cast: Cast) -> None:
    request = act(cast.accepted(), "give_up", actor=cast.volunteer.user, reason_code="ill")
    assert request.state == "submitted"
    line = Assignment.objects.get()
    assert (line.state, line.end_reason) == ("given_up", "ill")
    assert 1430 <= line.notice_minutes <= 1440
    assert Message.objects.filter(user=cast.dispatcher, event="desk.gave_up").count() == 1
    assert Message.objects.filter(user=cast.resident, event="request.looking_again").count() == 2


def test_giving_up_in_service_keeps_the_minutes_as_a_pending_record(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.in_service(cast.volunteer, cast.second)
        time.shift(timedelta(minutes=20))
        act(request, "complete", actor=cast.second.user)
        request = act(request, "give_up", actor=cast.volunteer.user, reason_code="family")
    assert request.state == "completed"
    assert sorted(ServiceRecord.objects.values_list("minutes", flat=True)) == [20, 20]
    assert Message.objects.filter(user=cast.dispatcher, event="desk.completed").count() == 1


def test_while_others_serve_the_slot_can_be_offered_again(cast: Cast) -> None:
    request = cast.in_service(cast.volunteer, cast.second)
    request = act(request, "give_up", actor=cast.volunteer.user)
    assert request.state == "in_service"
    act(request, "offer", actor=cast.dispatcher, volunteers=[cast.third.pk])
    request = act(request, "accept", actor=cast.third.user)
    assert request.state == "in_service"
    request = act(request, "complete", actor=cast.second.user)
    assert request.state == "in_service"


def test_a_no_show_is_reported_half_an_hour_after_the_start_at_the_earliest(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.accepted()
        time.shift(timedelta(days=1, minutes=29))
        with pytest.raises(ValidationFailed):
            act(request, "report_no_show", actor=cast.resident)
        time.shift(timedelta(minutes=1))
        request = act(request, "report_no_show", actor=cast.resident)
        assert request.state == "submitted"
        line = Assignment.objects.get()
        assert line.state == "no_show"
        act(request, "excuse", actor=cast.dispatcher, assignment=line.pk)
        line.refresh_from_db()
        assert line.excused is True
        with pytest.raises(IllegalTransition):
            act(request, "excuse", actor=cast.dispatcher, assignment=line.pk)


def test_reassigning_releases_and_tells_the_person(cast: Cast) -> None:
    request = cast.accepted()
    request = act(request, "reassign", actor=cast.dispatcher, assignments=[Assignment.objects.get().pk])
    assert request.state == "submitted"
    assert (
        Message.objects.filter(user=cast.volunteer.user, event="task.released", channel="in_app").count() == 1
    )


def test_a_volunteer_alone_may_abort_into_another_round_that_does_not_count(cast: Cast) -> None:
    request = cast.in_service()
    request = act(request, "abort", actor=cast.volunteer.user, reason="老人临时住院", outcome="again")
    assert (request.state, request.round, request.rounds_counted) == ("submitted", 2, 1)
    assert Assignment.objects.get().state == "released"
    assert ServiceRecord.objects.count() == 1


def test_a_volunteer_among_others_gives_up_instead_of_aborting(cast: Cast) -> None:
    request = cast.in_service(cast.volunteer, cast.second)
    with pytest.raises(NotAllowed):
        act(request, "abort", actor=cast.volunteer.user, reason="不行了")
    assert (
        act(request, "abort", actor=cast.dispatcher, reason="停水了", outcome="cancel").state == "cancelled"
    )


def test_reminders_ring_once_and_at_night_the_evening_before(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as time:  # Monday 10:00
        start = clock.now() + timedelta(hours=22, minutes=30)  # Tuesday 08:30, two hours before is 06:30
        cast.accepted(preferred_start=start, preferred_end=None)
        soon = Message.objects.filter(user=cast.volunteer.user, event="task.soon", channel="sms")
        time.move_to("2026-03-02T11:59:00+00:00")  # 19:59
        timers.sweep()
        assert soon.count() == 0
        time.move_to("2026-03-02T12:00:00+00:00")  # 20:00
        timers.sweep()
        timers.sweep()
        assert soon.count() == 1
        time.move_to("2026-03-03T01:00:00+00:00")  # half an hour after the start
        timers.sweep()
        late = Message.objects.filter(event="task.check_in", channel="sms")
        assert late.count() == 1
        assert Message.objects.filter(user=cast.dispatcher, event="desk.not_checked_in").count() == 1
        assert soon.count() == 1


def test_a_service_that_runs_long_is_reminded_of(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        cast.in_service()
        time.shift(timedelta(days=1, hours=2, minutes=45))
        timers.sweep()
        assert Message.objects.filter(event="task.complete", channel="in_app").count() == 1
        assert Message.objects.filter(user=cast.dispatcher, event="desk.long_service").count() == 1


def test_a_check_out_that_was_forgotten_earns_a_day_at_most(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.in_service(cast.volunteer, cast.second)
        time.shift(timedelta(days=40))  # more minutes than the column holds
        with pytest.raises(ValidationFailed):
            act(request, "complete", actor=cast.volunteer.user, minutes=24 * 60 + 1)
        act(request, "complete", actor=cast.volunteer.user)
        act(request, "give_up", actor=cast.second.user)
    assert list(ServiceRecord.objects.values_list("minutes", flat=True)) == [24 * 60, 24 * 60]


def test_a_dispatcher_does_not_excuse_their_own_absence(cast: Cast) -> None:
    Membership.objects.create(
        user=cast.volunteer.user, role=Role.DISPATCHER, area=cast.district, valid_from=LONG_AGO
    )
    request = act(cast.accepted(), "give_up", actor=cast.volunteer.user)
    with pytest.raises(NotAllowed):
        act(request, "excuse", actor=cast.volunteer.user)
    act(request, "excuse", actor=cast.dispatcher)
    assert Assignment.objects.get().excused is True


def test_a_slot_beside_somebody_who_serves_is_offered_with_a_start_of_its_own(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.accepted(cast.volunteer, cast.second)
        time.shift(timedelta(days=1, minutes=5))  # the agreed start has passed, as it does when people serve
        act(request, "check_in", actor=cast.second.user, code=request.check_in_code)
        start = clock.now() + timedelta(hours=1)
        asked = {"volunteers": [cast.third.pk], "agreed_start": start}
        act(request, "give_up", actor=cast.volunteer.user)
        with pytest.raises(ValidationFailed):
            act(request, "offer", actor=cast.dispatcher, volunteers=[cast.third.pk])
        act(request, "offer", actor=cast.dispatcher, **asked)
        request = act(request, "accept", actor=cast.third.user)
    lines = dict(Assignment.objects.values_list("volunteer_id", "agreed_start"))
    assert (request.state, lines[cast.third.pk]) == ("in_service", start)
    assert lines[cast.second.pk] == start - timedelta(hours=1, minutes=5)


def test_nobody_loses_a_task_by_sleeping_through_a_change(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T14:30:00+00:00", tick=False) as time:  # 22:30 in Shanghai
        request = cast.accepted()
        request = act(
            request, "amend", actor=cast.resident, preferred_start=request.agreed_start + timedelta(hours=3)
        )
        assert Assignment.objects.get().confirm_by.isoformat() == "2026-03-03T01:00:00+00:00"  # 09:00
        time.shift(timedelta(hours=10))
        act(request, "confirm", actor=cast.volunteer.user)


def test_who_was_asked_to_come_later_is_no_no_show_at_the_old_time(cast: Cast) -> None:
    with time_machine.travel(MORNING, tick=False) as time:
        request = cast.accepted()
        time.shift(timedelta(hours=23))
        later = request.agreed_start + timedelta(hours=4)
        act(request, "amend", actor=cast.dispatcher, agreed_start=later)
        time.shift(timedelta(hours=1, minutes=31))
        timers.sweep()
        assert not Message.objects.filter(event="task.check_in").exists()
        with pytest.raises(ValidationFailed):
            act(request, "report_no_show", actor=cast.resident)


def test_a_new_time_is_confirmed_by_the_insured_only(cast: Cast) -> None:
    request = cast.accepted(category="repair")
    past_insurance = clock.now() + timedelta(days=300)
    cast.volunteer.insured_until = (clock.now() + timedelta(days=30)).date()
    cast.volunteer.save(update_fields=["insured_until"])
    act(request, "amend", actor=cast.dispatcher, agreed_start=past_insurance)
    with pytest.raises(NotAllowed):
        act(request, "confirm", actor=cast.volunteer.user)


def test_a_proposal_leaves_with_who_made_it(cast: Cast) -> None:
    request = cast.place(preferred_start=None, preferred_end=None)
    act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    act(request, "accept", actor=cast.volunteer.user, agreed_start=clock.now() + timedelta(days=1))
    request = act(request, "give_up", actor=cast.volunteer.user)
    assert (request.agreed_start, request.start_proposed) == (None, False)


def test_a_check_in_leaves_no_start_to_be_confirmed(cast: Cast) -> None:
    request = cast.place(preferred_start=None, preferred_end=None)
    act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    act(request, "accept", actor=cast.volunteer.user, agreed_start=clock.now() + timedelta(hours=1))
    request = act(request, "check_in", actor=cast.volunteer.user, code=request.check_in_code)
    assert request.start_proposed is False


def test_a_suspended_volunteer_neither_sees_the_door_nor_checks_in(cast: Cast) -> None:
    request = cast.accepted()
    assert sight(request, cast.volunteer.user) == Sight.TASK
    decide(cast.volunteer, "suspend", actor=cast.colleague, reason="有投诉")
    someone = User.objects.get(pk=cast.volunteer.user_id)
    assert sight(request, someone) == Sight.SUMMARY
    with pytest.raises(NotAllowed):
        open_contact(request, actor=someone)
    with pytest.raises(NotAllowed):
        act(request, "check_in", actor=someone, code=request.check_in_code)
    act(request, "give_up", actor=someone)
