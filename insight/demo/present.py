"""How the desk looks at this moment: late ones, pressing ones, new ones, people on their way, people
waiting for an answer.

Each story here begins at a moment counted back from `until` and stops where it should be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from civic.areas import queries as areas
from insight.demo import people
from insight.demo.hours import by_day, last_waking, lately
from insight.demo.stories import A, Steps, Story, answer_offer, asked_for, rated, served, staffed, through
from insight.demo.turns import placed_nowhere
from insight.demo.words import RequestText, requests
from insight.demo.world import World
from requests_app import reference
from requests_app.actions import auto_dispatch
from requests_app.enums import DeclineReason, Step, Urgency
from requests_app.plans import actions as plans
from requests_app.plans import jobs
from volunteers.models import Commitment, Volunteer

Scheduled = tuple[datetime, Story]
NOT_NOW = ("放学", "晚", "周")  # what is asked for at a time of its own
NIGHT_CARE = RequestText(
    "company", "夜里陪护老人", "老伴刚出院，夜里要有人搭把手翻身、喝水，女儿后天才到，想请人陪一晚。", 240, 1
)


def scenes(world: World, share: float = 1.0) -> Iterator[Scheduled]:
    """Yields what is going on now; `share` below 1 gives fewer of each, one at least."""

    def times(count: int) -> range:
        return range(max(1, round(count * share)))

    until, now = world.until, last_waking(world.until)
    for number in times(5):
        yield _waiting(world, until - timedelta(minutes=4 + 13 * number), number)
    for number in times(3):
        yield _late_by_the_work_clock(world, until - timedelta(minutes=90 + 200 * number))
    for number in times(7):
        yield _waiting(world, until + timedelta(minutes=3 + 3.6 * number), number)
    for number in times(14):
        yield now - timedelta(minutes=2 + 13 * number), just_placed
    for number in times(3):
        yield now - timedelta(minutes=25 + 40 * number), nowhere_yet
    for number in times(6):
        yield by_day(now - timedelta(hours=4 + number)), asked_now
    for number in times(4):
        yield by_day(now - timedelta(hours=6 + 2 * number)), in_the_pool_now
    yield by_day(now - timedelta(hours=5, minutes=20)), asked_in_turn_now
    yield now - timedelta(minutes=50), dispatched_by_a_rule
    for number in times(3):
        yield by_day(until - timedelta(days=2, hours=number)), some_of_several_found
    for number in times(8):
        yield by_day(until - timedelta(days=2, hours=3 * number)), on_the_way
    for number in times(4):
        at_night = now != until and number > 0
        yield by_day(until - timedelta(days=2, hours=number)), on_the_way if at_night else serving_now
    for number in times(6):
        yield by_day(until - timedelta(days=3, hours=2 * number)), waiting_for_an_answer
    for number in times(3):
        yield by_day(until - timedelta(days=4, hours=number)), call_back_wanted
    yield by_day(until - timedelta(hours=26)), away_now
    yield by_day(until - timedelta(days=2, hours=5)), hospital_tomorrow
    yield by_day(until - timedelta(days=3)), kitchen_tap_mended
    yield by_day(now - timedelta(hours=5)), offers_for_the_tour
    yield by_day(until - timedelta(days=3, hours=1)), other_district_of_the_tour
    yield until - timedelta(seconds=1), plan_to_look_at


def _waiting(world: World, due: datetime, number: int) -> Scheduled:
    """Returns a request whose dispatch is due at `due`: an ordinary one where working hours allow, else an
    urgent one. At night only the first is urgent, about something that cannot wait; the others were due before the
    desk closed, or are due when it opens.
    """
    late, now = due < world.until, last_waking(world.until)
    if now != world.until and number == 0:
        text = _text("独居老人家中停电" if late else "下水道堵了")
        return min(due, world.until) - timedelta(minutes=30), _placed(text, urgent=True)
    if now != world.until:
        closing = timezone.localtime(now).replace(hour=17, minute=30) - timedelta(minutes=23 * number)
        later = now - timedelta(minutes=9 * number), just_placed
        return _late_by_the_work_clock(world, closing) if late else later
    category = "errand" if number % 2 else "repair"
    placed, found = _placed_before(category, due)
    if due - found < timedelta(minutes=12) and placed < world.until:
        return placed, _placed_as(category, urgent=False)
    return min(due - timedelta(minutes=30), world.until - timedelta(minutes=1)), _placed_as(
        category, urgent=True
    )


def _late_by_the_work_clock(world: World, due: datetime) -> Scheduled:
    """Returns an ordinary request whose dispatch was due at `due`, or when work last stopped before that."""
    placed, _found = _placed_before("company", due)
    return placed, _placed_as("company", urgent=False)


def _placed_before(category: str, due: datetime) -> tuple[datetime, datetime]:
    """Returns (placed, due) of the latest ordinary request of `category` that is due no later than `due`."""
    kind = reference.category(category)
    city = areas.city()
    assert kind is not None and city is not None
    placed = due
    while True:
        placed -= timedelta(minutes=10)
        found = reference.deadline(placed, kind.pk, Urgency.NORMAL, Step.DISPATCH, city.pk)
        if found <= due:
            return placed, found


def _placed_as(category: str, *, urgent: bool) -> Story:
    def story(world: World) -> Steps:
        yield from _placed(world.text_for(category), urgent=urgent)(world)

    return story


def _placed(text: RequestText, *, urgent: bool) -> Story:
    def story(world: World) -> Steps:
        yield world.after(0, 0)
        world.place(world.resident(), text, urgent=urgent)

    return story


def just_placed(world: World) -> Steps:
    """New, nobody has looked at it yet."""
    asked_for(world)
    yield world.after(0, 0)


def nowhere_yet(world: World) -> Steps:
    """Waiting for triage at the city."""
    placed_nowhere(world)
    yield world.after(0, 0)


def asked_now(world: World) -> Steps:
    """Offers are open and nobody has answered."""
    request = world.place(world.resident(), world.text_for(), wished=_soon(world, 1, 3))
    yield lately(world.until, world.dice, 3, 70)
    world.offer(world.fresh(request), world.candidates(request, world.dice.randint(1, 3)))


def in_the_pool_now(world: World) -> Steps:
    """In the open pool; one of them has its first helper."""
    request = world.place(world.resident(), world.text_for("cleaning"), wished=_soon(world, 2, 4))
    yield lately(world.until, world.dice, 20, 200)
    request = world.offer(world.fresh(request))
    if request.needed > 1:
        yield lately(world.until, world.dice, 2, 15)
        world.accept(world.fresh(request), world.candidates(request, 1)[0])


def asked_in_turn_now(world: World) -> Steps:
    """Put to one after another: one has declined, the next are being asked."""
    request = world.place(world.resident(), world.text_for("company"), wished=_soon(world, 1, 3))
    yield lately(world.until, world.dice, 45, 80)
    request = world.offer(world.fresh(request), in_turn=True)
    yield lately(world.until, world.dice, 15, 35)
    asked = world.user_of(world.asked(request)[0])
    world.act(world.fresh(request), "decline_offer", asked, reason_code=DeclineReason.BUSY)


def dispatched_by_a_rule(world: World) -> Steps:
    """Auto-dispatch, tried out on one request in the district and switched off again: this one goes on."""
    district = areas.tree().by_code[people.QINGHE]
    text = world.text_for("errand")
    rule: dict[str, Any] = {
        "actor": world.staff["qinghe-admin"],
        "area": district,
        "category": reference.category(text.category),
        "width": 2,
    }
    auto_dispatch.set_rule(on=True, **rule)
    world.place(world.resident(district=people.QINGHE), text, wished=_soon(world, 1, 2))
    yield world.after(1, 2)
    auto_dispatch.set_rule(on=False, **rule)


def plan_to_look_at(world: World) -> Steps:
    """The desk has just had a plan computed for everything that waits in the district of the tour."""
    yield world.after(0, 0)
    district = areas.tree().by_code[people.QINGHE]
    made = plans.start(actor=world.staff["qinghe-desk"], area=district, wake=False)
    jobs.compute(made.pk)


def some_of_several_found(world: World) -> Steps:
    """Two are needed, one has accepted, the other offer ran out."""
    text = world.dice.choice([text for text in requests() if text.headcount == 2])
    request = world.place(world.resident(), text, wished=_soon(world, 2, 4))
    yield world.desk_hours(10, 60)
    asked = world.candidates(request, 2)
    request = world.offer(request, asked)
    yield world.after(10, 40)
    world.accept(world.fresh(request), asked[0])


def on_the_way(world: World) -> Steps:
    """Accepted, for today or the next days."""
    request = world.place(world.resident(), world.text_for(), wished=_soon(world, 0, 3))
    yield from staffed(world, request, decline=0)


def serving_now(world: World) -> Steps:
    """Somebody is there right now: at night because somebody must not be alone."""
    start = world.until - timedelta(minutes=world.dice.uniform(12, 50))
    text = NIGHT_CARE
    if last_waking(world.until) == world.until:
        texts = iter(lambda: world.text_for("company"), None)
        text = next(text for text in texts if not any(word in text.text for word in NOT_NOW))
    request = world.place(world.resident(), text, wished=start)
    request = yield from staffed(world, request, decline=0)
    for line in world.helpers(request, A.ACCEPTED):
        yield max(world.after(1, 2), line.agreed_start)
        request = world.check_in(world.fresh(request), line.volunteer)


def waiting_for_an_answer(world: World) -> Steps:
    """Done; the resident has not said anything yet."""
    start = by_day(world.until - timedelta(hours=world.dice.uniform(4, 30)))
    request = world.place(world.resident(), world.text_for(), wished=start)
    yield from through(world, request, decline=0)


def away_now(world: World) -> Steps:
    """The resident is with the children for some days: on hold, it goes on by itself."""
    request = world.place(world.resident(), world.text_for("learning"))
    yield world.desk_hours(10, 40)
    until = world.until + timedelta(days=4)
    world.act(world.fresh(request), "pause", world.desk_of(request), reason_code="away", until=until)


def call_back_wanted(world: World) -> Steps:
    """Rated poorly; the colleague has not rung up yet."""
    start = by_day(world.until - timedelta(hours=world.dice.uniform(50, 60)))
    request = world.place(world.resident(), world.text_for(), wished=start)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request, stars=world.dice.choice((1, 2)), solved="partly")


# The people of the tour


def hospital_tomorrow(world: World) -> Steps:
    """陈桂兰's daughter has asked; 张建国 comes tomorrow at half past eight."""
    mother, daughter = world.known("resident-chen"), world.known("resident-wang")
    tomorrow = timezone.localtime(world.until) + timedelta(days=1)
    start = tomorrow.replace(hour=8, minute=30, second=0, microsecond=0)
    text = _text("周三上午陪诊")
    text = text._replace(title="明天上午陪诊", text=text.text.replace("周三上午", "明天上午"))
    request = world.place(mother, text, by=world.users[daughter.phone], wished=start)
    yield world.desk_hours(10, 30)
    request = world.offer(request, [_volunteer(world, "volunteer-zhang")])
    yield world.after(4, 9)
    world.accept(world.fresh(request), _volunteer(world, "volunteer-zhang"))


def kitchen_tap_mended(world: World) -> Steps:
    """陈桂兰's tap is mended; how was it?"""
    mother = world.known("resident-chen")
    start = by_day(world.until - timedelta(hours=20))
    request = world.place(mother, _text("厨房水管漏水"), wished=start)
    yield world.after(15, 40)
    request = world.offer(request, [_volunteer(world, "volunteer-zhao")])
    yield world.after(3, 20)
    request = world.accept(world.fresh(request), _volunteer(world, "volunteer-zhao"))
    yield from served(world, request)


def offers_for_the_tour(world: World) -> Steps:
    """张建国 has two offers to answer."""
    zhang = _volunteer(world, "volunteer-zhang")
    world.keep_free(zhang)
    neighbour = world.resident(elder=True, district=people.QINGHE)
    first = world.place(neighbour, _text("陪老伴换药"), wished=_free_time(world, zhang, 1))
    second = world.place(
        world.known("resident-wang"), _text("轮椅推不出单元门"), wished=_free_time(world, zhang, 2)
    )
    yield last_waking(world.until) - timedelta(minutes=35)
    others = [each for each in world.candidates(second, 3) if each != zhang]
    world.offer(world.fresh(second), [zhang, *others[:1]])
    world.offer(world.fresh(first), [zhang])


def other_district_of_the_tour(world: World) -> Steps:
    """In the other district 孙丽 is asked by 杜长江 and has accepted one of two."""
    sun, du = _volunteer(world, "volunteer-sun"), world.known("resident-du")
    world.keep_free(sun)
    request = world.place(du, _text("教我视频通话"), wished=_free_time(world, sun, 1))
    later = world.place(du, _text("陪去公园合唱"), wished=_free_time(world, sun, 2))
    yield last_waking(world.until) - timedelta(minutes=50)
    world.offer(world.fresh(request), [sun])
    yield last_waking(world.until) - timedelta(minutes=20)
    later = world.offer(world.fresh(later), [sun])
    yield last_waking(world.until) - timedelta(minutes=10)
    answer_offer(world, world.fresh(later), sun, decline=0)


def _free_time(world: World, volunteer: Volunteer, days: int) -> datetime:
    """Returns a time `days` from now at which the volunteer has promised nothing, three hours around it."""
    while True:
        found = _soon(world, days, days + 1)
        around = (found - timedelta(hours=3), found + timedelta(hours=3))
        if not Commitment.objects.filter(volunteer=volunteer, active=True, during__overlap=around).exists():
            return found
        days += 1


def _soon(world: World, low_days: int, high_days: int) -> datetime:
    """Returns a half hour of the days after `until` when people visit each other."""
    day = timezone.localtime(world.until) + timedelta(days=world.dice.randint(low_days, high_days))
    half_hours = world.dice.randrange(17, 33)
    found = day.replace(hour=half_hours // 2, minute=half_hours % 2 * 30, second=0, microsecond=0)
    return found if found > world.until + timedelta(hours=3) else found + timedelta(days=1)


def _text(title: str) -> RequestText:
    return next(text for text in requests() if text.title == title)


def _volunteer(world: World, username: str) -> Volunteer:
    return next(each for each in world.volunteers.values() if each.user.username == username)
