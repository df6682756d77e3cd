"""Stories in which somebody does not come, or has to leave before the end."""

from __future__ import annotations

from datetime import timedelta

from civic.lib import clock
from insight.demo.stories import A, Part, S, Steps, asked_for, rated, staffed, through
from insight.demo.words import words
from insight.demo.world import World
from requests_app.enums import GiveUpReason
from requests_app.models import ServiceRequest


def given_up(world: World) -> Steps:
    """The volunteer falls ill before the start; another comes."""
    request = yield from staffed(world, asked_for(world, wished=True), decline=5)
    coming = world.helpers(request, A.ACCEPTED)
    if not coming:
        return
    yield max(world.after(5, 20), coming[0].agreed_start - timedelta(minutes=world.dice.uniform(100, 900)))
    reason = world.dice.choice(GiveUpReason.values)
    note = world.dice.choice(words("give up words"))
    user = world.user_of(coming[0].volunteer)
    request = world.act(world.fresh(request), "give_up", user, reason_code=reason, note=note)
    request = yield from _moved_if_late(world, request)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def _moved_if_late(world: World, request: ServiceRequest) -> Part:
    """The desk agrees on another time when the old one comes too soon to find somebody."""
    yield world.desk_hours(10, 40)
    request = world.fresh(request)
    soon = clock.now() + timedelta(hours=3)
    if request.state in {S.SUBMITTED, S.OFFERED} and request.agreed_start and request.agreed_start < soon:
        request = world.act(request, "amend", world.desk_of(request), agreed_start=world.a_time_to_come(1, 2))
    return request


def given_up_in_service(world: World) -> Steps:
    """The volunteer has to leave half-way; the minutes served are kept, somebody else finishes it."""
    request = yield from staffed(world, asked_for(world, wished=True), decline=5)
    coming = world.helpers(request, A.ACCEPTED)
    if not coming:
        return
    yield max(world.after(1, 2), coming[0].agreed_start)
    request = world.check_in(world.fresh(request), coming[0].volunteer)
    yield world.after(18, 30)
    user = world.user_of(coming[0].volunteer)
    request = world.act(
        world.fresh(request), "give_up", user, reason_code="family", note=words("give up words")[0]
    )
    request = yield from _moved_if_late(world, request)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def no_show(world: World, *, excused: bool = False) -> Steps:
    """The volunteer does not come; the resident or the desk says so."""
    request = yield from staffed(world, asked_for(world, wished=True), decline=5)
    coming = world.helpers(request, A.ACCEPTED)
    if not coming:
        return
    yield max(world.after(1, 2), coming[0].agreed_start + timedelta(minutes=world.dice.uniform(32, 60)))
    request = world.fresh(request)
    user = world.users.get(request.beneficiary_phone)
    actor = user if user is not None and world.chance(60) else world.desk_of(request)
    request = world.act(request, "report_no_show", actor, assignment=coming[0].pk)
    request = yield from _moved_if_late(world, request)
    if excused:
        request = world.act(request, "excuse", world.desk_of(request), assignment=coming[0].pk)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def no_show_excused(world: World) -> Steps:
    """It turned out that the volunteer was in hospital: it does not count."""
    yield from no_show(world, excused=True)
