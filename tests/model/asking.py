"""Asking volunteers: by name, the best one after another, a team, the pool; and what a team's leader answers."""

from datetime import datetime
from typing import Any

from tests.model.ground import LEADERS, MEMBERS, Ground, Story
from tests.model.records import Line, Offer, Pool, Request, TeamOffer, Waterfall, refuse_if


class Asking(Ground):
    """The verbs of dispatch, and a team's answer."""

    def _offer(
        self, r: Request, who: str, role: str, *,
        volunteers: tuple[str, ...] = (), pool: bool = False, team: str | None = None, mode: str = "",
        agreed_start: datetime | None = None, **how: Any,
    ) -> Story:  # fmt: skip
        refuse_if(who == r.set_aside, 403)
        refuse_if(r.paused_until, 409)
        refuse_if((pool or team or mode) and r.confidential, 400)
        refuse_if(len(r.active()) >= r.needed, 409)
        start = agreed_start or r.agreed
        changed = start != r.agreed
        refuse_if(changed and (r.active("accepted") or r.open_waterfall()), 400)
        refuse_if((start or r.latest()) <= self.now, 400)
        if mode:
            refuse_if(volunteers or pool or team, 400)
            waterfall = self._new_waterfall(r, start, **how)
        elif team:
            refuse_if(volunteers or pool, 400)
            refuse_if(any(offer.team == team for offer in r.open_team_offers()), 409)
        elif pool:
            refuse_if(r.open_pool(), 409)
        else:
            asked = {offer.volunteer for offer in r.open_offers()}
            refuse_if(not volunteers, 400)
            refuse_if(asked & set(volunteers), 409)
            refuse_if(not all(self._can_be_asked(r, each, start) for each in volunteers), 400)
        yield
        r.agreed = start
        if changed:
            self._ask_anew(r)
        if mode:
            r.waterfalls.append(waterfall)
            self._ask_the_best(r, waterfall)
        elif team:
            self._ask_team(r, team)
        elif pool:
            r.pools.append(Pool(r.round, r.latest()))
        else:
            for each in volunteers:
                self._ask(r, each)
        self._computed(r)

    def _new_waterfall(
        self, r: Request, start: datetime | None, width: int = 2, answer_minutes: int | None = None
    ) -> Waterfall:
        refuse_if(not 1 <= width <= 5, 400)
        refuse_if(answer_minutes is not None and not 5 <= answer_minutes <= 24 * 60, 400)
        refuse_if(r.open_waterfall(), 409)
        refuse_if(not self._never_asked(r, start), 400)
        return Waterfall(r.round, width, answer_minutes)

    def _withdraw_offer(
        self, r: Request, who: str, role: str, *,
        offers: tuple[int, ...] = (), team_offers: tuple[int, ...] = (),
    ) -> Story:  # fmt: skip
        named: list[Offer | TeamOffer] = [
            *(r.offers[number] for number in offers),
            *(r.team_offers[number] for number in team_offers),
        ]
        open_now = [*r.open_offers(), *r.open_team_offers()]
        refuse_if(any(offer not in open_now for offer in named), 409)
        refuse_if(not open_now and not r.open_pool(), 409)
        yield
        for offer in named:
            offer.state = "withdrawn"
        if not named:
            self._stop_asking(r)
        if offers:
            self._go_on(r)
        self._computed(r)

    def _close_staffing(self, r: Request, who: str, role: str) -> Story:
        refuse_if(not r.active(), 400)
        yield
        r.needed = len(r.active())
        self._stop_asking(r)
        self._computed(r)

    # A team's answer

    def _accept_for_team(
        self, r: Request, who: str, role: str, *,
        members: tuple[str, ...] = (), team_offer: int | None = None, agreed_start: datetime | None = None,
    ) -> Story:  # fmt: skip
        offer = self._asked_team(r, who, team_offer)
        refuse_if(len(members) > r.needed - len(r.active()), 400)
        start = self._agreed(r, agreed_start)
        refuse_if(not members or not set(members) <= set(MEMBERS[offer.team]), 400)
        asked = {each.volunteer for each in r.open_offers()}
        refuse_if(asked & set(members), 400)
        refuse_if(not all(self._can_be_asked(r, each, start) for each in members), 400)
        yield
        offer.state = "accepted"
        for each in members:
            r.offers.append(Offer(each, r.round, None, "accepted", team=offer))
            line = self._take_slot(r, each, start)
            line.named_at = self.now if each != who else None
        self._stop_when_full(r)
        self._computed(r)

    def _decline_for_team(self, r: Request, who: str, role: str) -> Story:
        offer = self._asked_team(r, who, None)
        yield
        offer.state = "declined"
        self._computed(r)

    def _asked_team(self, r: Request, who: str, number: int | None) -> TeamOffer:
        """The open offer to a team that `who` leads: the one named, else the only one."""
        asked = [offer for offer in r.open_team_offers() if who in LEADERS[offer.team]]
        if number is not None:
            asked = [offer for offer in asked if offer is r.team_offers[number]]
        refuse_if(not asked, 409)
        refuse_if(len(asked) > 1, 400)
        return asked[0]

    def _agreed(self, r: Request, proposed: datetime | None) -> datetime:
        """The start on which somebody accepts: the agreed one, else the one they propose."""
        if r.agreed:
            refuse_if(proposed and proposed != r.agreed, 409)
            refuse_if(r.agreed <= self.now and not r.active(), 409)
            return r.agreed
        refuse_if(proposed is None or proposed <= self.now, 400)
        assert proposed is not None
        return proposed

    def _take_slot(self, r: Request, who: str, start: datetime) -> Line:
        """The lowest free slot is theirs; the first to propose a start has the request begin then."""
        if not r.agreed:
            r.agreed, r.proposed = start, True
        taken = {line.slot for line in r.active()}
        slot = next(number for number in range(1, 52) if number not in taken)
        r.lines.append(Line(who, r.round, slot, start))
        return r.lines[-1]
