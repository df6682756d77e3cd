"""What happens to requests in the demo city: each story is a generator that acts and yields when it goes
on.

A story acts only through the verbs. What the sweepers do meanwhile (expiry, reminders, auto-close) happens
between its steps; a story that finds its request elsewhere than expected simply ends.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta

from civic.lib.errors import Overlap
from insight.demo.words import words
from insight.demo.world import World
from requests_app.enums import AssignmentState, DeclineReason, RequestState
from requests_app.models import ServiceRequest
from volunteers.models import Volunteer

Steps = Generator[datetime, None, None]
Part = Generator[datetime, None, ServiceRequest]
Story = Callable[[World], Steps]

A, S = AssignmentState, RequestState


def asked_for(world: World, category: str = "", *, wished: bool | None = None) -> ServiceRequest:
    """Places a request as somebody of the city does: one in four through the desk or a relative, most with a
    time.
    """
    text = world.text_for(category)
    person = world.resident()
    wish = world.a_time_to_come() if (world.chance(75) if wished is None else wished) else None
    urgent = wish is None and world.chance(12)
    by = None
    if person.is_elder and world.chance(42):
        relative = world.users[world.resident(elder=False).phone]
        by = relative if world.chance(25) else world.proxy_of(person)
    return world.place(person, text, by=by, wished=wish, urgent=urgent)


def staffed(world: World, request: ServiceRequest, *, at_once: int = 1, decline: float = 22) -> Part:
    """Asks one group after another until every slot has somebody, at most six times."""
    for _attempt in range(6):
        yield world.desk_hours(6, 75)
        request = world.fresh(request)
        if request.state not in {S.SUBMITTED, S.OFFERED}:
            return request
        missing = request.needed - len(world.helpers(request, A.ACCEPTED))
        asked = world.candidates(request, max(missing, at_once))
        if not asked:
            return request
        start = None if request.preferred_start else world.a_time_to_come(1, 3)
        request = world.offer(request, asked, start=start)
        for volunteer in asked:
            yield world.awake(3, 35)
            request = world.fresh(request)
            if volunteer not in world.asked(request):
                continue
            request = answer_offer(world, request, volunteer, decline=decline)
            if request.state == S.ACCEPTED:
                return request
    return request


def answer_offer(
    world: World, request: ServiceRequest, volunteer: Volunteer, *, decline: float
) -> ServiceRequest:
    """The volunteer accepts, declines with a reason or without, or (some of them) never looks."""
    if world.chance(decline):
        if world.chance(30):
            return request
        reason = world.dice.choice(["", *DeclineReason.values])
        return world.act(request, "decline_offer", world.user_of(volunteer), reason_code=reason)
    try:
        return world.accept(request, volunteer)
    except Overlap:
        return world.act(request, "decline_offer", world.user_of(volunteer), reason_code=DeclineReason.BUSY)


def served(world: World, request: ServiceRequest) -> Part:
    """Everybody who accepted comes, serves and reports; the first of them may be a little late."""
    request = world.fresh(request)
    coming = world.helpers(request, A.ACCEPTED)
    if not coming:
        return request
    for line in coming:
        yield max(world.after(1, 2), line.agreed_start + timedelta(minutes=world.dice.uniform(-9, 6)))
        if world.helpers(world.fresh(request), A.ACCEPTED):
            request = world.check_in(world.fresh(request), line.volunteer)
    for line in coming:
        yield world.after(line.expected_minutes * 0.45, line.expected_minutes * 0.95)
        request = world.complete(world.fresh(request), line.volunteer)
    return request


def through(world: World, request: ServiceRequest, **how: int) -> Part:
    """From the desk to the end of the service."""
    request = yield from staffed(world, request, **how)
    if request.state == S.SUBMITTED:
        yield world.desk_hours(60, 300)
        return given_back(world, world.fresh(request))
    if request.state == S.OFFERED and world.helpers(request, A.ACCEPTED):
        yield world.desk_hours(20, 60)
        request = world.fresh(request)
        if request.state == S.OFFERED and world.helpers(request, A.ACCEPTED):
            request = world.act(request, "close_staffing", world.desk_of(request))
    return (yield from served(world, request))


def given_back(world: World, request: ServiceRequest) -> ServiceRequest:
    """Nobody could be found: the desk says so, and what to do instead."""
    if request.state != S.SUBMITTED:
        return request
    text = "几位志愿者近期都抽不出时间，很抱歉。已转社区工作人员登门想办法，明天上午会打电话给您。"
    desk = world.desk_of(request)
    return world.act(request, "reject", desk, reason_code="not_volunteer_work", text=text)


def rated(
    world: World, request: ServiceRequest, *, stars: int = 0, solved: str = "yes", words_of: str = ""
) -> Part:
    """The resident answers within a few days; a request without account is rung up."""
    yield world.awake(20, 2600)
    request = world.fresh(request)
    if request.state != S.COMPLETED:
        return request
    given = stars or (5 if world.chance(74) else 4)
    person = world.users.get(request.beneficiary_phone)
    if person is None:
        return request
    lines = world.fitting(words_of or f"rating words {given}", request)
    said = world.dice.choice(lines) if world.chance(65) else ""
    return world.act(request, "rate", person, solved=solved, stars=given, comment=said)


def called_back(world: World, request: ServiceRequest, *, solved: str = "yes", note: str = "") -> Part:
    """A colleague rings up."""
    yield world.desk_hours(60, 2400)
    request = world.fresh(request)
    said = note or world.dice.choice(world.fitting("call back words", request))
    return world.act(request, "call_back", world.callback_of(request), solved=solved, note=said)


# Stories from beginning to end


def good(world: World) -> Steps:
    """Placed, served, rated four or five stars."""
    request = yield from through(world, asked_for(world))
    yield from rated(world, request)


def so_so(world: World) -> Steps:
    """Partly solved, three stars."""
    request = yield from through(world, asked_for(world))
    yield from rated(world, request, stars=3, solved="partly")


def poor(world: World) -> Steps:
    """One or two stars: the colleague rings up afterwards."""
    request = yield from through(world, asked_for(world))
    request = yield from rated(
        world, request, stars=world.dice.choice((1, 2)), solved=world.dice.choice(("yes", "partly"))
    )
    if request.call_back_wanted:
        yield from called_back(world, request, solved="partly")


def unrated(world: World) -> Steps:
    """Nobody answers; the timer closes it after seven days."""
    yield from through(world, asked_for(world))


def unrated_then_called(world: World) -> Steps:
    """Closed by the timer, rung up later."""
    request = yield from through(world, asked_for(world))
    yield world.after(60 * 24 * 7.2, 60 * 24 * 9)
    yield from called_back(world, request)


def rung_up(world: World) -> Steps:
    """An elderly resident without a phone of their own to answer on: closed by a call-back."""
    person = world.resident(elder=True)
    request = world.place(person, world.text_for(), by=world.proxy_of(person), wished=world.a_time_to_come())
    request = yield from through(world, request)
    yield from called_back(world, request)


def from_the_pool(world: World) -> Steps:
    """Put into the open pool; the first who wants it takes it."""
    request = asked_for(world, wished=True)
    yield world.desk_hours(8, 60)
    request = world.offer(request)
    for _claim in range(request.needed):
        yield world.awake(5, 160)
        request = world.fresh(request)
        if request.state != S.OFFERED:
            break
        takers = world.candidates(request, 1, skip=world.dice.randrange(4))
        if takers:
            request = world.accept(request, takers[0])
    request = yield from served(world, request)
    yield from rated(world, request)


def asked_in_turn(world: World) -> Steps:
    """Put to one after another: the first declines, which makes room for the next, and somebody accepts."""
    request = asked_for(world, "company", wished=True)
    yield world.desk_hours(8, 60)
    request = world.offer(request, in_turn=True)
    for reluctance in (100, 20, 20, 0):
        yield world.awake(3, 25)
        request = world.fresh(request)
        if asked := world.asked(request):
            request = answer_offer(world, request, asked[0], decline=reluctance)
    request = yield from served(world, request)
    yield from rated(world, request)


def pool_runs_out(world: World) -> Steps:
    """Nobody claims it before its time; the desk agrees on another day and asks people by name."""
    request = asked_for(world, "learning", wished=True)
    yield world.desk_hours(8, 60)
    request = world.offer(request)
    pool_ends = request.agreed_start or world.after(60, 120)
    yield max(world.after(1, 2), pool_ends + timedelta(minutes=45))
    request = yield from through(world, world.fresh(request), decline=0)
    yield from rated(world, request)


def several(world: World) -> Steps:
    """A request for two to four helpers."""
    text = next(text for text in iter(lambda: world.text_for("cleaning"), None) if text.headcount > 1)
    request = world.place(world.resident(), text, wished=world.a_time_to_come(2, 6))
    request = yield from through(world, request, at_once=5)
    yield from rated(world, request)


def with_fewer(world: World) -> Steps:
    """Not everybody is found: the desk goes ahead with those who accepted."""
    text = next(text for text in iter(lambda: world.text_for("cleaning"), None) if text.headcount > 1)
    request = world.place(world.resident(), text, wished=world.a_time_to_come(2, 4))
    yield world.desk_hours(20, 60)
    asked = world.candidates(request, 3)
    request = world.offer(request, asked)
    yield world.awake(5, 30)
    request = world.accept(request, asked[0])
    if request.state == S.OFFERED:
        yield world.desk_hours(90, 200)
        request = world.act(world.fresh(request), "close_staffing", world.desk_of(request))
    request = yield from served(world, request)
    yield from rated(world, request)


def nobody_looks(world: World) -> Steps:
    """The first offer runs out, the next is accepted."""
    request = asked_for(world, wished=False)
    yield world.desk_hours(5, 60)
    request = world.offer(request, world.candidates(request, 1), start=world.a_time_to_come(2, 4))
    yield world.desk_hours(60 * 15, 60 * 18)
    request = yield from through(world, world.fresh(request))
    yield from rated(world, request)


def declined(world: World) -> Steps:
    """Two say "not this time" before one says yes."""
    request = asked_for(world, wished=True)
    for _time in range(2):
        yield world.desk_hours(5, 40)
        request = world.fresh(request)
        asked = world.candidates(request, 1)
        if request.state != S.SUBMITTED or not asked:
            break
        request = world.offer(request, asked)
        yield world.awake(2, 30)
        reason, request = world.dice.choice(DeclineReason.values), world.fresh(request)
        if asked[0] not in world.asked(request):
            break  # it ran out before they looked
        request = world.act(request, "decline_offer", world.user_of(asked[0]), reason_code=reason)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def withdrawn(world: World) -> Steps:
    """The desk takes an offer back and asks somebody nearer."""
    request = asked_for(world, wished=True)
    yield world.desk_hours(5, 40)
    request = world.offer(request, world.candidates(request, 2))
    yield world.after(3, 12)
    request = world.fresh(request)
    if request.state == S.OFFERED:
        request = world.act(request, "withdraw_offer", world.desk_of(request))
    request = yield from through(world, request)
    yield from rated(world, request)


def open_time(world: World) -> Steps:
    """No time is agreed: whoever accepts proposes one, the desk confirms it."""
    request = asked_for(world, wished=False)
    yield world.desk_hours(5, 60)
    asked = world.candidates(request, 1)
    request = world.offer(request, asked)
    yield world.after(5, 60)
    request = world.fresh(request)
    if asked[0] in world.asked(request):
        proposed = world.a_time_to_come(1, 3)
        request = world.accept(request, asked[0], agreed_start=proposed, expected_minutes=60)
        yield world.after(10, 90)
        request = world.act(world.fresh(request), "amend", world.desk_of(request), agreed_start=proposed)
    request = yield from served(world, request)
    yield from rated(world, request)


def rejected(world: World) -> Steps:
    """Not for volunteers; the answer says what to do instead."""
    request = asked_for(world, world.dice.choice(("repair", "other", "cleaning")))
    yield world.desk_hours(5, 80)
    number = world.dice.randrange(5)
    codes = ("not_volunteer_work", "unsafe", "incomplete", "duplicate", "out_of_area")
    world.act(
        request,
        "reject",
        world.desk_of(request),
        reason_code=codes[number],
        text=words("reject words")[number],
    )


def cancelled_early(world: World) -> Steps:
    """The resident no longer needs it."""
    request = asked_for(world)
    yield world.awake(5, 40)
    request = world.fresh(request)
    actor = world.users.get(request.beneficiary_phone) or world.desk_of(request)
    world.act(request, "cancel", actor, reason=world.dice.choice(words("cancel words")))


def cancelled_late(world: World) -> Steps:
    """Cancelled after somebody accepted; the volunteer is told."""
    request = yield from staffed(world, asked_for(world, wished=True), decline=5)
    yield world.awake(30, 300)
    request = world.fresh(request)
    if request.state == S.ACCEPTED:
        actor = request.proxy or world.users[request.beneficiary_phone]
        world.act(request, "cancel", actor, reason=world.dice.choice(words("cancel words")))
