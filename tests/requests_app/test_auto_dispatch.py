"""Auto-dispatch: which new requests go out by themselves, exactly once, and how it is stopped."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from civic.accounts.enums import Role
from civic.cases import timers
from civic.cases.models import CaseEvent, Timer
from civic.evidence import store
from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from civic.notify.models import Message
from insight import consistency
from requests_app import actions, reference
from requests_app.actions import act, auto_dispatch
from requests_app.enums import Source
from requests_app.models import AutoDispatchRule, Offer, ServiceRequest, Waterfall
from tests.cast import Cast
from tests.evidence.recordings import wav

pytestmark = pytest.mark.django_db


def rule(
    cast: Cast, *, area: Any = None, category: str = "", on: bool = True, **how: int
) -> AutoDispatchRule:
    kind = reference.category(category) if category else None
    return auto_dispatch.set_rule(
        actor=cast.admin, area=area or cast.district, category=kind, on=on, **{"width": 2, **how}
    )


def placed(cast: Cast, **wish: Any) -> ServiceRequest:
    """Returns a new request after the sweeper has come by."""
    request = cast.place(**wish)
    timers.sweep()
    request.refresh_from_db()
    return request


def asked(request: ServiceRequest) -> int:
    return Offer.objects.filter(request=request, state="open").count()


def test_without_a_rule_nothing_is_automatic(cast: Cast) -> None:
    assert placed(cast).state == "submitted"
    assert not Timer.objects.filter(name="auto_dispatch").exists()


def test_where_a_rule_is_on_a_new_request_goes_out_once(cast: Cast) -> None:
    found = rule(cast, width=2)
    request = placed(cast)
    timers.sweep()
    assert (request.state, asked(request)) == ("offered", 2)
    assert request.agreed_start == request.preferred_start
    event = CaseEvent.objects.get(case_id=request.pk, verb="auto_dispatch")
    assert (event.actor_id, event.actor_role) == (None, "system")
    assert (event.facts["rule"], event.facts["rule_area"]) == (found.pk, cast.district.pk)
    waterfall = Waterfall.objects.get(request=request)
    assert waterfall.is_automatic
    assert [str(fault) for fault in consistency.check()] == []


def test_it_goes_on_by_itself_and_a_dispatcher_may_stop_it(cast: Cast) -> None:
    rule(cast, width=1)
    request = placed(cast)
    first = Offer.objects.get(request=request)
    request = act(request, "decline_offer", actor=first.volunteer.user)
    assert asked(request) == 1
    request = act(request, "withdraw_offer", actor=cast.dispatcher)
    assert request.state == "submitted"
    assert Waterfall.objects.get(request=request).ended == "stopped"


@pytest.mark.parametrize(
    "wish",
    [
        {"category": "medical", "consent": True},  # sensitive
        {"lat": None, "lon": None, "address": ""},
    ],
)
def test_what_somebody_has_to_read_first_waits(cast: Cast, wish: dict[str, Any]) -> None:
    rule(cast)
    assert placed(cast, **wish).state == "submitted"


def test_what_was_only_spoken_waits_for_somebody_who_listens(cast: Cast) -> None:
    rule(cast)
    sound = SimpleUploadedFile("note.wav", wav(3.0), content_type="audio/wav")
    voice = store.store_voice(sound, uploader=cast.resident)
    request = placed(cast, title="", text="", voice=str(voice.pk))
    assert request.state == "submitted"


def test_a_request_without_an_area_waits_for_triage(cast: Cast) -> None:
    auto_dispatch.set_rule(
        actor=cast.staff("郑城", "+8613800000041", Role.ADMIN, cast.city),
        area=cast.city,
        category=None,
        on=True,
        width=2,
    )
    stranger = cast.person("何远", "+8613800000042")
    request = placed(cast, actor=stranger, lat=None, lon=None)
    assert (request.needs_triage, request.state) == (True, "submitted")


def test_one_that_becomes_confidential_meanwhile_waits(cast: Cast) -> None:
    rule(cast)
    request = cast.place()
    act(request, "confidential", actor=cast.resident, on=True)
    timers.sweep()
    request.refresh_from_db()
    assert request.state == "submitted"
    assert [str(fault) for fault in consistency.check()] == []


def test_the_most_specific_rule_decides(cast: Cast) -> None:
    rule(cast, on=True)
    rule(cast, category="errand", on=False)
    assert placed(cast).state == "submitted"
    rule(cast, area=cast.community, category="errand", on=True, width=1)
    request = placed(cast)
    assert asked(request) == 1


def test_a_rule_that_was_taken_away_meanwhile_does_not_dispatch(cast: Cast) -> None:
    found = rule(cast)
    request = cast.place()
    auto_dispatch.drop_rule(found, actor=cast.admin)
    timers.sweep()
    request.refresh_from_db()
    assert request.state == "submitted"
    assert not CaseEvent.objects.filter(case_id=request.pk, verb="auto_dispatch").exists()


@pytest.mark.parametrize("where", ["community", "district"])
def test_the_kill_switch_stops_new_ones_and_lets_running_ones_run_out(cast: Cast, where: str) -> None:
    rule(cast, width=1)
    running = placed(cast)
    auto_dispatch.stop(actor=cast.admin, area=getattr(cast, where))
    assert placed(cast).state == "submitted"
    first = Offer.objects.get(request=running)
    running = act(running, "decline_offer", actor=first.volunteer.user)
    assert (running.state, asked(running)) == ("submitted", 0)
    assert Message.objects.filter(user=cast.dispatcher, event="desk.waterfall_over").count() == 1
    auto_dispatch.allow(actor=cast.admin, area=getattr(cast, where))
    assert placed(cast).state == "offered"


def test_the_switch_of_the_city_stops_it_everywhere(cast: Cast) -> None:
    rule(cast)
    chief = cast.staff("郑城", "+8613800000041", Role.ADMIN, cast.city)
    auto_dispatch.stop(actor=chief, area=cast.city)
    assert placed(cast).state == "submitted"


def test_who_dispatches_somewhere_stops_it_there_and_an_administrator_allows_it_again(cast: Cast) -> None:
    auto_dispatch.stop(actor=cast.dispatcher, area=cast.community)
    with pytest.raises(NotAllowed):
        auto_dispatch.stop(actor=cast.dispatcher, area=cast.district)
    with pytest.raises(NotAllowed):
        auto_dispatch.allow(actor=cast.dispatcher, area=cast.community)
    with pytest.raises(NotAllowed):
        auto_dispatch.set_rule(actor=cast.dispatcher, area=cast.community, category=None, on=True, width=2)
    with pytest.raises(ValidationFailed):
        rule(cast, width=6)
    with pytest.raises(ValidationFailed):
        rule(cast, patience=91)


def test_where_nobody_fits_the_desk_is_told_and_the_request_waits(cast: Cast) -> None:
    rule(cast)
    for each in (cast.volunteer, cast.second, cast.third):
        each.active = False
        each.save(update_fields=["active"])
    request = placed(cast)
    assert request.state == "submitted"
    assert not Waterfall.objects.exists()
    assert Message.objects.filter(user=cast.dispatcher, event="desk.waterfall_over").count() == 1
    assert [str(fault) for fault in consistency.check()] == []


def test_what_comes_too_late_to_the_sweeper_waits_for_a_dispatcher(cast: Cast) -> None:
    rule(cast)
    request = cast.place()
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        timers.sweep()
    request.refresh_from_db()
    assert not CaseEvent.objects.filter(case_id=request.pk, verb="auto_dispatch").exists()
    assert not Timer.objects.filter(name="auto_dispatch", attempts__gt=0).exists()


def test_a_dispatcher_who_is_faster_is_left_alone(cast: Cast) -> None:
    rule(cast)
    request = cast.offered()
    timers.sweep()
    assert asked(request) == 1
    assert not Waterfall.objects.exists()


def test_an_imported_backlog_is_not_poured_out(cast: Cast) -> None:
    rule(cast)
    wish = actions.Placement(category="errand", title="帮忙取药", address="荷花里 3 号楼", area=cast.grid.pk)
    actions.place_request(actor=cast.dispatcher, wish=wish, source=Source.IMPORT)
    assert not Timer.objects.filter(name="auto_dispatch").exists()


def test_the_page_sets_rules_and_throws_the_switch(cast: Cast, client: Client) -> None:
    client.force_login(cast.admin)
    home = "/desk/auto-dispatch/"
    given = {"area": cast.district.pk, "category": "errand", "width": "3", "patience": "40", "on": "on"}
    assert client.post(f"{home}rule/", given).status_code == 302
    found = AutoDispatchRule.objects.get()
    assert (found.area_id, found.category.code) == (cast.district.pk, "errand")
    assert (found.width, found.patience, found.on) == (3, 40, True)
    assert client.post(f"{home}rule/", {**given, "on": "off"}).status_code == 302
    assert not AutoDispatchRule.objects.get().on
    assert client.post(f"{home}rule/", {**given, "patience": "95"}).status_code == 400
    assert client.post(f"{home}rule/", {**given, "area": cast.other_district.pk}).status_code == 400
    assert client.post(f"{home}switch/", {"area": cast.district.pk, "to": "stop"}).status_code == 302
    page = client.get(home).content.decode()
    assert "吴理" in page
    assert client.post(f"{home}switch/", {"area": cast.other_district.pk, "to": "stop"}).status_code == 404
    assert client.post(f"{home}switch/", {"area": cast.district.pk, "to": "allow"}).status_code == 302
    assert client.post(f"{home}rule/{found.pk}/drop/").status_code == 302
    assert not AutoDispatchRule.objects.exists()


def test_edits_are_kept_on_record(cast: Cast) -> None:
    found = rule(cast)
    rule(cast, on=False)
    auto_dispatch.stop(actor=cast.admin, area=cast.district)
    auto_dispatch.allow(actor=cast.admin, area=cast.district)
    assert [each.on for each in found.events.order_by("pgh_id")] == [True, False]
    stop_events = Waterfall._meta.apps.get_model("requests_app", "AutoDispatchStopEvent").objects
    assert list(stop_events.order_by("pgh_id").values_list("pgh_label", "by_id")) == [
        ("insert", cast.admin.pk),
        ("delete", cast.admin.pk),
    ]
