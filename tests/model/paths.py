"""One short story for every verb, written out: from a request just placed to that verb done.

The long run finishes with the stories of the verbs that chance has not met, and each of them is told once in the
ordinary suite. In facts a timedelta stands for the moment so long from then.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.model.records import DAY

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """Somebody places a request (a name of choices.PLACES), without a wished time."""

    wish: str = "for oneself"
    headcount: int = 1


class Do:
    """`who` does `verb` on the request `number` of the story."""

    def __init__(self, who: str, verb: str, number: int = 0, **facts: Any) -> None:
        self.who, self.verb, self.number, self.facts = who, verb, number, facts


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    length: timedelta


Step = Place | Do | Wait
Story = tuple[Step, ...]


def asked(**more: Any) -> Do:
    """The dispatcher asks one volunteer, or others, for the same time tomorrow."""
    return Do("dispatcher", "offer", **{"volunteers": ("volunteer",), "agreed_start": DAY, **more})


PLACED: Story = (Place(),)
REJECTED: Story = (*PLACED, Do("dispatcher", "reject", reason_code="unsafe", text="请拨打 12345。"))
MERGED: Story = (*PLACED, Place("for oneself next door"), Do("dispatcher", "merge", 1, into=0))
REFERRED: Story = (
    *PLACED,
    Do("dispatcher", "refer", unit="bureau", answer_class="7d", note="请处理"),
)
OFFERED: Story = (*PLACED, asked())
POOLED: Story = (*PLACED, Do("dispatcher", "offer", pool=True, agreed_start=DAY))
TEAM_ASKED: Story = (*PLACED, Do("dispatcher", "offer", team="corps", agreed_start=DAY))
NAMED: Story = (*TEAM_ASKED, Do("second", "accept_for_team", members=("third",)))
ACCEPTED: Story = (*OFFERED, Do("volunteer", "accept"))
MOVED: Story = (*ACCEPTED, Do("dispatcher", "amend", agreed_start=2 * DAY))
SERVING: Story = (*ACCEPTED, Do("volunteer", "check_in", code=True))
COMPLETED: Story = (*SERVING, Do("volunteer", "complete"))
CLOSED: Story = (*COMPLETED, Do("resident", "rate", solved="yes", stars=5))
MISSED: Story = (*ACCEPTED, Wait(DAY + HOUR), Do("dispatcher", "report_no_show"))
EXEMPTION: Story = (*CLOSED, Do("dispatcher", "exempt", reason_code="unreachable", text="联系不上"))
PAUSED: Story = (*PLACED, Do("dispatcher", "pause", reason_code="weather", until=3 * DAY))

PATHS: dict[str, Story] = {
    "place": PLACED,
    "amend": (*PLACED, Do("resident", "amend", text="还要一份报纸")),
    "reject": REJECTED,
    "appeal": (*REJECTED, Do("resident", "appeal", reason="请再看一次")),
    "merge": MERGED,
    "split": (*MERGED, Do("dispatcher", "split", 1)),
    "follow": (*MERGED, Do("dispatcher", "reject", reason_code="unsafe", text="请拨打 12345。")),
    "refer": REFERRED,
    "recall": (*REFERRED, Do("dispatcher", "recall", reason="志愿者可以做")),
    "return": (*REFERRED, Do("officer", "return", reason="不归我们管")),
    "unit_reply": (*REFERRED, Do("officer", "unit_reply", text="已修复", result="solved")),
    "offer": OFFERED,
    "withdraw_offer": (*OFFERED, Do("dispatcher", "withdraw_offer")),
    "close_staffing": (
        Place(headcount=2),
        asked(volunteers=("volunteer", "second")),
        Do("volunteer", "accept"),
        Do("dispatcher", "close_staffing"),
    ),
    "accept": ACCEPTED,
    "decline_offer": (*OFFERED, Do("volunteer", "decline_offer")),
    "accept_for_team": NAMED,
    "decline_for_team": (*TEAM_ASKED, Do("second", "decline_for_team")),
    "confirm": (*MOVED, Do("volunteer", "confirm")),
    "give_up": (
        *NAMED,
        Do("third", "give_up"),
    ),  # in time, so that it does not count: chance hardly meets that
    "reassign": (*ACCEPTED, Do("dispatcher", "reassign")),
    "report_no_show": MISSED,
    "excuse": (*MISSED, Do("dispatcher", "excuse")),
    "check_in": SERVING,
    "complete": COMPLETED,
    "abort": (*SERVING, Do("volunteer", "abort", reason="下雨了")),
    "rate": CLOSED,
    "call_back": (*COMPLETED, Do("colleague", "call_back", solved="yes")),
    "reopen": (*CLOSED, Do("resident", "reopen")),
    "cancel": (*PLACED, Do("resident", "cancel")),
    "confidential": (*POOLED, Do("resident", "confidential", on=True)),
    "propose": EXEMPTION,
    "exempt": (*EXEMPTION, Do("chief", "approve")),
    "extend": (
        *REFERRED,
        Do("officer", "extend", due_at=60 * DAY, reason="等配件"),
        Do("chief", "approve"),
    ),
    "approve": (*EXEMPTION, Do("chief", "approve")),
    "refuse": (*EXEMPTION, Do("chief", "refuse", reason="不同意")),
    "withdraw_proposal": (*EXEMPTION, Do("dispatcher", "withdraw_proposal")),
    "pause": PAUSED,
    "resume": (*PAUSED, Do("dispatcher", "resume")),
    "urge": (*PLACED, Do("resident", "urge")),
    "report_concern": (*ACCEPTED, Do("volunteer", "report_concern", text="门口有狗")),
    "block": (*COMPLETED, Do("resident", "block", volunteer="volunteer")),
    # Nobody does these: time passes
    "expire_offer": (*OFFERED, Wait(3 * HOUR)),
    "expire_team_offer": (*TEAM_ASKED, Wait(3 * HOUR)),
    "close_pool": (*POOLED, Wait(DAY + HOUR)),
    "lapse_confirmation": (*MOVED, Wait(3 * HOUR)),
    "close_unrated": (*COMPLETED, Wait(8 * DAY)),
    "expire_proposal": (*EXEMPTION, Wait(8 * DAY)),
    "remind": (*PLACED, Wait(DAY)),
}
