"""The flow of a service request as its specification tells it, in plain Python: who may do what when, and what then
is. Written from the tables of verbs, not from the product, of which nothing is imported here.

A verb is a generator: above its `yield` everything that refuses it, below it what follows.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tests.model.records import (
    DAY,
    FINAL,
    SERVING,
    WAITABLE,
    Line,
    Offer,
    Pool,
    Proposal,
    Refused,
    Request,
    TeamOffer,
    Waterfall,
    refuse_if,
    time_to_answer,
)

Story = Iterator[None]

ANY = "submitted offered accepted in_service referred merged completed closed rejected cancelled"
OPEN = "submitted offered accepted in_service referred merged completed"
OWNERS = "beneficiary proxy"
SIDES = f"{OWNERS} assigned served dispatcher"
# verb: (states, roles in the order in which they count, facts that must be given)
TABLE: dict[str, tuple[str, str, str]] = {
    "amend": ("submitted offered accepted", f"dispatcher {OWNERS}", ""),
    "reject": ("submitted", "dispatcher", "reason_code text"),
    "appeal": ("rejected", OWNERS, "reason"),
    "merge": ("submitted", "dispatcher", "into"),
    "split": ("merged", "dispatcher", ""),
    "refer": ("submitted", "dispatcher", "unit answer_class note"),
    "recall": ("referred", "dispatcher", "reason"),
    "return": ("referred", "unit", "reason"),
    "unit_reply": ("referred", "unit", "text result"),
    "offer": ("submitted offered in_service", "dispatcher", ""),
    "withdraw_offer": ("offered in_service", "dispatcher", ""),
    "close_staffing": ("offered in_service", "dispatcher", ""),
    "accept": ("offered in_service", "offered claimant", ""),
    "decline_offer": ("offered in_service", "offered", ""),
    "accept_for_team": ("offered in_service", "team_leader", ""),
    "decline_for_team": ("offered in_service", "team_leader", ""),
    "confirm": ("offered accepted in_service", "assigned", ""),
    "give_up": ("offered accepted in_service", "assigned", ""),
    "reassign": ("offered accepted in_service", "dispatcher", ""),
    "report_no_show": ("offered accepted in_service", f"dispatcher {OWNERS}", ""),
    "excuse": (ANY, "dispatcher", ""),
    "check_in": ("offered accepted in_service", "assigned", ""),
    "complete": ("in_service", "assigned", ""),
    "abort": ("in_service", "dispatcher assigned", "reason"),
    "rate": ("completed closed", "beneficiary", "solved stars"),
    "call_back": ("completed closed", "dispatcher", "solved"),
    "reopen": ("closed", "beneficiary dispatcher", ""),
    "cancel": ("submitted offered accepted referred merged", f"{OWNERS} dispatcher", ""),
    "confidential": (OPEN, f"dispatcher {OWNERS}", "on"),
    "exempt": ("closed rejected cancelled", "dispatcher", "reason_code text"),
    "extend": ("accepted referred", "dispatcher unit", "due_at reason"),
    "approve": (ANY, "dispatcher", ""),
    "refuse": (ANY, "dispatcher", ""),
    "withdraw_proposal": (ANY, "dispatcher unit", ""),
    "pause": ("submitted offered accepted referred", "dispatcher", "reason_code until"),
    "resume": ("submitted offered accepted referred", "dispatcher", ""),
    "urge": (OPEN, OWNERS, ""),
    "report_concern": (ANY, SIDES, "text"),
    "block": (ANY, SIDES, ""),
}
# What nobody calls: the system does it when the time has come, or when the request it is joined to has ended.
BY_ITSELF = (
    *("expire_offer", "close_pool", "lapse_confirmation", "close_unrated", "resume", "expire_proposal"),
    *("remind", "follow", "expire_team_offer"),
)
DISPATCHING = ("offer", "reassign", "close_staffing", "withdraw_offer", "refer", "merge", "unit_reply")
DESK = ("dispatcher", "colleague", "chief")
UNITS = {
    "officer": "bureau",
    "last_officer": "last",
}  # who answers for which unit; "last" is the last instance
VOLUNTEERS = ("volunteer", "second", "third", "fourth")
LEADERS = {"corps": ("second",), "friends": ("second", "volunteer")}  # of the teams
MEMBERS = {"corps": ("second", "third"), "friends": ("second", "volunteer")}
REJECTIONS = ("unsafe", "not_volunteer_work")


def needs_two_persons(verb: str, facts: dict[str, Any]) -> bool:
    """Whether one person proposes this and another one decides."""
    return verb in ("exempt", "extend") or (verb == "unit_reply" and facts.get("result") == "explained")


class Ground:
    """The requests, who blocked whom, and what time it is. Who is the best of those who may be asked is not judged
    here: `chosen` says it, of a request by its number, beyond so many of its offers."""

    def __init__(self, now: datetime, chosen: Callable[[int, int], list[str]]) -> None:
        self.now, self.chosen = now, chosen
        self.requests: list[Request] = []
        self.blocks: set[tuple[str, str | None]] = set()  # (volunteer, beneficiary)
        self.done: Counter[str] = Counter()

    # Who stands how to a request, and whether they may

    def standing(self, r: Request, who: str) -> set[str]:
        """The roles in which `who` stands to the request."""
        found = set()
        if who == r.beneficiary:
            found.add("beneficiary")
        elif who == r.proxy:
            found.add("proxy")
        if who in DESK:
            found.add("dispatcher")
        lies_with = r.referral()
        if lies_with and UNITS.get(who) == lies_with.unit:
            found.add("unit")
        if who in VOLUNTEERS:
            rounds = {line.round for line in r.lines if line.volunteer == who}
            if rounds:
                found.add("assigned" if r.round in rounds else "served")
            if any(offer.volunteer == who and offer.round == r.round for offer in r.offers):
                found.add("offered")
            elif any(pool.round == r.round for pool in r.pools):
                found.add("claimant")
            asked = {offer.team for offer in r.team_offers if offer.round == r.round}
            if any(who in LEADERS[team] for team in asked):
                found.add("team_leader")
        return found

    def judge(self, who: str, verb: str, r: Request, facts: dict[str, Any]) -> Callable[[], None]:
        """Returns what follows when `who` does `verb`; raises Refused when they may not."""
        role, story = self._begin(who, verb, r, facts)
        two = needs_two_persons(verb, facts)
        if two:
            refuse_if(any(each.verb == verb and each.state == "open" for each in r.proposals), 409)

        def follow() -> None:
            if two:
                r.proposals.append(Proposal(verb, who, self.now + 7 * DAY, dict(facts)))
                self._happened(r, who, role, "propose")
            else:
                next(story, None)
                self._happened(r, who, role, verb)

        return follow

    def _begin(self, who: str, verb: str, r: Request, facts: dict[str, Any]) -> tuple[str, Story]:
        refuse_if(verb not in TABLE, 404)
        states, roles, needed = TABLE[verb]
        standing = self.standing(r, who)
        role = next((each for each in roles.split() if each in standing), None)
        if role is None:
            raise Refused(403)
        refuse_if(r.state not in states.split(), 409)
        refuse_if(any(facts.get(name) in (None, "", []) for name in needed.split()), 400)
        story: Story = getattr(self, f"_{verb}")(r, who, role, **facts)
        next(story)
        return role, story

    def _happened(self, r: Request, who: str, role: str, verb: str) -> None:
        self.done[verb] += 1
        r.deeds.append((who, verb))
        if verb in DISPATCHING:
            r.dispatched_by.add(who)
        if role == "dispatcher" and who != r.set_aside:
            r.set_aside = None

    # What many verbs share

    def _to(self, r: Request, state: str) -> None:
        """Moves the request, with what hangs on that: when it ended, its pause, those joined to it."""
        before, r.state = r.state, state
        if r.paused_until and state not in WAITABLE:
            r.paused_until = None
        if state == before:
            return
        if before in FINAL:
            r.closed_at, r.exempt = None, False
        if state in FINAL:
            r.closed_at = self.now
        r.completed_at = self.now if state == "completed" else None
        if state in ("submitted", "cancelled"):
            r.merged_into = None
        shared = {"completed": "completed", "rejected": "rejected", "cancelled": "submitted"}.get(state)
        if shared:
            self._share_end(r, shared)

    def _share_end(self, r: Request, state: str) -> None:
        """Moves those joined to the request: they share its end, or are by themselves again."""
        for each in self.requests:
            if each.merged_into == r.number and each.state == "merged":
                each.rejected_by = r.rejected_by if state == "rejected" else each.rejected_by
                self._to(each, state)
                self._happened(each, "system", "system", "follow")

    def _computed(self, r: Request) -> None:
        self._to(r, r.computed())

    def _end_line(self, r: Request, line: Line, state: str) -> None:
        line.state, line.confirm_by = state, None
        if r.proposed and not r.active():  # the proposal leaves with who made it
            r.agreed, r.proposed = None, False

    def _stop_asking(self, r: Request, ended: str = "stopped") -> None:
        for offer in r.open_offers():
            offer.state = "withdrawn"
        self._withdraw_from_teams(r)
        self._close_pool(r)
        self._end_waterfall(r, ended)

    def _withdraw_from_teams(self, r: Request) -> None:
        for offer in r.open_team_offers():
            offer.state = "withdrawn"

    def _close_pool(self, r: Request) -> None:
        if pool := r.open_pool():
            pool.state = "closed"

    def _end_waterfall(self, r: Request, ended: str) -> None:
        if waterfall := r.open_waterfall():
            waterfall.state, waterfall.ended = "closed", ended

    def _stop_when_full(self, r: Request) -> None:
        if len(r.active()) >= r.needed:
            self._stop_asking(r, "filled")

    def _end_round(self, r: Request) -> None:
        for line in r.active(*SERVING):
            self._end_line(r, line, "released")
        self._stop_asking(r)

    def _again(self, r: Request, *, counts: bool = True) -> None:
        self._end_round(r)
        r.round, r.counted, r.needed = r.round + 1, r.counted + counts, r.headcount
        r.agreed, r.proposed, r.wish, r.outcome, r.merged_into = None, False, None, "", None
        self._to(r, "submitted")

    def _ask(self, r: Request, volunteer: str, waterfall: Waterfall | None = None) -> None:
        until = min(time_to_answer(self.now, waterfall and waterfall.minutes), r.latest())
        r.offers.append(Offer(volunteer, r.round, until, waterfall=waterfall))

    def _ask_team(self, r: Request, team: str) -> None:
        r.team_offers.append(TeamOffer(team, r.round, min(time_to_answer(self.now), r.latest())))

    def _ask_anew(self, r: Request) -> None:
        """On changed terms: every open offer of who can be asked on them, those to teams, and the pool, is replaced. A
        waterfall goes on with its people."""
        asked, teams, pool = r.open_offers(), r.open_team_offers(), r.open_pool()
        for old in (*asked, *teams):
            old.state = "withdrawn"
        self._close_pool(r)
        for old in asked:
            if self._can_be_asked(r, old.volunteer, r.agreed):
                self._ask(r, old.volunteer, old.waterfall)
        for offer in teams:
            self._ask_team(r, offer.team)
        if pool:
            r.pools.append(Pool(r.round, r.latest()))

    def _never_asked(self, r: Request, start: datetime | None) -> set[str]:
        """Who can be asked and had no offer in this round, however it ended."""
        asked = {offer.volunteer for offer in r.offers if offer.round == r.round}
        return {each for each in VOLUNTEERS if each not in asked and self._can_be_asked(r, each, start)}

    def _ask_the_best(self, r: Request, waterfall: Waterfall) -> None:
        """As many as the waterfall has room for, of those who were not asked yet."""
        room = waterfall.width - sum(offer.waterfall is waterfall for offer in r.open_offers())
        may = self._never_asked(r, r.agreed) if r.latest() > self.now else set()
        count = min(room, len(may))
        best = self.chosen(r.number, len(r.offers))[:count] if count else []
        assert len(best) == count and may.issuperset(best), f"{best} asked next, not {count} of {may}"
        for each in best:
            self._ask(r, each, waterfall)

    def _go_on(self, r: Request) -> None:
        """An offer has ended: the waterfall asks the next, or is over when nobody is left who could answer."""
        waterfall = r.open_waterfall()
        if waterfall is None:
            return
        self._ask_the_best(r, waterfall)
        if not any(offer.waterfall is waterfall for offer in r.open_offers()):
            self._end_waterfall(r, "nobody")
            self._nobody_came(r)

    def _nobody_came(self, r: Request) -> None:
        """Nobody came by the agreed start: the next offer needs a new one."""
        if not r.is_anybody_asked() and not r.active() and r.agreed and r.agreed <= self.now:
            r.agreed, r.proposed = None, False

    def _can_be_asked(self, r: Request, volunteer: str, start: datetime | None) -> bool:
        """Neither the requester nor blocked, has not declined, given up or failed to come, is free then."""
        if start is None and r.wish and r.wish[0] and r.wish[0] > self.now:
            start = r.wish[0]
        return not (
            self._own(r, volunteer)
            or (volunteer, r.beneficiary) in self.blocks
            or self._declined(r, volunteer)
            or r.mine(volunteer, "accepted", "in_service", "completed", "no_show", "given_up")
            or (start and self._busy(volunteer, start))
        )

    def _busy(self, volunteer: str, start: datetime, besides: Line | None = None) -> bool:
        lines = [line for r in self.requests for line in r.lines if line.volunteer == volunteer]
        return any(line is not besides and line.overlaps(start) for line in lines)

    def _declined(self, r: Request, volunteer: str) -> bool:
        mine = (volunteer, r.round, "declined")
        return any((offer.volunteer, offer.round, offer.state) == mine for offer in r.offers)

    def _end_referral(self, r: Request, state: str) -> None:
        if found := r.referral():
            found.state = state

    def waterfalls(self) -> Counter[str]:
        """How many waterfalls ended for which reason, and how many people were "asked next"."""
        found = Counter(each.ended for r in self.requests for each in r.waterfalls)
        found["asked next"] = sum(
            max(0, len({offer.volunteer for offer in r.offers if offer.waterfall is each}) - each.width)
            for r in self.requests
            for each in r.waterfalls
        )
        return found

    def _own(self, r: Request, volunteer: str) -> bool:
        return volunteer in (r.beneficiary, r.proxy)

    def place(self, **columns: Any) -> Request:
        """A new request."""
        made = Request(len(self.requests), placed_at=self.now, **columns)
        made.needed = made.headcount
        made.deeds.append((made.proxy or made.beneficiary or "", "place"))
        self.requests.append(made)
        self.done["place"] += 1
        return made
