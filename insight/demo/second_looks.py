"""Stories in which a second person looks: appeals, exemptions, later limits, answers that solve nothing; what is told
in confidence; and a day off that is entered late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from civic.accounts.models import User
from civic.areas import queries
from civic.lib import clock
from civic.worktime import actions as worktime
from civic.worktime import calendar
from insight.demo import people
from insight.demo.hands import answered, asked_about, officer_of, unit_of
from insight.demo.hours import by_day, last_waking, lately
from insight.demo.stories import Part, Steps, Story, asked_for, rated, through
from insight.demo.words import RequestText
from insight.demo.world import World
from requests_app import recalculating
from requests_app.enums import ExemptReason, RejectReason, UnitResult
from requests_app.models import ServiceRequest

HANDLE = RequestText(
    "repair", "换房门把手", "卧室门把手掉了，新的已经买好，螺丝拧不动，想请人帮着装上。", 40, 1
)
LIFT = RequestText("other", "想加装电梯", "住六楼没有电梯，老伴上下楼一趟要歇三回，想问问能不能装。", 60, 1)
TOO_MUCH_WORK = "这件事需要有资质的施工队来做，志愿者做不了。已把物业维修电话发给您。"
ALREADY_WITH_HOTLINE = "这件事市民热线已经派给环卫部门，正在办理，就不重复派人了。"
NO_LIFT = "该楼已列入加装电梯摸底名单，因二层以下住户未达成一致，目前不能立项。社区将牵头再开一次协商会。"


# The resident asks for another look


def _not_taken_on(world: World) -> Part:
    """Not taken on, and the resident asks for another look."""
    request = world.place(world.resident(), HANDLE)
    yield world.desk_hours(5, 80)
    desk, reason = world.desk_of(request), RejectReason.NOT_VOLUNTEER_WORK
    request = world.act(world.fresh(request), "reject", desk, reason_code=reason, text=TOO_MUCH_WORK)
    yield world.awake(60, 1400)
    said = "不用施工，只是换个把手，东西都买好了，请再看看。"
    return world.act(world.fresh(request), "appeal", _asker(world, request), reason=said)


def appealed(world: World) -> Steps:
    """A colleague rings up, agrees on a time, and somebody comes after all."""
    request = yield from _not_taken_on(world)
    yield world.desk_hours(20, 200)
    agreed = world.a_time_to_come(2, 4)
    request = world.act(world.fresh(request), "amend", world.callback_of(request), agreed_start=agreed)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def appealed_in_vain(world: World) -> Steps:
    """A colleague looks and comes to the same answer."""
    request = yield from _not_taken_on(world)
    yield world.desk_hours(20, 200)
    said = "同事已再次核实：门框变形，需要更换门扇，仍须由物业施工。已替您约好物业明天上门。"
    reason = RejectReason.NOT_VOLUNTEER_WORK
    colleague = world.callback_of(request)
    world.act(world.fresh(request), "reject", colleague, reason_code=reason, text=said)


# Two people leave it out of the rates, or do not


def _proposed_to_leave_out(world: World) -> Part:
    """With the hotline already; the desk proposes to leave it out of the rates."""
    request = asked_about(world, 3)
    yield world.after(10, 90)
    desk, reason = world.desk_of(request), RejectReason.DUPLICATE
    request = world.act(world.fresh(request), "reject", desk, reason_code=reason, text=ALREADY_WITH_HOTLINE)
    yield world.after(10, 60)
    facts = {"reason_code": ExemptReason.DUPLICATE, "text": "与 12345 热线工单重复，工单号已核对。"}
    return world.act(world.fresh(request), "exempt", desk, **facts)


def left_out(world: World) -> Steps:
    """A colleague agrees: listed in public with its reason."""
    request = yield from _proposed_to_leave_out(world)
    yield world.desk_hours(30, 600)
    world.act(world.fresh(request), "approve", world.callback_of(request), note="已核对工单。")


def not_left_out(world: World) -> Steps:
    """A colleague does not agree: it counts."""
    request = yield from _proposed_to_leave_out(world)
    yield world.desk_hours(30, 600)
    said = "热线工单说的是东门，不是同一处，应当计入。"
    world.act(world.fresh(request), "refuse", world.callback_of(request), reason=said)


# A unit needs more time, or can only explain


def _with_the_housing_bureau(world: World, text: RequestText, *, limit: str) -> Part:
    """The housing bureau of Qinghe has it."""
    request = world.place(world.resident(district=people.QINGHE), text)
    yield world.after(10, 60)
    return world.act(
        world.fresh(request),
        "refer",
        world.desk_of(request),
        unit=unit_of(world, "qinghe-zhujian").pk,
        answer_class=limit,
        note="请到现场了解情况后答复居民。",
    )


def _proposed_by_unit(world: World, request: ServiceRequest, verb: str, **facts: Any) -> ServiceRequest:
    """Whoever answers for the unit proposes a later limit, or an answer that solves nothing."""
    request = world.fresh(request)
    return world.act(request, verb, officer_of(world, request), **facts)


def only_explained(world: World) -> Steps:
    """Nothing can be done for now: a colleague at the desk approves the answer before the resident reads it."""
    request = yield from _with_the_housing_bureau(world, LIFT, limit="7d")
    yield world.desk_hours(600, 2000)
    request = _proposed_by_unit(world, request, "unit_reply", text=NO_LIFT, result=UnitResult.EXPLAINED)
    yield world.desk_hours(60, 600)
    request = world.act(world.fresh(request), "approve", world.callback_of(request), note="情况属实。")
    yield from rated(world, request, stars=3, solved="partly")


def written_anew(world: World) -> Steps:
    """The unit takes its explanation back: a way was found."""
    request = yield from _with_the_housing_bureau(world, LIFT, limit="7d")
    yield world.desk_hours(600, 1400)
    request = _proposed_by_unit(world, request, "unit_reply", text=NO_LIFT, result=UnitResult.EXPLAINED)
    yield world.desk_hours(30, 120)
    request = world.act(request, "withdraw_proposal", officer_of(world, request))
    yield world.desk_hours(200, 600)
    text = "二层住户已同意，加装电梯方案今日公示，公示期十天。"
    officer = officer_of(world, request)
    request = world.act(world.fresh(request), "unit_reply", officer, text=text, result=UnitResult.SOLVED)
    yield from rated(world, request, stars=5)


def later_limit(world: World) -> Steps:
    """The unit waits for material and asks for more time; a colleague at the desk allows it."""
    request = asked_about(world, 2, people.QINGHE)
    yield world.desk_hours(10, 60)
    why = "需更换一段管道，管材采购约需两周。"
    request = yield from _proposal_for_more_time(world, request, limit="24h", days=16, why=why)
    yield world.desk_hours(30, 120)
    request = world.act(world.fresh(request), "approve", world.callback_of(request), note="已看过采购单。")
    yield world.desk_hours(2 * 1440, 3 * 1440)
    yield from answered(world, request, 2)


def nobody_decides(world: World) -> Steps:
    """Nobody looks at the proposal for a week: it lapses, and the unit answers in its first limit."""
    request = asked_about(world, 2, people.QINGHE)
    yield world.desk_hours(10, 60)
    why = "需整段改造，施工方案报批约需一个月。"
    request = yield from _proposal_for_more_time(world, request, limit="15d", days=40, why=why)
    yield world.desk_hours(7.2 * 1440, 8 * 1440)
    yield from answered(world, request, 2)


def _proposal_for_more_time(
    world: World, request: ServiceRequest, *, limit: str, days: int, why: str
) -> Part:
    """The housing bureau has it and asks for a limit `days` from now."""
    facts = {"unit": unit_of(world, "qinghe-zhujian").pk, "answer_class": limit, "note": "请查看雨水管道。"}
    request = world.act(world.fresh(request), "refer", world.desk_of(request), **facts)
    yield world.desk_hours(60, 200)
    due = clock.now() + timedelta(days=days)
    return _proposed_by_unit(world, request, "extend", due_at=due, reason=why)


# Told in confidence


def in_confidence(world: World) -> Steps:
    """The resident marks it confidential: one person is asked by name, nobody else reads it."""
    request = asked_for(world, "advice", wished=True)
    yield world.after(1, 4)
    request = world.act(world.fresh(request), "confidential", _asker(world, request), on=True)
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


def no_longer_in_confidence(world: World) -> Steps:
    """The desk marks it by mistake and takes the mark off."""
    request = asked_for(world, "learning", wished=True)
    yield world.desk_hours(2, 6)
    desk = world.desk_of(request)
    request = world.act(world.fresh(request), "confidential", desk, on=True, reason="来电说不想让邻居知道。")
    yield world.desk_hours(5, 20)
    request = world.act(request, "confidential", desk, on=False, reason="核实后居民表示不必保密。")
    request = yield from through(world, request, decline=0)
    yield from rated(world, request)


# A day off that is entered late


def typhoon(world: World) -> Steps:
    """The evening before, somebody asks; in the morning the district stops work: what is open there is due later."""
    request = world.place(world.resident(district=people.QINGHE), world.text_for("errand"))
    yield timezone.localtime(clock.now()).replace(hour=6, minute=40) + timedelta(days=1)
    area, today = queries.tree().by_code[people.QINGHE], timezone.localdate(clock.now())
    admin, note = world.staff["qinghe-admin"], "台风登陆，全区停工一天"
    worktime.mark_days(actor=admin, area=area, first=today, last=today, kind=worktime.OFF, note=note)
    yield world.after(1, 2)
    recalculating.sweep(settle=timedelta(0))
    yield world.after(1440, 1500)
    request = yield from through(world, world.fresh(request), decline=0)
    yield from rated(world, request)


def _before_a_workday(moment: datetime) -> datetime:
    """Returns half past seven in the evening before the last work day that begins before `moment`."""
    evening = timezone.localtime(moment).replace(hour=19, minute=30, second=0, microsecond=0)
    while not calendar.default().is_workday((evening + timedelta(days=1)).date()):
        evening -= timedelta(days=1)
    return evening


# Now


def scenes(world: World) -> Iterator[tuple[datetime, Story]]:
    """Yields what waits for a second person now, what is told in confidence, and the late day off some weeks ago."""
    until = world.until
    yield _before_a_workday(until - timedelta(days=24)), typhoon
    now = last_waking(until)
    yield by_day(now - timedelta(hours=7)), exemption_to_decide
    yield by_day(now - timedelta(hours=8)), explanation_to_decide
    yield by_day(now - timedelta(hours=6)), confidential_now
    yield by_day(until - timedelta(days=1, hours=9)), appeal_to_decide


def exemption_to_decide(world: World) -> Steps:
    """Proposed; a colleague has not looked yet."""
    yield from _proposed_to_leave_out(world)


def explanation_to_decide(world: World) -> Steps:
    """The unit's explanation waits for a colleague."""
    request = yield from _with_the_housing_bureau(world, LIFT, limit="7d")
    yield world.after(60, 200)
    _proposed_by_unit(world, request, "unit_reply", text=NO_LIFT, result=UnitResult.EXPLAINED)


def confidential_now(world: World) -> Steps:
    """Waits for the desk, which reads it after saying why."""
    request = world.place(world.resident(district=people.QINGHE), world.text_for("advice"))
    yield world.after(1, 4)
    world.act(world.fresh(request), "confidential", _asker(world, request), on=True)


def appeal_to_decide(world: World) -> Steps:
    """Not taken on yesterday, asked for again this morning."""
    request = world.place(world.resident(district=people.QINGHE), HANDLE)
    yield world.after(10, 60)
    desk, reason = world.desk_of(request), RejectReason.NOT_VOLUNTEER_WORK
    world.act(world.fresh(request), "reject", desk, reason_code=reason, text=TOO_MUCH_WORK)
    yield lately(world.until, world.dice, 20, 90)
    said = "不用施工，只是换个把手，请再看看。"
    world.act(world.fresh(request), "appeal", _asker(world, request), reason=said)


def _asker(world: World, request: ServiceRequest) -> User:
    return world.users[request.beneficiary_phone]
