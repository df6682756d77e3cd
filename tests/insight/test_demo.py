"""The demo city: a map that tiles, people, 90 days through the verbs, and nobody told for real."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from civic.accounts.models import User
from civic.areas import boundaries, queries
from civic.areas.locate import locate
from civic.areas.models import Area, AreaLevel
from civic.cases.enums import ApprovalState
from civic.cases.models import Approval, CaseEvent, Timer
from civic.lib.phone import normalize
from civic.notify.models import Message
from insight import consistency
from insight.demo import city, load, people, plan, words
from requests_app.defaults import CATEGORIES
from requests_app.enums import AssignmentState, OfferState, ReferralState, RequestState
from requests_app.models import (
    Assignment,
    Offer,
    PlanLine,
    Pool,
    Referral,
    ServiceRequest,
    TeamOffer,
    Waterfall,
)
from requests_app.workflow import REQUESTS
from volunteers.models import Volunteer

# A Wednesday in working hours: nothing moves when holidays are added.
UNTIL = datetime(2026, 7, 8, 2, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A tiny demo city, loaded once for this file by the command and taken back at its end; what the command said."""
    said = StringIO()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(plan.SIZES, "small", plan.TINY)
        transaction.set_autocommit(False)
        try:
            queries.forget()
            call_command(
                "load_demo", "--until", "2026-07-08T10:30:00", verbosity=2, stdout=said, stderr=StringIO()
            )
            yield said.getvalue()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
            queries.forget()


def outline(area: city.DemoArea) -> Any:
    """Returns the shape of a demo area."""
    return boundaries.read(area.boundary)


def test_each_area_is_exactly_the_union_of_those_below_it() -> None:
    demo = city.build()
    for parent in demo.areas:
        below = [outline(area) for area in demo.areas if area.parent == parent.code]
        if below:
            assert outline(parent).symmetric_difference(shapely.union_all(below)).area < 1e-12
            assert sum(each.area for each in below) == pytest.approx(outline(parent).area, rel=1e-9)


def test_every_area_is_one_piece_and_its_code_fits() -> None:
    demo = city.build()
    assert Counter(area.level.value for area in demo.areas) == {
        "city": 1,
        "district": 2,
        "street": 6,
        "community": 21,
        "grid": 84,
    }
    assert all(outline(area).geom_type == "Polygon" and not outline(area).interiors for area in demo.areas)
    assert all(len(area.code) == {1: 6, 2: 6, 3: 9, 4: 12, 5: 15}[area.level.depth] for area in demo.areas)
    assert len({area.name for area in demo.areas}) == len(demo.areas)
    phones = [area.desk_phone for area in demo.areas if area.level != AreaLevel.GRID]
    assert all(phones) and len(set(phones)) == len(phones)


def test_estates_lie_in_their_grids_and_have_names_of_their_own() -> None:
    demo = city.build()
    grids = {area.code: outline(area) for area in demo.areas if area.level == AreaLevel.GRID}
    assert all(
        shapely.intersects_xy(grids[estate.grid_code], estate.lon, estate.lat) for estate in demo.estates
    )
    assert len({estate.name for estate in demo.estates}) == len(demo.estates) == 168
    assert demo.estates[0].address(3, 2, 5, 2).endswith("3号楼2单元502")


def test_the_city_is_the_same_every_time() -> None:
    first = city.build()
    city.build.cache_clear()
    assert city.build() == first


def test_people_have_names_and_phones_of_their_own() -> None:
    demo = city.build()

    def draw() -> list[Any]:
        population = people.Population(demo, Random(3))
        return [*population.residents(150), *(each.person for each in population.helpers(200, UNTIL.date()))]

    found = draw()
    assert found == draw()
    everybody = [(person.name, person.phone) for person in found] + [
        (each.name, each.phone) for each in people.STAFF
    ]
    assert (
        len({name for name, _phone in everybody})
        == len({phone for _name, phone in everybody})
        == len(everybody)
    )
    assert all(normalize(phone) == phone and phone.startswith("+861380000") for _name, phone in everybody)


def test_texts_are_varied_and_cover_every_category() -> None:
    texts = words.requests()
    assert len(texts) >= 140
    assert len({text.text for text in texts}) == len({text.title for text in texts}) == len(texts)
    assert {text.category for text in texts} == {row[0] for row in CATEGORIES}
    assert all(
        8 < len(text.text) < 120 and 1 <= text.headcount <= 4 and text.minutes <= 240 for text in texts
    )
    with pytest.raises(KeyError):
        words.words("no such section")


@pytest.mark.full
def test_every_state_of_requests_and_their_parts_occurs(loaded: str) -> None:
    assert set(ServiceRequest.objects.values_list("state", flat=True)) == set(RequestState)
    assert set(Offer.objects.values_list("state", flat=True)) == set(OfferState)
    assert set(Assignment.objects.values_list("state", flat=True)) == set(AssignmentState)
    assert set(Pool.objects.values_list("state", flat=True)) == {"open", "closed"}
    assert set(Referral.objects.values_list("state", flat=True)) == set(ReferralState)
    assert {"applied", "approved", "refused", "suspended"} == set(
        Volunteer.objects.values_list("state", flat=True)
    )


def ways_not_shown(until: datetime) -> set[str]:
    """Returns which ways of finding somebody have no example in a city that ends at `until`."""
    found = {
        "asked in turn now": Waterfall.objects.filter(state="open", offers__state="declined"),
        "asked in turn, accepted": Waterfall.objects.filter(ended="filled", offers__state="declined"),
        "in the pool now": Pool.objects.filter(state="open", request__state="offered"),
        "a team is asked": TeamOffer.objects.filter(state="open", expires_at__gt=until),
        "a team has accepted": Assignment.objects.filter(offer__team_offer__state="accepted"),
        "a plan to look at": PlanLine.objects.filter(
            plan__state="ready", state="proposed", request__state="submitted"
        ),
        "dispatched by a rule": CaseEvent.objects.filter(verb="auto_dispatch", to_state="offered"),
    }
    return {name for name, rows in found.items() if not rows.exists()}


@pytest.mark.full
def test_every_way_of_matching_can_be_looked_at(loaded: str) -> None:
    assert ways_not_shown(UNTIL) == set()


@pytest.mark.full
def test_every_verb_of_the_table_was_used(loaded: str) -> None:
    used = set(CaseEvent.objects.filter(kind="request").values_list("verb", flat=True))
    # The city takes no import back and is three months old, not three years; nobody has deleted their account.
    never = {"undo_import", "anonymise", "forget_helper"}
    assert REQUESTS.verbs - never == used - {"place", *REQUESTS.openings}
    ended = set(Approval.objects.values_list("state", flat=True))
    assert ended == set(ApprovalState)


@pytest.mark.full
def test_the_command_says_what_it_loaded_and_that_no_rule_was_in_the_way(loaded: str) -> None:
    assert "0 stories were cut short" in loaded
    assert "114 areas, 60 volunteers" in loaded
    assert ServiceRequest.objects.count() == plan.TINY.requests


@pytest.mark.full
def test_the_demo_city_agrees_with_its_histories(loaded: str) -> None:
    assert [str(fault) for fault in consistency.check()] == []


@pytest.mark.full
def test_nothing_lies_in_the_future_and_nothing_is_left_undone(loaded: str) -> None:
    assert not CaseEvent.objects.filter(at__gt=UNTIL).exists()
    assert CaseEvent.objects.filter(at__lt=UNTIL - timedelta(days=80)).exists()
    assert not Timer.objects.filter(fired_at=None, voided_at=None, run_at__lte=UNTIL).exists()
    assert not Timer.objects.exclude(last_error="").filter(voided_at=None).exists()


@pytest.mark.full
def test_nobody_is_told_about_the_past(loaded: str) -> None:
    owed = Message.objects.exclude(state="sent")
    assert not owed.filter(next_attempt_at__lte=UNTIL).exists()
    assert Message.objects.filter(channel="sms", state="sent").exists()


@pytest.mark.full
def test_the_desk_has_something_to_do_now(loaded: str) -> None:
    waiting = ServiceRequest.objects.filter(state="submitted")
    assert waiting.filter(act_by__lt=UNTIL).exists()
    assert waiting.filter(act_by__range=(UNTIL, UNTIL + timedelta(minutes=45))).exists()
    assert waiting.filter(placed_at__gt=UNTIL - timedelta(hours=3)).exists()
    assert waiting.filter(needs_triage=True).exists()
    assert ServiceRequest.objects.filter(call_back_wanted=True).exists()


@pytest.mark.full
def test_homes_lie_where_their_requests_are_counted(loaded: str) -> None:
    queries.forget()
    for request in ServiceRequest.objects.exclude(lat=None):
        found = locate(request.lat or 0, request.lon or 0)
        assert found is not None and found.pk == request.grid_id


@pytest.mark.full
def test_the_people_of_the_tour_have_something_to_see(loaded: str) -> None:
    mother = User.objects.get(username="resident-chen")
    states = set(ServiceRequest.objects.filter(beneficiary=mother).values_list("state", flat=True))
    assert {"accepted", "completed"} <= states
    assert Offer.objects.filter(volunteer__user__username="volunteer-zhang", state="open").exists()


@pytest.mark.full
def test_demo_accounts_cover_every_role_in_two_districts(loaded: str, settings: Any, client: Client) -> None:
    settings.DEMO = True
    out = StringIO()
    call_command("demo_accounts", "--json", stdout=out)
    rows = json.loads(out.getvalue())
    wanted = {"resident", "volunteer", "dispatcher", "proxy", "auditor", "admin", "unit"}
    for district in (people.QINGHE, people.LIUXI):
        led = {"team_leader"} if district == people.QINGHE else set()
        assert {row["role"] for row in rows if row["area"].startswith(district)} == wanted | led
    for row in rows:
        user = User.objects.get(username=row["username"])
        assert user.phone == row["phone"]
        own = client.get("/api/v1/service-requests/", headers={"Authorization": f"Token {row['token']}"})
        assert own.status_code == 200, row["username"]
        if row["role"] == "resident":
            assert user.home_area is not None and user.home_area.code == row["area"]
    assert User.objects.get(username="qinghe-desk").check_password(rows[0]["password"])
    out = StringIO()
    call_command("demo_accounts", stdout=out)
    assert "qinghe-desk" in out.getvalue()


@pytest.mark.full
def test_a_second_load_is_refused_in_one_line(loaded: str) -> None:
    with pytest.raises(CommandError, match="not empty"):
        call_command("load_demo")
    out = StringIO()
    call_command("load_demo", "--if-empty", stdout=out)
    assert "Nothing was changed" in out.getvalue()
    with pytest.raises(ValueError, match="not empty"):
        load.load(plan.TINY, until=UNTIL)


def test_where_messages_would_really_go_out_it_is_refused(settings: Any, db: None) -> None:
    settings.SMS_PROVIDER = "somewhere.Gateway"
    with pytest.raises(CommandError, match="real messages"):
        call_command("load_demo")


def test_accounts_are_told_only_in_a_demo(settings: Any, db: None) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="load_demo"):
        call_command("demo_accounts")
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo_accounts")


def test_a_moment_that_is_none_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="not a moment"):
        call_command("load_demo", "--until", "soon")
    with pytest.raises(CommandError, match="not a moment"):
        call_command("load_demo", "--until", "2026-13-40T00:00:00Z")


@pytest.mark.full
@pytest.mark.parametrize(
    ("moment", "times"), [("2026-07-05T03:00", 2), ("2026-07-05T12:00", 1), ("2026-11-30T14:12", 1)]
)
def test_a_small_city_loads_at_any_hour_the_same_way_twice(moment: str, times: int, db: None) -> None:
    """Whole size, on a Sunday, at night; the same moment gives the same histories."""
    until = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    seen = []
    for _time in range(times):
        with transaction.atomic():
            queries.forget()
            found = load.load(plan.SMALL, until=until)
            assert (found.volunteers, found.requests) == (200, 300)
            assert list(consistency.check()) == []
            assert ways_not_shown(until) == set()
            events = CaseEvent.objects.filter(kind="request")
            seen.append(
                (
                    sorted(events.values_list("at", "verb", "from_state", "to_state", "seq")),
                    list(ServiceRequest.objects.order_by("code").values_list("code", "title", "state")),
                )
            )
            transaction.set_rollback(True)
    assert seen[0] == seen[-1]


@pytest.mark.full
def test_at_night_only_what_is_done_at_night_goes_on(db: None) -> None:
    until = datetime(2026, 11, 30, 18, 55, tzinfo=UTC)  # five to three
    assert load.load(plan.TINY, until=until).requests == plan.TINY.requests
    assert ways_not_shown(until) == set()
    night = [
        (event.verb, ServiceRequest.objects.get(pk=event.case_id).title)
        for event in CaseEvent.objects.filter(kind="request", at__gt=until - timedelta(days=4))
        if not 6 <= timezone.localtime(event.at).hour < 22 and event.actor is not None
    ]
    assert {verb for verb, _title in night} <= {"place", "check_in"}
    assert {title for _verb, title in night} <= {"夜里陪护老人", "独居老人家中停电", "下水道堵了"}
    serving = ServiceRequest.objects.filter(state="in_service", agreed_start__gt=until - timedelta(hours=1))
    assert [each.title for each in serving] == ["夜里陪护老人"]


def test_no_text_belongs_to_one_season() -> None:
    seasons = re.compile("中秋|春节|端午|重阳|元宵|国庆|暑假|寒假|入冬|雪|暖气")
    assert not [text.title for text in words.requests() if seasons.search(text.title + text.text)]


@pytest.mark.full
def test_areas_of_the_file_are_the_areas_of_the_city(tmp_path: Path, db: None) -> None:
    path = tmp_path / "city.geojson"
    path.write_text(json.dumps(city.build().geojson()), encoding="utf-8")
    call_command("load_areas", str(path), stdout=StringIO())
    assert Area.objects.count() == len(city.build().areas)
