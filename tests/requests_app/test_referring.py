"""What is not volunteer work: referred to a unit, recalled, returned, answered; who sees what of it."""

import pytest
import time_machine

from civic.accounts.models import AccessLog
from civic.areas.models import Area
from civic.cases import timers
from civic.cases.models import CaseEvent, CaseText, Timer
from civic.lib import clock
from civic.lib.errors import Conflict, IllegalTransition, NotAllowed, NotFound, ValidationFailed
from civic.notify.models import Message
from requests_app import access
from requests_app.access import Sight
from requests_app.actions import act, unmask_phone
from requests_app.actions.units import remove_member
from requests_app.models import AnswerClass, Referral, ServiceRequest, Unit, UnitMember
from tests.cast import Cast
from tests.units import Units

pytestmark = pytest.mark.django_db

MONDAY = "2026-03-02T02:00:00+00:00"  # 10:00 in Shanghai


@pytest.fixture
def units(cast: Cast) -> Units:
    return Units(cast)


def told(template: str) -> set[int | None]:
    """Returns the users who were told by `template` in the app."""
    found = Message.objects.filter(template=template, channel="in_app")
    return set(found.values_list("user_id", flat=True))


def test_referring_names_unit_and_limit_and_tells_everybody(cast: Cast, units: Units) -> None:
    request = units.referred(assisting=[units.helpers.pk])
    referral = Referral.objects.get()
    assert request.state == "referred"
    assert (referral.unit, referral.assisting) == (units.bureau, [units.helpers.pk])
    assert request.act_by == referral.due_at
    assert told("unit.referred") == {units.officer.pk, units.assistant.pk}
    assert told("request.referred") == {cast.resident.pk}
    assert CaseText.objects.get(name="note").body == "路灯不亮，请查看线路。"


@pytest.mark.parametrize(
    ("code", "due"),
    [
        ("2h", "2026-03-02T04:00:00+00:00"),
        ("24h", "2026-03-03T02:00:00+00:00"),
        ("7d", "2026-03-11T02:00:00+00:00"),
        ("15d", "2026-03-23T02:00:00+00:00"),
    ],
)
def test_the_answer_class_sets_the_limit(cast: Cast, units: Units, code: str, due: str) -> None:
    with time_machine.travel(MONDAY, tick=False):
        units.referred(answer_class=code)
    assert Referral.objects.get().due_at.isoformat() == due


def test_a_limit_that_the_district_changed_holds_for_the_next_referral(cast: Cast, units: Units) -> None:
    AnswerClass.objects.filter(code="2h").update(amount=3)
    with time_machine.travel(MONDAY, tick=False):
        units.referred(answer_class="2h")
    assert Referral.objects.get().due_at.isoformat() == "2026-03-02T05:00:00+00:00"


@pytest.mark.parametrize(
    "facts",
    [
        {"unit": 999_999},
        {"answer_class": "9d"},
        {"assisting": [999_999]},
        {"note": ""},
    ],
)
def test_referring_needs_a_unit_of_the_area_a_class_and_words(
    cast: Cast, units: Units, facts: dict[str, object]
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        units.referred(**facts)
    assert list(refused.value.errors) == list(facts)


def test_a_unit_of_the_next_district_or_out_of_use_cannot_be_chosen(cast: Cast, units: Units) -> None:
    far = Unit.objects.create(name="外区局", area=cast.other_district)
    Unit.objects.filter(pk=units.helpers.pk).update(active=False)
    for unit in (far, units.helpers):
        with pytest.raises(ValidationFailed):
            units.referred(unit=unit.pk)


def test_only_the_dispatcher_of_the_area_refers(cast: Cast, units: Units) -> None:
    facts = {"unit": units.bureau.pk, "answer_class": "7d", "note": "x"}
    for nobody in (cast.resident, cast.outsider, cast.auditor, units.officer):
        with pytest.raises(NotAllowed):
            act(cast.place(), "refer", actor=nobody, **facts)


def test_what_volunteers_were_asked_about_is_not_referred(cast: Cast, units: Units) -> None:
    with pytest.raises(IllegalTransition):
        units.referred(cast.offered())


def test_recalled_it_waits_for_dispatch_again_and_the_unit_is_told(cast: Cast, units: Units) -> None:
    request = units.referred()
    with pytest.raises(ValidationFailed):
        act(request, "recall", actor=cast.dispatcher)
    request = act(request, "recall", actor=cast.dispatcher, reason="志愿者可以做")
    assert (request.state, Referral.objects.get().state) == ("submitted", "recalled")
    assert request.act_by == request.dispatch_due_at
    assert told("unit.recalled") == {units.officer.pk}
    running = Timer.objects.filter(kind="request", case_id=request.pk, fired_at=None, voided_at=None)
    assert set(running.values_list("name", flat=True)) == {"half_time"}
    units.referred(request)  # and can be referred once more


def test_the_second_return_goes_to_the_last_instance_which_cannot_return(cast: Cast, units: Units) -> None:
    request = units.referred()
    request = act(request, "return", actor=units.officer, reason="不归我局管")
    assert request.state == "submitted"
    assert told("desk.returned") == {cast.dispatcher.pk}
    request = units.referred(request, unit=units.helpers.pk)
    request = act(request, "return", actor=units.assistant, reason="也不归我们管")
    assert request.state == "referred"
    lies_with = Referral.objects.get(state="open")
    assert lies_with.unit == units.last
    assert request.act_by == lies_with.due_at
    assert units.last_officer.pk in told("unit.referred")
    assert CaseEvent.objects.filter(verb="return").order_by("seq").last().facts["bounces"] == 2  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="(?i)last instance|兜底"):
        act(request, "return", actor=units.last_officer, reason="再退")
    done = act(request, "unit_reply", actor=units.last_officer, text="已协调修复。", result="solved")
    assert done.state == "completed"


def test_without_a_last_instance_the_second_return_comes_to_the_desk_too(cast: Cast, units: Units) -> None:
    Unit.objects.filter(pk=units.last.pk).update(active=False)
    request = act(units.referred(), "return", actor=units.officer, reason="不归我局管")
    request = act(units.referred(request), "return", actor=units.officer, reason="还是不归")
    assert request.state == "submitted"


def test_returns_are_counted_anew_in_another_round(cast: Cast, units: Units) -> None:
    request = act(units.referred(), "return", actor=units.officer, reason="不归我局管")
    request = act(units.referred(request), "unit_reply", actor=units.officer, text="已修。", result="solved")
    request = act(request, "rate", actor=cast.resident, solved="no", stars=1)
    assert (request.state, request.round) == ("submitted", 2)
    request = act(units.referred(request), "return", actor=units.officer, reason="不归")
    assert request.state == "submitted"


def test_a_return_needs_a_reason_and_the_unit_that_has_it(cast: Cast, units: Units) -> None:
    request = units.referred(assisting=[units.helpers.pk])
    with pytest.raises(ValidationFailed):
        act(request, "return", actor=units.officer)
    for nobody in (units.assistant, units.last_officer, cast.dispatcher, cast.resident):
        with pytest.raises(NotAllowed):
            act(request, "return", actor=nobody, reason="x")


def test_the_answer_completes_it_and_the_resident_rates_as_ever(cast: Cast, units: Units) -> None:
    request = units.referred()
    request = act(request, "unit_reply", actor=units.officer, text="路灯已修复。", result="solved")
    assert request.state == "completed"
    assert told("request.answered") == {cast.resident.pk}
    assert not told("request.completed")
    assert (CaseText.objects.get(name="answer").body, Referral.objects.get().result) == (
        "路灯已修复。",
        "solved",
    )
    request = act(request, "rate", actor=cast.resident, solved="yes", stars=5)
    assert (request.state, request.outcome) == ("closed", "solved")


def test_who_answered_for_the_unit_does_not_call_back(cast: Cast, units: Units) -> None:
    request = act(units.referred(), "unit_reply", actor=units.officer, text="已修。", result="solved")
    with pytest.raises(NotAllowed):
        act(request, "call_back", actor=cast.dispatcher, solved="yes")  # who referred it
    assert act(request, "call_back", actor=cast.colleague, solved="yes").state == "closed"


def test_an_answer_needs_words_and_a_result(cast: Cast, units: Units) -> None:
    request = units.referred()
    for facts in ({"text": "已修。"}, {"result": "solved"}, {"text": "已修。", "result": "maybe"}):
        with pytest.raises(ValidationFailed):
            act(request, "unit_reply", actor=units.officer, **facts)


def test_a_referred_request_can_be_cancelled_and_the_unit_is_told(cast: Cast, units: Units) -> None:
    request = act(units.referred(), "cancel", actor=cast.resident, reason="自己修好了")
    assert (request.state, Referral.objects.get().state) == ("cancelled", "ended")
    assert told("unit.recalled") == {units.officer.pk}


def test_past_its_limit_unit_and_desk_are_told_once(cast: Cast, units: Units) -> None:
    with time_machine.travel(MONDAY, tick=False):
        request = units.referred(answer_class="2h")
    with time_machine.travel("2026-03-02T04:01:00+00:00", tick=False):
        timers.sweep()
        timers.sweep()
    assert told("unit.overdue") == {units.officer.pk}
    assert Message.objects.filter(template="desk.answer_overdue").count() == 1
    request.refresh_from_db()
    assert request.state == "referred"


def test_a_unit_sees_what_lies_with_it_and_nothing_else(cast: Cast, units: Units) -> None:
    request, other = units.referred(assisting=[units.helpers.pk]), cast.place()
    assert access.sight(request, units.officer) == Sight.UNIT
    assert access.sight(request, units.assistant) == Sight.UNIT
    for user, case in ((units.last_officer, request), (units.officer, other)):
        with pytest.raises(NotFound):
            access.find(user, pk=case.pk)
    assert list(access.visible_to(units.officer)) == [request]
    act(request, "recall", actor=cast.dispatcher, reason="志愿者可以做")
    with pytest.raises(NotFound):
        access.find(units.officer, pk=request.pk)


def test_a_unit_reads_the_phone_for_a_purpose_only_and_it_is_logged(cast: Cast, units: Units) -> None:
    request = units.referred()
    with pytest.raises(ValidationFailed):
        unmask_phone(request, actor=units.officer, purpose="")
    assert unmask_phone(request, actor=units.officer, purpose="contact").beneficiary_phone
    assert AccessLog.objects.get(user=units.officer).subject_id == request.pk


def test_who_no_longer_answers_for_the_unit_sees_nothing(cast: Cast, units: Units) -> None:
    request = units.referred()
    remove_member(UnitMember.objects.get(user=units.officer))
    assert access.sight(request, type(units.officer).objects.get(pk=units.officer.pk)) is None


def test_one_last_instance_an_area(cast: Cast, units: Units) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Unit.objects.create(name="又一个", area=Area.objects.get(pk=cast.district.pk), backstop=True)


def test_a_referred_request_keeps_its_state_while_time_passes(cast: Cast, units: Units) -> None:
    from requests_app.effects import parts

    request = units.referred()
    assert parts.compute(request) == "referred"
    done = act(request, "unit_reply", actor=units.officer, text="已修。", result="solved")
    assert parts.compute(done) == "completed"
    assert ServiceRequest.objects.get(pk=done.pk).due_at > clock.now()


def test_explained_but_not_solved_waits_for_a_second_person(cast: Cast, units: Units) -> None:
    request = units.referred()
    words = "该路段属企业自管，我局无权维修，已书面告知业主方。"
    request = act(request, "unit_reply", actor=units.officer, text=words, result="explained")
    assert request.state == "referred"
    assert not told("request.answered")
    assert cast.colleague.pk in told("desk.approval_wanted")
    for nobody in (
        units.officer,
        cast.dispatcher,
        cast.resident,
        cast.outsider,
    ):  # the dispatcher has referred it
        with pytest.raises(NotAllowed):
            act(request, "approve", actor=nobody)
    request = act(request, "approve", actor=cast.colleague)
    assert request.state == "completed"
    assert CaseText.objects.get(name="answer").body == words
    event = CaseEvent.objects.get(case_id=request.pk, verb="unit_reply")
    assert (event.actor, Referral.objects.get().result) == (units.officer, "explained")
    assert told("request.answered") == {cast.resident.pk}


def test_refused_it_still_lies_with_the_unit_which_is_told_why(cast: Cast, units: Units) -> None:
    request = units.referred()
    request = act(request, "unit_reply", actor=units.officer, text="无法解决。", result="explained")
    request = act(request, "refuse", actor=cast.colleague, reason="请先现场查看")
    assert (request.state, Referral.objects.get().state) == ("referred", "open")
    assert told("unit.approval_ended") == {units.officer.pk}
    done = act(request, "unit_reply", actor=units.officer, text="已修复。", result="solved")
    assert done.state == "completed"
