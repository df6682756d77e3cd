"""Stories that take a turn: times that move, rounds that begin again, services broken off, worries
reported.
"""

from __future__ import annotations

from datetime import timedelta

from civic.areas import queries
from insight.demo.stories import A, Part, S, Steps, asked_for, called_back, rated, served, staffed, through
from insight.demo.world import World
from requests_app.models import ServiceRequest


def _accepted(world: World, category: str = "") -> Part:
    """A request for one helper, with a time, that somebody has accepted."""
    return (yield from staffed(world, asked_for(world, category, wished=True), decline=0))


def _in_service(world: World, category: str = "") -> Part:
    """The same, begun and twenty minutes old."""
    request = yield from _accepted(world, category)
    for line in world.helpers(request, A.ACCEPTED):
        yield max(world.after(1, 2), line.agreed_start)
        request = world.check_in(world.fresh(request), line.volunteer)
    yield world.after(15, 25)
    return world.fresh(request)


def _move(world: World, request: ServiceRequest) -> ServiceRequest:
    """The hospital moves the appointment: the resident asks for another day."""
    new_start = world.a_time_to_come(3, 5)
    actor = request.proxy or world.users[request.beneficiary_phone]
    return world.act(request, "amend", actor, agreed_start=new_start)


def moved(world: World) -> Steps:
    """Time changes after acceptance; the volunteer confirms the new one."""
    request = yield from _accepted(world, "medical")
    yield world.awake(10, 60)
    request = _move(world, world.fresh(request))
    for line in world.helpers(request, A.ACCEPTED):
        yield world.after(5, 50)
        request = world.act(world.fresh(request), "confirm", world.user_of(line.volunteer))
    request = yield from served(world, request)
    yield from rated(world, request)


def moved_unconfirmed(world: World) -> Steps:
    """Time changes and the volunteer does not answer: released, somebody else comes."""
    request = yield from _accepted(world, "errand")
    yield world.awake(10, 60)
    request = _move(world, world.fresh(request))
    yield world.desk_hours(150, 300)
    request = yield from through(world, world.fresh(request), decline=0)
    yield from rated(world, request)


def reassigned(world: World) -> Steps:
    """The desk releases the person who accepted and asks somebody else."""
    request = yield from _accepted(world)
    yield world.after(10, 60)
    request = world.fresh(request)
    if request.state != S.ACCEPTED:
        return
    request = world.act(request, "reassign", world.desk_of(request))
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def broken_off(world: World) -> Steps:
    """A part is missing: the volunteer breaks off, another round brings it."""
    request = yield from _in_service(world, "repair")
    serving = world.helpers(request, A.IN_SERVICE)
    if request.state != S.IN_SERVICE or len(serving) != 1:
        return
    user = world.user_of(serving[0].volunteer)
    request = world.act(request, "abort", user, reason="缺一个配件，五金店没有，要网上买，过两天再来。")
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def broken_off_for_good(world: World) -> Steps:
    """The resident has to go to hospital: broken off and cancelled."""
    request = yield from _in_service(world, "company")
    if request.state == S.IN_SERVICE:
        reason = "老人身体不适，已由家属送医，本次服务取消。"
        world.act(request, "abort", world.desk_of(request), reason=reason, outcome="cancel")


def again(world: World) -> Steps:
    """Not solved: a second round solves it."""
    request = yield from through(world, asked_for(world, "repair"))
    request = yield from rated(world, request, stars=2, solved="no", words_of="unsolved words")
    request = yield from through(world, request)
    yield from rated(world, request)


def three_rounds(world: World) -> Steps:
    """Not solved three times: closed as unsolved, the district rings up."""
    request = yield from through(world, asked_for(world, "repair"), decline=5)
    for stars in (2, 1, 1):
        request = yield from rated(world, request, stars=stars, solved="no", words_of="unsolved words")
        if request.state == S.SUBMITTED:
            request = yield from through(world, request, decline=5)
    if request.call_back_wanted:
        yield from called_back(
            world, request, solved="no", note="区里电话回访：已请物业工程部上门评估管线，两天内答复。"
        )


def opened_again(world: World) -> Steps:
    """Closed as solved, and a week later it drips again."""
    request = yield from through(world, asked_for(world, "repair"))
    request = yield from rated(world, request, stars=4)
    yield world.awake(60 * 24 * 4, 60 * 24 * 9)
    request = world.fresh(request)
    if request.state == S.CLOSED:
        user = world.users[request.beneficiary_phone]
        request = world.act(request, "reopen", user, reason="又开始漏了，和上次一样的地方。")
        request = yield from through(world, request, decline=0)
        yield from rated(world, request)


def worried(world: World) -> Steps:
    """Something felt wrong: reported to the desk, and the two are never matched again."""
    request = yield from through(world, asked_for(world, "company"))
    if request.state != S.COMPLETED:
        return
    yield world.awake(30, 200)
    user = world.users[request.beneficiary_phone]
    whom = request.assignments.filter(state=A.COMPLETED).latest("pk").volunteer_id
    request = world.act(
        world.fresh(request),
        "report_concern",
        user,
        text="志愿者一直打听家里存折放在哪里，听着不舒服。",
        volunteer=whom,
    )
    request = world.act(request, "block", user, volunteer=whom)
    yield from called_back(
        world, request, solved="partly", note="电话回访：已核实并约谈志愿者，老人情绪稳定。"
    )


def without_place(world: World) -> Steps:
    """No home area and no location: the city's desk rings up and finds out where it belongs."""
    request = placed_nowhere(world)
    yield world.desk_hours(10, 70)
    request = world.fresh(request)
    home = world.resident()
    area = queries.tree().by_code[home.estate.grid_code]
    facts = {"area": area.pk, "address": home.address, "lat": home.lat, "lon": home.lon}
    request = world.act(request, "amend", world.desk_of(request), **facts)
    request = yield from through(world, request)
    yield from rated(world, request)


def placed_nowhere(world: World) -> ServiceRequest:
    """Returns a request of somebody whose home nobody knows yet, waiting for triage at the city."""
    person = world.newcomer()
    return world.place(person, world.text_for("other"), located=False)


def late_to_dispatch(world: World) -> Steps:
    """The desk is busy: offered only after the limit, the reminder has rung."""
    request = asked_for(world, wished=False)
    yield world.desk_hours(60 * 7, 60 * 12)
    request = yield from through(world, request)
    yield from rated(world, request)


def waiting_for_parts(world: World) -> Steps:
    """The resident asks after it; the desk waits for a part for two days, then somebody comes."""
    request = asked_for(world, "repair", wished=False)
    yield world.awake(30, 50)
    request = world.act(world.fresh(request), "urge", request.proxy or world.users[request.beneficiary_phone])
    yield world.desk_hours(5, 20)
    until = world.after(2 * 1440, 2 * 1440 + 300)
    request = world.act(request, "pause", world.desk_of(request), reason_code="parts", until=until)
    yield world.after(1440, 1600)
    request = world.act(world.fresh(request), "resume", world.desk_of(request))
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def long_service(world: World) -> Steps:
    """The volunteer forgets to check out and is reminded."""
    request = yield from _accepted(world, "company")
    coming = world.helpers(request, A.ACCEPTED)
    for line in coming:
        yield max(world.after(1, 2), line.agreed_start)
        request = world.check_in(world.fresh(request), line.volunteer)
    for line in coming:
        yield max(world.after(1, 5), line.agreed_start + timedelta(minutes=line.expected_minutes + 135))
        minutes = line.expected_minutes
        user = world.user_of(line.volunteer)
        note = world.dice.choice(world.fitting("completion notes", request))
        request = world.act(world.fresh(request), "complete", user, minutes=minutes, note=note)
    yield from rated(world, request)
