"""Where a volunteer stands: asked back, suspended and reinstated, asked after an idle year, at rest; minors."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.evidence import store
from civic.lib import clock, codes
from civic.lib.errors import Conflict, IllegalTransition, NotAllowed, ValidationFailed
from civic.notify.models import Message
from insight.privacy import contents, deletion, sweep
from requests_app import matching
from tests.cast import Cast
from tests.privacy.traces import tables_that_say
from tests.requests_app.volunteer_browser import words
from tests.volunteers.test_profile import GOOD_NUMBER, picture
from volunteers import actions
from volunteers.models import (
    AvailableHours,
    DayOff,
    ExtraHours,
    Papers,
    Qualification,
    QualificationKind,
    Volunteer,
    VolunteerTerms,
)
from volunteers.workflow import VOLUNTEERS

pytestmark = pytest.mark.django_db
HERE = {"applied", "asked_back", "approved", "suspended", "lapsed"}
# Written by hand: from, to, roles.
EXPECTED: dict[str, tuple[set[str], set[str], set[str]]] = {
    "approve": ({"applied", "asked_back"}, {"approved"}, {"staff"}),
    "ask_back": ({"applied"}, {"asked_back"}, {"staff"}),
    "answer": ({"asked_back"}, {"applied"}, {"self"}),
    "refuse": ({"applied", "asked_back"}, {"refused"}, {"staff"}),
    "suspend": ({"approved", "lapsed"}, {"suspended"}, {"staff"}),
    "reinstate": ({"suspended"}, {"approved"}, {"staff"}),
    "ask_idle": ({"approved"}, set(), {"system"}),
    "lapse": ({"approved"}, {"approved", "lapsed"}, {"system"}),
    "stay": ({"approved", "lapsed"}, {"approved"}, {"self"}),
    "update": (HERE, set(), {"self", "staff"}),
    **{
        verb: (HERE, set(), {"self"})
        for verb in (
            *("add_hours", "drop_hours", "add_extra", "drop_extra", "add_days_off", "drop_days_off"),
            *("keep_papers", "pledge", "add_paper", "drop_paper", "make_feed", "drop_feed"),
        )
    },
    "check_paper": (HERE, set(), {"staff"}),
    "note_guardian": (HERE, set(), {"staff"}),
    "admit": ({"applied"}, {"approved"}, {"staff"}),
    "fill_in": (HERE, set(), {"staff"}),
    "take_out": (HERE, set(), {"staff"}),
    "undo_import": ({"applied", "approved"}, {"left"}, {"staff"}),
    "agree": (HERE, set(), {"self"}),
    "decline": (HERE, {"left"}, {"self"}),
    "leave": (HERE | {"refused"}, {"left"}, {"system"}),
}


def after(days: float) -> Any:
    """Returns a block in which it is so many days later."""
    return time_machine.travel(clock.now() + timedelta(days=days), tick=False)


def browser(user: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def fresh(volunteer: Volunteer) -> Volunteer:
    return Volunteer.objects.get(pk=volunteer.pk)


@pytest.fixture
def applicant(cast: Cast) -> Volunteer:
    """Somebody who waits for approval."""
    return actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[])


@pytest.fixture
def minor(cast: Cast) -> Volunteer:
    """Somebody of sixteen who waits for approval."""
    born = timezone.localdate() - timedelta(days=16 * 365 + 100)
    return actions.register(actor=cast.neighbour, name="周敏", area=cast.grid, skills=[], birth_date=born)


def test_the_table_is_the_one_written_out() -> None:
    found: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for row in VOLUNTEERS.transitions:
        before = found.setdefault(row.verb, (set(), set(), set()))
        fixed = {row.target} if isinstance(row.target, str) else row.target
        fixed = fixed if isinstance(fixed, set | frozenset) else set()
        before[0].update(str(each) for each in row.sources)
        before[1].update(str(each) for each in fixed)
        before[2].update(row.roles)
    assert found == EXPECTED


def test_who_is_asked_for_more_reads_what_and_waits_again_after_answering(
    cast: Cast, applicant: Volunteer
) -> None:
    with pytest.raises(ValidationFailed):
        actions.decide(applicant, "ask_back", actor=cast.dispatcher)
    actions.decide(applicant, "ask_back", actor=cast.dispatcher, reason="请上传健康证")
    assert Message.objects.filter(user=applicant.user, event="volunteer.ask_back").count() == 2
    client = browser(applicant.user)
    assert "请上传健康证" in words(client.get(reverse("v:home")))
    answered = client.post(reverse("v:answer"), {"form_key": codes.token(), "words": "已上传"})
    assert (answered.status_code, fresh(applicant).state) == (302, "applied")
    desk = browser(cast.dispatcher).get(reverse("desk:volunteer", args=[applicant.pk]))
    assert "已上传" in desk.content.decode()
    assert actions.decide(applicant, "approve", actor=cast.dispatcher).state == "approved"


def test_who_is_suspended_is_reinstated_not_approved_again(cast: Cast) -> None:
    actions.decide(cast.second, "suspend", actor=cast.dispatcher, reason="核实中")
    assert not Timer.objects.filter(kind="volunteer", case_id=cast.second.pk, voided_at=None).exists()
    with pytest.raises(IllegalTransition):
        actions.decide(cast.second, "approve", actor=cast.dispatcher)
    with pytest.raises(NotAllowed):
        actions.act(cast.second, "reinstate", actor=cast.second.user)
    assert actions.decide(cast.second, "reinstate", actor=cast.dispatcher).state == "approved"


def test_after_an_idle_year_one_is_asked_and_without_an_answer_rests(cast: Cast) -> None:
    with after(366):
        timers.sweep()
        assert fresh(cast.volunteer).state == "approved"
        asked = Message.objects.filter(user=cast.volunteer.user, event="volunteer.ask_idle")
        assert asked.count() == 2
        assert "Do you still want to help?" in words(browser(cast.volunteer.user).get(reverse("v:home")))
    with after(366 + 31):
        timers.sweep()
        assert fresh(cast.volunteer).state == "lapsed"
        assert cast.volunteer not in matching.eligible(cast.place())
        client = browser(cast.volunteer.user)
        assert "You have been away for a while" in words(client.get(reverse("v:home")))
        client.post(reverse("v:stay"), {"form_key": codes.token()})
        assert fresh(cast.volunteer).state == "approved"
        assert cast.volunteer in matching.eligible(cast.place())
    assert Volunteer.objects.filter(state="lapsed").count() == 3  # the others: at rest, and all still there


def test_what_staff_do_about_somebody_is_no_sign_of_them(cast: Cast) -> None:
    """Neither before the question nor while it waits for an answer; to be approved again is one."""
    until = timezone.localdate() + timedelta(days=3000)
    with after(300):
        actions.decide(cast.second, "update", actor=cast.dispatcher, insured_until=until)
        actions.decide(cast.volunteer, "suspend", actor=cast.dispatcher, reason="核实中")
        actions.decide(cast.volunteer, "reinstate", actor=cast.dispatcher)
    with after(366):
        timers.sweep()
        asked = Message.objects.filter(event="volunteer.ask_idle").values_list("user", flat=True)
        assert cast.second.user_id in asked and cast.volunteer.user_id not in asked
        actions.decide(cast.second, "note_guardian", actor=cast.dispatcher, agreed=False)
    with after(366 + 31):
        timers.sweep()
        assert (fresh(cast.second).state, fresh(cast.volunteer).state) == ("lapsed", "approved")
    with after(300 + 366):
        timers.sweep()
        assert cast.volunteer.user_id in asked.all()


def test_who_answers_yes_or_was_heard_of_is_left_in_peace(cast: Cast) -> None:
    with after(300):
        actions.update(cast.second, actor=cast.second.user, about="还在")
    with after(366):
        timers.sweep()
        browser(cast.volunteer.user).post(reverse("v:stay"), {"form_key": codes.token()})
        assert fresh(cast.volunteer).asked_idle_at is None
        assert not Message.objects.filter(user=cast.second.user, event="volunteer.ask_idle").exists()
    with after(366 + 31):
        timers.sweep()
        assert {fresh(each).state for each in (cast.volunteer, cast.second)} == {"approved"}
    with after(300 + 366):
        timers.sweep()
        assert Message.objects.filter(user=cast.second.user, event="volunteer.ask_idle").exists()


def test_who_promised_something_meanwhile_does_not_lapse(cast: Cast) -> None:
    with after(366):
        timers.sweep()
        cast.accepted(cast.volunteer)
    with after(366 + 31):
        timers.sweep()
        assert (fresh(cast.volunteer).state, fresh(cast.volunteer).asked_idle_at) == ("approved", None)


def test_a_minor_is_approved_once_the_guardian_has_agreed(cast: Cast, minor: Volunteer) -> None:
    with pytest.raises(Conflict):
        actions.decide(minor, "approve", actor=cast.dispatcher)
    with pytest.raises(Conflict):  # nobody is named yet
        actions.decide(minor, "note_guardian", actor=cast.dispatcher, agreed=True)
    client = browser(minor.user)
    named = {"what": "guardian", "guardian_name": "周父", "form_key": codes.token()}
    own = client.post(reverse("v:papers"), {**named, "guardian_phone": minor.user.phone})
    assert "This is your own number." in words(own)
    named["form_key"] = codes.token()
    client.post(reverse("v:papers"), {**named, "guardian_phone": "13900000077"})
    with pytest.raises(NotAllowed):
        actions.act(minor, "note_guardian", actor=minor.user, agreed=True)
    desk = browser(cast.dispatcher)
    assert "+8613900000077" in desk.get(reverse("desk:volunteer", args=[minor.pk])).content.decode()
    auditor = browser(cast.auditor).get(reverse("desk:volunteer", args=[minor.pk])).content.decode()
    assert "13900000077" not in auditor
    verb = reverse("desk:volunteer_verb", args=[minor.pk, "note_guardian"])
    typed = {"form_key": codes.token(), "version": fresh(minor).version, "agreed": "1"}
    assert desk.post(verb, typed).status_code == 302
    assert actions.decide(minor, "approve", actor=cast.dispatcher).state == "approved"
    actions.name_guardian(minor, actor=minor.user, name="周母", telephone="13900000078")
    assert fresh(minor).guardian_agreed_at is None  # another guardian has not agreed yet
    assert minor not in matching.eligible(cast.place())


def test_a_minor_who_waits_reads_where_to_name_the_guardian(cast: Cast, minor: Volunteer) -> None:
    client, place = browser(minor.user), f"{reverse('v:papers')}#guardian"
    assert place in client.get(reverse("v:home")).content.decode()
    assert 'id="guardian"' in client.get(reverse("v:papers")).content.decode()
    actions.name_guardian(minor, actor=minor.user, name="周母", telephone="13900000078")
    assert place not in client.get(reverse("v:home")).content.decode()


def test_where_the_id_number_is_needed_nobody_is_approved_without(cast: Cast, applicant: Volunteer) -> None:
    VolunteerTerms.objects.create(area=cast.district, id_number="required")
    with pytest.raises(Conflict):
        actions.decide(applicant, "approve", actor=cast.dispatcher)
    actions.keep_id_number(applicant, actor=applicant.user, typed=GOOD_NUMBER)
    assert actions.decide(applicant, "approve", actor=cast.dispatcher).state == "approved"


@pytest.fixture
def full(cast: Cast) -> Volunteer:
    """Somebody who gave everything that can be given."""
    person, user, today = cast.volunteer, cast.volunteer.user, timezone.localdate()
    actions.keep_id_number(person, actor=user, typed=GOOD_NUMBER)
    actions.name_guardian(person, actor=user, name="周父", telephone="13900000077")
    photo = store.store_photo(picture(), uploader=user)
    kind = QualificationKind.objects.get(code="lawyer")
    actions.show_paper(person, actor=user, kind=kind, photo=photo.pk, number="A-4711")
    actions.change_times(person, "add_hours", actor=user, weekdays=[6], starts=540, ends=720)
    actions.change_times(person, "add_days_off", actor=user, first=today, last=today)
    actions.change_times(person, "add_extra", actor=user, day=today, starts=600, ends=720)
    actions.update(person, actor=user, languages=["hakka"], radius_m=2000, daily_limit=2)
    actions.act(person, "pledge", actor=user)
    return fresh(person)


def test_the_copy_of_ones_own_data_holds_all_of_it(full: Volunteer) -> None:
    told = contents.of(full.user)["volunteer"]
    assert (told["languages"], told["radius_m"], told["daily_limit"]) == (["hakka"], 2000, 2)
    assert told["papers"] == {
        "id_number": GOOD_NUMBER,
        "guardian_name": "周父",
        "guardian_phone": "+8613900000077",
    }
    [paper] = told["qualifications"]
    assert (paper["number"], len(paper["photos"])) == ("A-4711", 1)
    assert told["hours"] == [{"weekday": 6, "starts": 540, "ends": 720}]
    assert (len(told["days_off"]), len(told["extra_hours"])) == (1, 1)
    assert told["pledge_version"]
    assert paper["photos"][0] in {str(each.pk) for _folder, each in contents.files_of(full.user)}


def test_deleting_the_account_leaves_nothing_of_it(full: Volunteer) -> None:
    deletion.ask(full.user)
    with after(16):
        assert sweep.run()["accounts"] == 1
    assert tables_that_say(GOOD_NUMBER, "周父", "+8613900000077", "A-4711", "hakka") == set()
    assert not Papers.objects.exists()
    left = fresh(full)
    assert (left.state, left.birth_date, left.pledge_version) == ("left", None, "")
    beside: list[Any] = [AvailableHours, DayOff, ExtraHours, Qualification]
    assert not any(model.objects.filter(volunteer=left).exists() for model in beside)
    assert not Timer.objects.filter(kind="volunteer", case_id=left.pk, fired_at=None, voided_at=None).exists()
    assert CaseEvent.objects.filter(kind="volunteer", case_id=left.pk, verb="leave").exists()


def test_the_birth_date_counts_to_the_day() -> None:
    born = Volunteer(birth_date=date(2008, 2, 29))
    assert [born.age_on(date(2026, 2, 28)), born.age_on(date(2026, 3, 1))] == [17, 18]
    assert Volunteer().age_on(date(2026, 3, 1)) is None
