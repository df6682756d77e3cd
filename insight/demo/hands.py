"""Responsible units of the demo city, and requests in their hands or joined to one another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from civic.accounts.models import User
from civic.areas import queries
from insight.demo import accounts, people
from insight.demo.hours import by_day
from insight.demo.stories import S, Steps, Story, rated
from insight.demo.words import RequestText
from insight.demo.world import World
from requests_app.actions.units import add_member
from requests_app.enums import UnitKind, UnitResult
from requests_app.models import Referral, ServiceRequest, Unit


class DemoUnit(NamedTuple):
    """A unit and who answers for it."""

    name: str
    name_en: str
    district: str
    kind: UnitKind
    phone: str
    username: str
    officer: str
    number: int
    backstop: bool = False


UNITS = (
    DemoUnit(
        "青禾区城市管理局", "Qinghe Urban Management Bureau", people.QINGHE, UnitKind.BUREAU, "0530-5550601",
        "qinghe-chengguan", "韩立伟", 31,
    ),
    DemoUnit(
        "青禾区住建局", "Qinghe Housing Bureau", people.QINGHE, UnitKind.BUREAU, "0530-5550602",
        "qinghe-zhujian", "郭晓燕", 32,
    ),
    DemoUnit(
        "青禾水务公司", "Qinghe Water Company", people.QINGHE, UnitKind.UTILITY, "0530-5550603",
        "qinghe-water", "梁志强", 33,
    ),
    DemoUnit(
        "青禾区诉求督办中心", "Qinghe District Supervision Centre", people.QINGHE, UnitKind.OTHER, "0530-5550600",
        "qinghe-backstop", "宋海波", 34, True,
    ),
    DemoUnit(
        "柳溪区城市管理局", "Liuxi Urban Management Bureau", people.LIUXI, UnitKind.BUREAU, "0530-5550701",
        "liuxi-chengguan", "丁建军", 35,
    ),
    DemoUnit(
        "柳溪区诉求督办中心", "Liuxi District Supervision Centre", people.LIUXI, UnitKind.OTHER, "0530-5550700",
        "liuxi-backstop", "段红霞", 36, True,
    ),
)  # fmt: skip
LIFT = (
    ("楼里电梯坏了", "我们楼电梯坏了三天了，老人下不了楼，请帮忙协调。"),
    ("电梯坏了没人修", "电梯坏了三天没人修，八十岁的老人下不了楼。"),
    ("电梯又坏了", "楼里的电梯又坏了，轮椅下不了楼，急。"),
    ("电梯停运", "电梯坏了好几天，老人下不了楼，买菜都难。"),
    ("请协调修电梯", "楼里电梯坏了，老人小孩上下楼太难，请帮忙协调。"),
)
MATTERS = (
    # title, text, what the desk writes, what the unit answers
    (
        "楼前路灯不亮",
        "楼前的路灯坏了有一个星期了，晚上老人不敢出门。",
        "请核查线路并修复。",
        "已更换灯头和线路，当晚亮灯。",
    ),
    (
        "井盖松动",
        "小区门口的井盖松了，车一过就响，怕出危险。",
        "存在安全隐患，请尽快处置。",
        "井盖已更换并加固，周边已复查。",
    ),
    (
        "雨天路面积水",
        "一下雨路口就积水，接送孩子得蹚水过。",
        "请查看雨水管道是否堵塞。",
        "已清掏雨水井 4 处，积水点已消除。",
    ),
    (
        "垃圾清运不及时",
        "垃圾桶两天没人清，味道很大。",
        "请督促清运并答复居民。",
        "已调整清运班次，每日两清。",
    ),
)


def found_units(world: World) -> None:
    """Writes the units and the accounts of those who answer for them."""
    for each in UNITS:
        area = queries.tree().by_code[each.district]
        made = Unit.objects.create(
            name=each.name,
            name_en=each.name_en,
            area=area,
            kind=each.kind,
            contact_phone=each.phone,
            backstop=each.backstop,
        )
        user = accounts.create(each.username, each.officer, people.phone_of(1000 + each.number))
        add_member(made, user)
        accounts.give_key(user)
        world.staff[each.username] = user


def asked_about(world: World, number: int, district: str = people.QINGHE) -> ServiceRequest:
    """Places a request about something that no volunteer can mend."""
    title, text, _note, _answer = MATTERS[number % len(MATTERS)]
    return world.place(world.resident(district=district), RequestText("other", title, text, 60, 1))


def referred(
    world: World, request: ServiceRequest, username: str, number: int, *, limit: str = "7d", assist: str = ""
) -> ServiceRequest:
    """The desk refers it to the unit of `username`."""
    facts = {
        "unit": unit_of(world, username).pk,
        "answer_class": limit,
        "note": MATTERS[number % len(MATTERS)][2],
    }
    if assist:
        facts["assisting"] = [unit_of(world, assist).pk]
    return world.act(world.fresh(request), "refer", world.desk_of(request), **facts)


def unit_of(world: World, username: str) -> Unit:
    """Returns the unit that somebody answers for."""
    return Unit.objects.get(members__user=world.staff[username])


def officer_of(world: World, request: ServiceRequest) -> User:
    """Returns whoever answers for the unit that has it now."""
    lies_with = Referral.objects.get(request=request, state="open")
    return next(user for user in world.staff.values() if lies_with.unit.members.filter(user=user).exists())


def answered(world: World, request: ServiceRequest, number: int) -> Steps:
    """The unit answers, the resident rates."""
    yield world.desk_hours(240, 1400)
    request = world.fresh(request)
    if request.state != S.REFERRED:
        return
    words = MATTERS[number % len(MATTERS)][3]
    officer = officer_of(world, request)
    request = world.act(request, "unit_reply", officer, text=words, result=UnitResult.SOLVED)
    yield from rated(world, request)


def mended_by_a_unit(world: World) -> Steps:
    """Referred, answered, rated."""
    number = world.dice.randrange(len(MATTERS))
    request = asked_about(world, number)
    yield world.desk_hours(10, 90)
    request = referred(world, request, "qinghe-chengguan", number, assist="qinghe-zhujian")
    yield from answered(world, request, number)


def returned_once(world: World) -> Steps:
    """The first unit says that it is not theirs, the second answers."""
    request = asked_about(world, 2)
    yield world.desk_hours(10, 90)
    request = referred(world, request, "qinghe-chengguan", 2)
    yield world.desk_hours(60, 400)
    request = world.fresh(request)
    world.act(request, "return", officer_of(world, request), reason="雨水管道由住建局管养，不属于我局。")
    yield world.desk_hours(10, 90)
    request = referred(world, request, "qinghe-zhujian", 2)
    yield from answered(world, request, 2)


def recalled(world: World) -> Steps:
    """The desk takes it back: volunteers can do it after all; then it is no longer needed."""
    request = asked_about(world, 3, people.LIUXI)
    yield world.desk_hours(10, 90)
    request = referred(world, request, "liuxi-chengguan", 3)
    yield world.desk_hours(60, 200)
    world.act(world.fresh(request), "recall", world.desk_of(request), reason="社区志愿者可以先清扫。")
    yield world.desk_hours(30, 90)
    person = world.users[request.beneficiary_phone]
    world.act(world.fresh(request), "cancel", person, reason="已经清走了，谢谢。")


def mended_by_itself(world: World) -> Steps:
    """The lamp burns again before the unit has come: taken back by the resident."""
    request = asked_about(world, 0)
    yield world.desk_hours(10, 90)
    request = referred(world, request, "qinghe-chengguan", 0)
    yield world.awake(300, 1500)
    person = world.users[request.beneficiary_phone]
    world.act(world.fresh(request), "cancel", person, reason="昨晚路灯又亮了，不用来了。")


def joined_and_done(world: World) -> Steps:
    """Two neighbours ask about one lamp; both read the answer."""
    first = asked_about(world, 0)
    text = RequestText("other", "路灯坏了", "楼前路灯坏了好几天，晚上看不见。", 60, 1)
    person = next(each for each in world.residents if each.phone == first.beneficiary_phone)
    others = [each for each in world.residents if each.estate == person.estate and each != person]
    second = world.place(others[0] if others else person, text)
    yield world.desk_hours(10, 90)
    world.act(second, "merge", world.staff["qinghe-desk"], into=first.pk)
    yield world.desk_hours(5, 20)
    first = referred(world, first, "qinghe-chengguan", 0)
    yield from answered(world, first, 0)
    yield from rated(world, second)


def not_the_same(world: World) -> Steps:
    """Joined by mistake, separated again, and answered by themselves."""
    first = asked_about(world, 3)
    person = next(each for each in world.residents if each.phone == first.beneficiary_phone)
    second = world.place(person, RequestText("other", "楼后垃圾成堆", "楼后面堆了很多旧家具。", 60, 1))
    yield world.desk_hours(10, 90)
    desk = world.staff["qinghe-desk"]
    world.act(world.fresh(second), "merge", desk, into=first.pk)
    yield world.desk_hours(30, 90)
    second = world.act(world.fresh(second), "split", desk, reason="电话核实，不是同一处。")
    for request in (first, second):
        request = referred(world, request, "qinghe-chengguan", 3)
        yield from answered(world, request, 3)


def scenes(world: World) -> Iterator[tuple[datetime, Story]]:
    """Yields what lies with units now: to be answered, late, at the last instance; and a pair to look at."""
    until = world.until
    yield by_day(until - timedelta(hours=20)), with_a_unit_now
    yield by_day(until - timedelta(days=1, hours=16)), late_at_a_unit
    yield by_day(until - timedelta(days=3)), at_the_last_instance
    yield by_day(until - timedelta(hours=9)), joined_now
    yield by_day(until - timedelta(hours=28)), one_broken_lift


def with_a_unit_now(world: World) -> Steps:
    """Referred lately."""
    request = asked_about(world, 1)
    yield world.desk_hours(20, 60)
    referred(world, request, "qinghe-chengguan", 1, assist="qinghe-zhujian")


def late_at_a_unit(world: World) -> Steps:
    """The water company has not answered in time."""
    text = RequestText("other", "家里停水", "从昨天早上起一直没有水，做饭都成问题。", 60, 1)
    request = world.place(world.resident(district=people.QINGHE), text)
    yield world.desk_hours(20, 60)
    referred(world, request, "qinghe-water", 1, limit="24h")


def at_the_last_instance(world: World) -> Steps:
    """Two units say that it is not theirs."""
    request = asked_about(world, 2)
    for username, reason in (
        ("qinghe-chengguan", "该路段由住建局管养，不属于我局。"),
        ("qinghe-zhujian", "该路段未移交，不属于我局。"),
    ):
        yield world.desk_hours(20, 60)
        request = referred(world, request, username, 2)
        yield world.desk_hours(100, 300)
        world.act(world.fresh(request), "return", world.staff[username], reason=reason)


def joined_now(world: World) -> Steps:
    """One joined to the other; a third that may be about the same is left for the desk to see."""
    first = asked_about(world, 0)
    person = next(each for each in world.residents if each.phone == first.beneficiary_phone)
    second = world.place(
        person, RequestText("other", "门口路灯不亮", "楼前路灯不亮，晚上老人不敢出门。", 60, 1)
    )
    yield world.after(10, 40)
    world.act(second, "merge", world.staff["qinghe-desk"], into=first.pk)


def one_broken_lift(world: World) -> Steps:
    """Neighbours ask about one lift, each in their own words, and nobody has put that together yet."""
    first = world.resident(district=people.QINGHE)
    around = [each for each in world.residents if each.estate == first.estate and each != first]
    for number, (title, text) in enumerate(LIFT):
        person = [first, *around][number % (len(around) + 1)]
        world.place(person, RequestText("other", title, text, 60, 1))
        yield world.awake(60, 200)
