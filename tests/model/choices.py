"""What people try: for every verb some facts, most of them good, some of them bad, and whom each verb is left to."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.model.ground import LEADERS, TABLE, VOLUNTEERS
from tests.model.records import DAY, Refused, Request
from tests.model.world import World

PEOPLE = (
    *("resident", "neighbour", "proxy", "dispatcher", "colleague", "chief", "outsider", "auditor"),
    *(*VOLUNTEERS, "officer", "last_officer"),
)
Facts = dict[str, Any]
# Who places what for whom: (who, for whom with an account, through whom, what else the wish says)
PLACES: dict[str, tuple[str, str | None, str | None, Facts]] = {
    "for oneself": ("resident", "resident", None, {}),
    "for oneself next door": ("neighbour", "neighbour", None, {}),
    "a volunteer": ("volunteer", "volunteer", None, {}),
    "through a proxy": (
        *("proxy", "neighbour", "proxy"),
        {"beneficiary_phone": "13800000002", "beneficiary_name": "周敏", "on_behalf_reason": "不会用手机"},
    ),
    "by telephone": (
        *("dispatcher", None, "dispatcher"),
        {"beneficiary_phone": "13900000099", "beneficiary_name": "何奶奶", "on_behalf_reason": "来电"},
    ),
}
REFUSED_PLACES: list[tuple[str, Facts, int]] = [
    ("outsider", {"beneficiary_phone": "13900000099", "on_behalf_reason": "来电"}, 403),
    ("resident", {"title": "", "text": " "}, 400),
    ("resident", {"headcount": 0}, 400),
    ("neighbour", {"category": "nothing"}, 400),
    ("proxy", {"beneficiary_phone": "13800000002"}, 400),
]
# How often a verb is tried among those that are allowed: what leads on more often than what ends or cuts off.
OFTEN = {
    **dict.fromkeys(("offer", "accept", "accept_for_team", "check_in", "complete"), 16),
    **dict.fromkeys(("rate", "confirm", "report_no_show", "approve", "decline_offer", "abort"), 8),
    **dict.fromkeys(("merge", "refer", "return", "unit_reply", "appeal", "call_back", "reopen", "extend"), 6),
    **dict.fromkeys(("report_concern", "block", "cancel", "reject", "withdraw_offer", "confidential"), 1),
}
OTHERWISE = 3
SELDOM_THE_CHIEF = ("approve", "refuse", "call_back")  # who has done nothing else can decide


def facts_by_verb(world: World, r: Request) -> dict[str, list[Facts]]:
    """Returns what people say with each verb that needs words; whether it is right is the model's to judge."""
    now = world.now
    starts = [now + timedelta(hours=2), now + DAY]
    offered = [
        {"agreed_start": each, **asked}
        for each in (None, *starts)
        for asked in (*({"volunteers": group} for group in GROUPS), {"pool": True})
    ]
    offered += [
        {"agreed_start": each, **asked} for each in (None, starts[1]) for asked in IN_TURN_OR_TO_TEAMS
    ]
    numbers = list(range(len(r.lines)))
    asked = [number for number, offer in enumerate(r.offers) if offer.state == "open"]
    asked_teams = [number for number, offer in enumerate(r.team_offers) if offer.state == "open"]
    waiting = [{"approval": number} for number in range(len(r.proposals))] or [{}]
    return {
        "amend": [
            *({"preferred_start": each} for each in starts),
            *({"agreed_start": each} for each in (*starts, now - DAY)),
            *({"headcount": each} for each in (1, 2, 3)),
            {"address": f"荷花里 5 号楼 {len(r.deeds)} 号"},
            {"text": f"第 {len(r.deeds)} 次修改"},
            {"public_summary": f"第 {len(r.deeds)} 版"},
            {},
        ],
        "reject": [
            *({"reason_code": each, "text": "请拨打 12345。"} for each in ("unsafe", "whim")),
            {"reason_code": "unsafe"},
        ],
        "appeal": [{"reason": "请再看一次"}, {}],
        "merge": [{"into": number} for number in range(len(world.requests))],
        "split": [{}],
        "refer": [
            *({"unit": each, "answer_class": "7d", "note": "请处理"} for each in ("bureau", "last")),
            {"unit": "bureau", "answer_class": "2h"},
        ],
        "recall": [{"reason": "志愿者可以做"}, {}],
        "return": [{"reason": "不归我们管"}, {}],
        "unit_reply": [{"text": "已修复", "result": each} for each in ("solved", "explained", "maybe")],
        "offer": [*offered, {"agreed_start": now - DAY, "pool": True}, {}],
        "withdraw_offer": [
            {},
            *({"offers": (number,)} for number in asked or range(len(r.offers))),
            *({"team_offers": (number,)} for number in asked_teams),
        ],
        "accept_for_team": [
            {"members": named, "agreed_start": start, **which}
            for named in NAMED
            for start in (None, starts[0])
            for which in ({}, *({"team_offer": number} for number in asked_teams))
        ],
        "accept": [{}, *({"agreed_start": each} for each in (*starts, now))],
        "check_in": [{"code": True}, {"near": True}, {"reason": "手机没电"}, {}],
        "complete": [{}, {"minutes": 1}, {"minutes": 100_000}],
        "reassign": [{}, *({"assignments": (number,)} for number in numbers)],
        "report_no_show": [{}, *({"assignment": number} for number in numbers)],
        "excuse": [{}, *({"assignment": number} for number in numbers)],
        "abort": [{"reason": "下雨了"}, {"reason": "不需要了", "outcome": "cancel"}, {}],
        "rate": [
            *({"solved": each, "stars": stars} for each in ("yes", "partly", "no", "so") for stars in (1, 5)),
            {"solved": "yes", "stars": 6},
            {"stars": 5},
        ],
        "call_back": [
            *({"solved": each} for each in ("yes", "partly", "no", "so")),
            {"solved": "no", "again": True},
            {},
        ],
        "exempt": [{"reason_code": each, "text": "联系不上"} for each in ("unreachable", "whim")],
        "extend": [{"due_at": each, "reason": "等材料"} for each in _limits(world, r)],
        "approve": waiting,
        "refuse": [{**each, **said} for each in waiting for said in ({"reason": "不同意"}, {})],
        "withdraw_proposal": waiting,
        "pause": [
            *(
                {"reason_code": "weather", "until": now + each}
                for each in (timedelta(hours=4), 3 * DAY, 31 * DAY, -DAY)
            ),
            {"reason_code": "whim", "until": now + DAY},
        ],
        "confidential": [{"on": True}, {"on": False}, {}],
        "report_concern": [{"text": "门口有狗"}, {}],
        "block": [{"volunteer": each} for each in VOLUNTEERS],
    }


GROUPS = (*((each,) for each in VOLUNTEERS), ("second", "third"), VOLUNTEERS, ())
NAMED = (("second",), ("third",), ("volunteer",), ("second", "third"), ("volunteer", "second"), ())
IN_TURN_OR_TO_TEAMS: tuple[Facts, ...] = (
    *({"mode": "waterfall", "width": width} for width in (1, 2, 6)),
    {"mode": "waterfall", "answer_minutes": 30},
    {"mode": "waterfall", "volunteers": ("second",)},
    *({"team": team} for team in LEADERS),
    {"team": "corps", "pool": True},
)


def _limits(world: World, r: Request) -> Iterator[datetime]:
    present = max(world.now, r.due or world.now, r.answer_due or world.now)
    yield present + 3 * DAY
    yield world.now


def allowed(world: World, r: Request) -> dict[str, list[tuple[str, Facts]]]:
    """Returns for every verb that somebody could do now who, and with which facts."""
    facts_of, found = facts_by_verb(world, r), {}
    for verb in TABLE:
        may = []
        for who in PEOPLE:
            if (who == "chief" and verb not in SELDOM_THE_CHIEF) or not world.standing(r, who):
                continue
            may += [
                (who, facts) for facts in facts_of.get(verb, [{}]) if _is_allowed(world, r, verb, who, facts)
            ]
        if may:
            found[verb] = may
    return found


def _is_allowed(world: World, r: Request, verb: str, who: str, facts: Facts) -> bool:
    try:
        world.judge(who, verb, r, dict(facts))
    except Refused:
        return False
    return True


def moments(world: World) -> list[timedelta]:
    """Returns how long one could wait: some while, or until something of a request is due."""
    due = [at for at, *_what in world._due()]
    starts = [line.start + timedelta(minutes=31) for r in world.requests for line in r.active("accepted")]
    ahead = sorted({at - world.now for at in (*due, *starts) if at > world.now})
    short = [timedelta(minutes=5), timedelta(minutes=40), timedelta(hours=3)]
    return [*short, *short, *ahead[:5], *ahead[:2], DAY, 8 * DAY, 16 * DAY]
