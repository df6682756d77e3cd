"""Asking people: offers, the pool, slots, accepting and declining."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from civic.cases import timers
from civic.cases.models import Timer
from civic.lib import clock
from civic.lib.errors import (
    AlreadyTaken,
    IllegalTransition,
    NotAllowed,
    Overlap,
    ValidationFailed,
    VersionConflict,
)
from civic.notify import templates
from civic.notify.models import Message
from requests_app.actions import act
from requests_app.models import Assignment, Offer
from tests.cast import Cast
from volunteers.models import Commitment, Volunteer

pytestmark = pytest.mark.django_db


def offers_of(request, **which):
    return Offer.objects.filter(request=request, **which)


def test_second_volunteer_gets_already_taken(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second)
    act(request, "accept", actor=cast.volunteer.user)
    with pytest.raises(AlreadyTaken):
        act(request, "accept", actor=cast.second.user)


def test_a_full_request_withdraws_the_remaining_offers_and_tells_once(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second)
    act(request, "accept", actor=cast.volunteer.user)
    assert offers_of(request, volunteer=cast.second).get().state == "withdrawn"
    told = Message.objects.filter(user=cast.second.user, event="offer.withdrawn", channel="sms")
    assert told.count() == 1


def test_a_request_for_two_stays_offered_until_both_have_come(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second, headcount=2)
    assert act(request, "accept", actor=cast.volunteer.user).state == "offered"
    assert act(request, "accept", actor=cast.second.user).state == "accepted"
    assert sorted(Assignment.objects.values_list("slot", flat=True)) == [1, 2]


def test_declining_the_last_offer_leaves_the_request_to_be_dispatched_again(cast: Cast) -> None:
    request = act(cast.offered(), "decline_offer", actor=cast.volunteer.user, reason_code="far")
    assert request.state == "submitted"
    assert offers_of(request).get().reason_code == "far"
    assert Message.objects.filter(user=cast.dispatcher, event="desk.declined").count() == 1
    assert (
        Timer.objects.filter(
            kind="request", case_id=request.pk, name="half_time", part_id=2, voided_at=None
        ).count()
        == 1
    )


def test_somebody_who_was_not_asked_cannot_accept(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        act(cast.offered(), "accept", actor=cast.second.user)


def test_the_same_person_is_not_asked_twice_at_a_time(cast: Cast) -> None:
    request = cast.offered()
    with pytest.raises(AlreadyTaken):
        act(request, "offer", actor=cast.colleague, volunteers=[cast.volunteer.pk])


def test_the_requester_is_never_asked(cast: Cast) -> None:
    request = cast.place(cast.volunteer.user)
    with pytest.raises(ValidationFailed) as refusal:
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    assert "volunteers" in refusal.value.errors


def test_the_contact_phone_is_never_asked(cast: Cast) -> None:
    request = cast.place(contact_phone=cast.volunteer.user.phone)
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])


def test_an_uninsured_volunteer_is_not_asked_where_the_category_asks_for_insurance(cast: Cast) -> None:
    cast.volunteer.insured_until = None
    cast.volunteer.save(update_fields=["insured_until"])
    request = cast.place(category="repair")
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])


def test_a_volunteer_of_another_district_is_not_asked(cast: Cast) -> None:
    with pytest.raises(ValidationFailed):
        act(cast.place(), "offer", actor=cast.dispatcher, volunteers=[cast.far_volunteer.pk])


def test_numbers_do_not_tell_who_volunteers_in_another_district(cast: Cast) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        act(cast.place(), "offer", actor=cast.dispatcher, volunteers=[cast.far_volunteer.pk])
    assert cast.far_volunteer.user.name not in str(refusal.value.errors)
    assert str(cast.far_volunteer.pk) in str(refusal.value.errors)


@pytest.mark.parametrize("volunteers", [[], list(range(1, 52)), [999999]])
def test_an_offer_names_one_to_fifty_known_volunteers(cast: Cast, volunteers: list[int]) -> None:
    with pytest.raises(ValidationFailed):
        act(cast.place(), "offer", actor=cast.dispatcher, volunteers=volunteers)


def test_an_offer_needs_a_start_in_the_future(cast: Cast) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        act(
            cast.place(),
            "offer",
            actor=cast.dispatcher,
            volunteers=[cast.volunteer.pk],
            agreed_start=clock.now() - timedelta(minutes=1),
        )
    assert "agreed_start" in refusal.value.errors


def test_an_offer_runs_out_after_two_hours_of_waking_time(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T12:30:00+00:00", tick=False):  # 20:30 in Shanghai
        request = cast.offered()
        # 90 minutes until 22:00, the other 30 from 07:00 the next morning
        assert offers_of(request).get().expires_at.isoformat() == "2026-03-02T23:30:00+00:00"


def test_an_urgent_offer_runs_out_after_fifteen_minutes_even_at_night(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T15:00:00+00:00", tick=False):  # 23:00 in Shanghai
        request = cast.offered(urgency="urgent")
        assert offers_of(request).get().expires_at.isoformat() == "2026-03-02T15:15:00+00:00"


def test_an_offer_never_outlives_the_agreed_start(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False):
        soon = clock.now() + timedelta(minutes=40)
        request = cast.offered(preferred_start=soon, preferred_end=soon + timedelta(hours=1))
        assert offers_of(request).get().expires_at == soon


def test_an_expired_offer_goes_back_to_dispatch_and_is_told(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as time:
        request = cast.offered()
        time.shift(timedelta(hours=2))
        assert timers.sweep() >= 1
        request.refresh_from_db()
        assert request.state == "submitted"
        assert offers_of(request).get().state == "expired"
        assert Message.objects.filter(user=cast.dispatcher, event="desk.nobody").count() == 1
        with pytest.raises(IllegalTransition):
            act(request, "accept", actor=cast.volunteer.user)
        assert timers.sweep() == 0


def test_an_offer_that_expires_while_somebody_accepted_leaves_the_request_offered(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as time:
        request = cast.offered(cast.volunteer, cast.second, headcount=2)
        act(request, "accept", actor=cast.volunteer.user)
        time.shift(timedelta(hours=2))
        timers.sweep()
        request.refresh_from_db()
        assert request.state == "offered"
        request = act(request, "close_staffing", actor=cast.dispatcher)
        assert (request.state, request.needed) == ("accepted", 1)


def test_staffing_is_not_closed_without_anybody(cast: Cast) -> None:
    with pytest.raises(ValidationFailed):
        act(cast.offered(), "close_staffing", actor=cast.dispatcher)


def test_the_pool_is_open_to_the_district_and_the_first_wins(cast: Cast) -> None:
    request = act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    assert request.state == "offered"
    request = act(request, "accept", actor=cast.second.user, agreed_start=request.preferred_start)
    assert request.state == "accepted"
    assert offers_of(request).get().via == "pool"
    with pytest.raises(AlreadyTaken):
        act(request, "accept", actor=cast.volunteer.user, agreed_start=request.preferred_start)
    with pytest.raises(NotAllowed):
        act(request, "accept", actor=cast.far_volunteer.user)


def test_the_pool_closes_at_its_time(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as time:
        request = act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
        time.shift(timedelta(days=1, hours=3))
        timers.sweep()
        request.refresh_from_db()
        assert request.state == "submitted"
        assert request.pools.get().state == "closed"


def test_the_first_to_accept_an_open_start_proposes_and_staff_confirm(cast: Cast) -> None:
    request = cast.place(preferred_start=None, preferred_end=None)
    request = act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    with pytest.raises(ValidationFailed):
        act(request, "accept", actor=cast.volunteer.user)
    start = clock.now() + timedelta(days=2)
    request = act(request, "accept", actor=cast.volunteer.user, agreed_start=start, expected_minutes=30)
    assert (request.agreed_start, request.start_proposed) == (start, True)
    request = act(request, "amend", actor=cast.dispatcher, agreed_start=start)
    assert request.start_proposed is False
    assert Assignment.objects.get().confirm_by is None


def test_two_promises_at_the_same_time_are_refused(cast: Cast) -> None:
    first = cast.accepted()
    second = cast.place()
    with pytest.raises(ValidationFailed):  # busy then: not even asked
        act(
            second,
            "offer",
            actor=cast.dispatcher,
            volunteers=[cast.volunteer.pk],
            agreed_start=first.agreed_start,
        )
    pool = act(second, "offer", actor=cast.dispatcher, pool=True, agreed_start=first.agreed_start)
    with pytest.raises(Overlap):
        act(pool, "accept", actor=cast.volunteer.user)
    assert Assignment.objects.filter(request=second).count() == 0
    assert Commitment.objects.filter(active=True).count() == 1


def test_acceptance_on_old_terms_is_a_version_conflict(cast: Cast) -> None:
    request = cast.offered()
    old = offers_of(request).get()
    act(request, "amend", actor=cast.dispatcher, agreed_start=request.agreed_start + timedelta(hours=1))
    with pytest.raises(VersionConflict):
        act(request, "accept", actor=cast.volunteer.user, offer=old.pk)
    fresh = offers_of(request, state="open").get()
    assert act(request, "accept", actor=cast.volunteer.user, offer=fresh.pk).state == "accepted"


def test_withdrawing_every_offer_goes_back_to_dispatch(cast: Cast) -> None:
    request = act(cast.offered(cast.volunteer, cast.second), "withdraw_offer", actor=cast.dispatcher)
    assert request.state == "submitted"
    with pytest.raises(IllegalTransition):
        act(request, "withdraw_offer", actor=cast.dispatcher)


def test_one_of_two_offers_can_be_withdrawn(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second)
    mine = offers_of(request, volunteer=cast.volunteer).get()
    request = act(request, "withdraw_offer", actor=cast.dispatcher, offers=[mine.pk])
    assert request.state == "offered"
    assert offers_of(request, state="open").get().volunteer_id == cast.second.pk


def test_a_dispatch_keeps_the_rank_and_its_parts(cast: Cast) -> None:
    made = offers_of(cast.offered()).get()
    assert 1 <= made.reasons["rank"] <= made.reasons["of"] == 3


def test_other_terms_for_the_next_are_put_to_those_already_asked(cast: Cast) -> None:
    request = cast.offered()
    old = offers_of(request).get()
    later = request.agreed_start + timedelta(hours=3)
    request = act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk], agreed_start=later)
    assert offers_of(request, state="open").count() == 2
    assert set(offers_of(request, state="open").values_list("terms", flat=True)) == {request.terms}
    with pytest.raises(VersionConflict):
        act(request, "accept", actor=cast.volunteer.user, offer=old.pk)


def test_the_pool_follows_the_request_to_its_new_time_and_place(cast: Cast) -> None:
    request = act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    sooner = clock.now() + timedelta(hours=2)
    request = act(request, "amend", actor=cast.resident, preferred_start=sooner, area=cast.other_district.pk)
    pool = request.pools.get(state="open")
    assert pool.district_id == cast.other_district.pk
    request = act(request, "amend", actor=cast.outsider, agreed_start=sooner)
    assert request.pools.get(state="open").closes_at == sooner
    assert request.pools.count() == 3
    with pytest.raises(AlreadyTaken):
        act(request, "accept", actor=cast.volunteer.user)
    assert act(request, "accept", actor=cast.far_volunteer.user).state == "accepted"


def test_who_answers_a_proposal_with_another_time_is_not_bound_to_it(cast: Cast) -> None:
    request = cast.place(preferred_start=None, preferred_end=None, headcount=2)
    act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk, cast.second.pk])
    start = clock.now() + timedelta(days=1)
    act(request, "accept", actor=cast.volunteer.user, agreed_start=start)
    with pytest.raises(VersionConflict):
        act(request, "accept", actor=cast.second.user, agreed_start=start + timedelta(hours=1))
    assert act(request, "accept", actor=cast.second.user, agreed_start=start).state == "accepted"


@pytest.mark.parametrize("verb", ["give_up", "decline_offer"])
def test_who_said_no_does_not_come_back_through_the_pool(cast: Cast, verb: str) -> None:
    request = act(cast.accepted() if verb == "give_up" else cast.offered(), verb, actor=cast.volunteer.user)
    request = act(request, "offer", actor=cast.dispatcher, pool=True)
    with pytest.raises((NotAllowed, IllegalTransition)):
        act(request, "accept", actor=cast.volunteer.user, agreed_start=request.agreed_start)
    assert (
        act(request, "accept", actor=cast.second.user, agreed_start=request.agreed_start).state == "accepted"
    )


def test_insurance_covers_the_local_day_of_the_start_agreed_on(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False):
        Volunteer.objects.update(insured_until=date(2026, 3, 3))
        request = cast.place(category="repair", preferred_start=None, preferred_end=None)
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
        early = datetime(2026, 3, 3, 16, 30, tzinfo=UTC)  # 00:30 on the 4th in Shanghai
        with pytest.raises(NotAllowed):
            act(request, "accept", actor=cast.volunteer.user, agreed_start=early)
        act(request, "accept", actor=cast.volunteer.user, agreed_start=early - timedelta(hours=1))
        with pytest.raises(ValidationFailed):
            act(
                cast.place(category="repair"),
                "offer",
                actor=cast.dispatcher,
                volunteers=[cast.second.pk],
                agreed_start=early,
            )


def test_whoever_said_not_this_time_is_not_asked_again_in_this_round(cast: Cast) -> None:
    request = act(cast.offered(), "decline_offer", actor=cast.volunteer.user)
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])


def test_a_proxy_never_serves_what_they_placed(cast: Cast) -> None:
    request = cast.place(
        actor=cast.second.user, beneficiary_name="李奶奶", beneficiary_phone="+8613800000077",
        on_behalf_reason="邻居",
    )  # fmt: skip
    with pytest.raises(ValidationFailed):
        act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    pool = act(request, "offer", actor=cast.dispatcher, pool=True)
    with pytest.raises(NotAllowed):
        act(pool, "accept", actor=cast.second.user, agreed_start=request.preferred_start)


def test_a_no_show_after_staffing_was_closed_is_dispatched_again_and_may_be_closed_again(cast: Cast) -> None:
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as time:
        request = cast.offered(cast.volunteer, cast.second, cast.third, headcount=3)
        for each in (cast.volunteer, cast.second):
            act(request, "accept", actor=each.user)
        request = act(request, "close_staffing", actor=cast.dispatcher)
        assert (request.state, request.needed) == ("accepted", 2)
        time.shift(timedelta(days=1, minutes=30))
        line = Assignment.objects.get(volunteer=cast.volunteer)
        request = act(request, "report_no_show", actor=cast.dispatcher, assignment=line.pk)
        assert request.state == "offered"
        assert act(request, "close_staffing", actor=cast.dispatcher).state == "accepted"
        request = act(request, "report_no_show", actor=cast.dispatcher)
        assert request.state == "submitted"


def test_a_suggested_summary_is_read_in_the_readers_language_whoever_sent_it(cast: Cast) -> None:
    category = cast.place().category
    request = act(
        cast.place(),
        "offer",
        actor=cast.dispatcher,
        volunteers=[cast.volunteer.pk],
        public_summary=category.summary_en,
    )
    assert request.public_summary == category.summary
    with translation.override("en"):
        assert category.told(request.public_summary) == category.summary_en
    with translation.override("zh-hans"):
        assert category.told(request.public_summary) == category.summary
        assert category.told("带上老花镜") == "带上老花镜"


def test_a_summary_that_ends_a_sentence_ends_it_once_in_messages(cast: Cast) -> None:
    request = cast.place()
    act(
        request,
        "offer",
        actor=cast.dispatcher,
        volunteers=[cast.volunteer.pk],
        public_summary="家里有小狗，很乖。",
    )
    told = Message.objects.filter(template="offer.made").values_list("params", flat=True)
    assert [each["summary"] for each in told] == [dict.fromkeys(("zh", "en"), "家里有小狗，很乖")] * 2


def test_a_message_tells_a_suggested_summary_in_the_readers_language(cast: Cast) -> None:
    category = cast.offered().category
    message = Message.objects.filter(template="offer.made").latest("pk")
    assert templates.render(message, "en").body.startswith(f"{category.summary_en}. ")
    assert templates.render(message, "zh-hans").body.startswith(f"{category.summary}。")
