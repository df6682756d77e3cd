"""What the model keeps of a request: plain values, no rows."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
ACTIVE = ("accepted", "in_service", "completed")
SERVING = ("accepted", "in_service")
FINAL = ("closed", "rejected", "cancelled")
WAITABLE = ("submitted", "offered", "accepted", "referred")  # in which a request can be paused
NIGHT, MORNING = time(22), time(7)
DAY = timedelta(days=1)
MINUTES = 45  # what an errand takes


class Refused(Exception):
    """The model's no, with the class of the answer promised in the contract: 400, 403, 404, 409, 429."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def refuse_if(condition: object, status: int) -> None:
    if condition:
        raise Refused(status)


@dataclass(eq=False)
class Waterfall:
    """The best are asked one after another, `width` at a time."""

    round: int
    width: int
    minutes: int | None  # to answer; None: as long as for any offer
    state: str = "open"
    ended: str = ""  # filled, nobody, stopped


@dataclass(eq=False)
class TeamOffer:
    team: str
    round: int
    expires: datetime
    state: str = "open"


@dataclass
class Offer:
    volunteer: str
    round: int
    expires: datetime | None  # None: a claim from the pool, or named by a team's leader
    state: str = "open"
    waterfall: Waterfall | None = None
    team: TeamOffer | None = None


@dataclass
class Pool:
    round: int
    closes: datetime
    state: str = "open"


@dataclass
class Line:
    """An assignment: one person in one slot."""

    volunteer: str
    round: int
    slot: int
    start: datetime
    state: str = "accepted"
    confirm_by: datetime | None = None
    since: datetime | None = None
    excused: bool = False
    named_at: datetime | None = None  # by a leader, who is somebody else

    def overlaps(self, start: datetime) -> bool:
        """Whether this person has promised a part of the time from `start` to this."""
        takes = timedelta(minutes=MINUTES)
        return self.state in SERVING and self.start < start + takes and start < self.start + takes


@dataclass
class Referral:
    unit: str
    round: int
    state: str = "open"


@dataclass
class Proposal:
    verb: str
    by: str
    expires: datetime
    facts: dict[str, object]
    state: str = "open"


@dataclass(repr=False)
class Request:
    """One request. `due` and `answer_due` are read from the product after each step: what deadlines are is told by
    the written-out cases of tests/worktime."""

    number: int
    beneficiary: str | None  # None: somebody without an account
    proxy: str | None
    headcount: int
    wish: tuple[datetime, datetime | None] | None
    placed_at: datetime
    state: str = "submitted"
    round: int = 1
    counted: int = 1
    needed: int = 0
    agreed: datetime | None = None
    proposed: bool = False  # the agreed start comes from who accepted first, staff have not confirmed it
    merged_into: int | None = None
    paused_until: datetime | None = None
    urged_at: datetime | None = None
    completed_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    call_back_wanted: bool = False
    exempt: bool = False
    confidential: bool = False
    appealed: bool = False
    rejected_by: str | None = None
    set_aside: str | None = (
        None  # rejected it, and decides nothing about the appeal until a colleague has acted
    )
    due: datetime | None = None
    answer_due: datetime | None = None
    offers: list[Offer] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    waterfalls: list[Waterfall] = field(default_factory=list)
    team_offers: list[TeamOffer] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    rated: set[int] = field(default_factory=set)  # rounds
    deeds: list[tuple[str, str]] = field(default_factory=list)  # (who, verb)
    dispatched_by: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"request {self.number} ({self.state})"

    def active(self, *states: str) -> list[Line]:
        """The active assignments of this round, of the given states when there are any."""
        return [line for line in self.lines if line.round == self.round and line.state in (states or ACTIVE)]

    def mine(self, volunteer: str, *states: str) -> Line | None:
        """The assignment of `volunteer` in this round that stands in one of `states`."""
        return next((line for line in self._of(volunteer) if line.state in states), None)

    def _of(self, volunteer: str) -> list[Line]:
        return [line for line in self.lines if (line.volunteer, line.round) == (volunteer, self.round)]

    def open_offers(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.round == self.round and offer.state == "open"]

    def open_pool(self) -> Pool | None:
        return next((pool for pool in self.pools if pool.round == self.round and pool.state == "open"), None)

    def open_team_offers(self) -> list[TeamOffer]:
        return [offer for offer in self.team_offers if offer.round == self.round and offer.state == "open"]

    def open_waterfall(self) -> Waterfall | None:
        return next((each for each in self.waterfalls if each.state == "open"), None)

    def is_anybody_asked(self) -> bool:
        """Whether somebody has been asked, by name or as a team, and has not answered."""
        return bool(self.open_offers() or self.open_team_offers())

    def referral(self) -> Referral | None:
        return next((each for each in self.referrals if each.state == "open"), None)

    def latest(self) -> datetime:
        """Until when somebody can be asked: the agreed start, else the wished end, else the deadline."""
        assert self.due is not None
        return self.agreed or (self.wish and self.wish[1]) or self.due

    def computed(self) -> str:
        """The state that follows from the parts."""
        states = {line.state for line in self.active()}
        asking = self.is_anybody_asked() or self.open_pool() is not None
        if states & {"in_service", "completed"}:
            return "in_service" if states & set(SERVING) or asking else "completed"
        if len(self.active()) >= self.needed:
            return "accepted"
        if states or asking:
            return "offered"
        return self.state if self.state == "referred" else "submitted"


def time_to_answer(start: datetime, minutes: int | None = None) -> datetime:
    """How long somebody has for an answer: two hours or as many `minutes`, not counting 22:00-07:00."""
    at, left = start.astimezone(LOCAL), timedelta(minutes=minutes or 120)
    while True:
        if at.time() >= NIGHT:
            at = datetime.combine(at.date() + timedelta(days=1), MORNING, LOCAL)
        elif at.time() < MORNING:
            at = datetime.combine(at.date(), MORNING, LOCAL)
        night = datetime.combine(at.date(), NIGHT, LOCAL)
        if at + left <= night:
            return at + left
        left, at = left - (night - at), night
