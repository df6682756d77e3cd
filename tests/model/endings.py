"""The ends of a request and what can still be done after them; waiting, urging, deciding with a second person."""

from datetime import datetime
from typing import Any

from tests.model.ground import Ground, Story
from tests.model.records import DAY, LOCAL, Proposal, Refused, Request, refuse_if, time_to_answer

MOST_ROUNDS = 3
OUTCOMES = {"yes": "solved", "partly": "partly", "no": "unsolved"}


class Endings(Ground):
    """The verbs from the end of the service, and those of any time."""

    def _cancel(self, r: Request, who: str, role: str) -> Story:
        yield
        self._end_referral(r, "ended")
        self._end_round(r)
        self._to(r, "cancelled")

    def _rate(self, r: Request, who: str, role: str, *, solved: str, stars: int) -> Story:
        refuse_if(r.closed_at and self.now > r.closed_at + 15 * DAY, 409)
        refuse_if(r.round in r.rated, 409)
        refuse_if(solved not in OUTCOMES or not 1 <= stars <= 5, 400)
        yield
        self._answered(r, solved)
        if stars <= 2 and solved != "no":
            r.call_back_wanted = True

    def _answered(self, r: Request, solved: str) -> None:
        r.rated.add(r.round)
        if solved == "no" and r.counted < MOST_ROUNDS:
            self._again(r)
            return
        r.call_back_wanted = r.call_back_wanted or solved == "no"
        self._end_round(r)
        r.outcome = OUTCOMES[solved]
        self._to(r, "closed")

    def _call_back(self, r: Request, who: str, role: str, *, solved: str, again: bool = False) -> Story:
        served = any(line.volunteer == who for line in r.lines)
        refuse_if(who == r.beneficiary or who in r.dispatched_by or served, 403)
        refuse_if(r.state == "closed" and r.outcome != "unrated" and not r.call_back_wanted, 409)
        refuse_if(solved not in OUTCOMES, 400)
        yield
        r.call_back_wanted = False
        if r.round not in r.rated:
            self._answered(r, solved)
        elif solved == "no" and again and r.counted < MOST_ROUNDS:
            self._again(r)
        else:
            r.outcome = OUTCOMES[solved]

    def _reopen(self, r: Request, who: str, role: str) -> Story:
        assert r.closed_at is not None
        refuse_if(role != "dispatcher" and self.now > r.closed_at + 15 * DAY, 409)
        refuse_if(r.counted >= MOST_ROUNDS, 409)
        yield
        self._again(r)

    # With a second person

    def _exempt(self, r: Request, who: str, role: str, *, reason_code: str, text: str) -> Story:
        refuse_if(r.exempt, 409)
        refuse_if(reason_code != "unreachable", 400)
        yield
        r.exempt = True

    def _extend(self, r: Request, who: str, role: str, *, due_at: datetime, reason: str) -> Story:
        present = r.answer_due if r.state == "referred" else r.due
        assert present is not None
        refuse_if(due_at <= max(present, self.now), 400)
        yield

    def _approve(self, r: Request, who: str, role: str, *, approval: int | None = None) -> Story:
        proposal = self._decidable(r, who, approval)
        try:
            as_whom, story = self._begin(proposal.by, proposal.verb, r, proposal.facts)
        except Refused as no:
            raise Refused(409 if no.status == 403 else no.status) from no
        yield
        proposal.state = "approved"
        next(story, None)
        self._happened(r, proposal.by, as_whom, proposal.verb)

    def _refuse(
        self, r: Request, who: str, role: str, *, approval: int | None = None, reason: str = ""
    ) -> Story:
        proposal = self._decidable(r, who, approval)
        refuse_if(not reason, 400)
        yield
        proposal.state = "refused"

    def _withdraw_proposal(self, r: Request, who: str, role: str, *, approval: int | None = None) -> Story:
        proposal = self._waiting(r, approval)
        refuse_if(proposal.by != who, 403)
        yield
        proposal.state = "withdrawn"

    def _waiting(self, r: Request, approval: int | None) -> Proposal:
        waiting = [each for each in r.proposals if each.state == "open"]
        if approval is None:
            refuse_if(len(waiting) != 1, 400)
            return waiting[0]
        refuse_if(r.proposals[approval].state != "open", 409)
        return r.proposals[approval]

    def _decidable(self, r: Request, who: str, approval: int | None) -> Proposal:
        """Whoever decides neither proposed it, nor has worked on the case, nor is otherwise part of it."""
        proposal = self._waiting(r, approval)
        worked = any(each == who and verb not in ("approve", "refuse") for each, verb in r.deeds)
        refuse_if(proposal.by == who or self.standing(r, who) != {"dispatcher"} or worked, 403)
        return proposal

    # Waiting, asking after it, safety

    def _pause(self, r: Request, who: str, role: str, *, reason_code: str, until: datetime) -> Story:
        refuse_if(r.paused_until, 409)
        refuse_if(reason_code != "weather" or not self.now < until <= self.now + 30 * DAY, 400)
        yield
        self._stop_asking(r)
        for line in r.active("accepted"):
            if line.start < until:
                self._end_line(r, line, "released")
        if r.agreed and r.agreed < until:
            r.agreed, r.proposed = None, False
        r.paused_until = until
        self._computed(r)

    def _resume(self, r: Request, who: str, role: str) -> Story:
        refuse_if(not r.paused_until, 409)
        yield
        r.paused_until = None
        for line in r.active("accepted"):
            if line.confirm_by:
                start = max(r.agreed or line.start, self.now)
                line.confirm_by = min(time_to_answer(self.now), start)

    def _urge(self, r: Request, who: str, role: str) -> Story:
        today = self.now.astimezone(LOCAL).date()
        refuse_if(r.urged_at and r.urged_at.astimezone(LOCAL).date() == today, 429)
        yield
        r.urged_at = self.now

    def _confidential(self, r: Request, who: str, role: str, *, on: bool, reason: str = "") -> Story:
        refuse_if(on == r.confidential, 409)
        yield
        r.confidential = on
        pool = r.open_pool()
        if on and (pool or r.open_team_offers()):
            self._close_pool(r)
            self._withdraw_from_teams(r)
            self._computed(r)
        if on:  # whoever was asked by name may still answer
            self._end_waterfall(r, "stopped")
            self._share_end(r, "submitted")

    def _report_concern(self, r: Request, who: str, role: str, *, text: str) -> Story:
        yield

    def _block(self, r: Request, who: str, role: str, *, volunteer: str | None = None) -> Story:
        served = {line.volunteer for line in r.lines}
        volunteer = who if role in ("assigned", "served") else volunteer
        refuse_if(volunteer not in served, 400)
        yield
        assert volunteer is not None
        self.blocks.add((volunteer, r.beneficiary))

    # By itself

    def pass_until(self, now: datetime) -> None:
        """Time goes on: what was to happen by `now` happens, in the order in which it was due."""
        self.now = now
        while due := sorted(self._due(), key=lambda each: each[0]):
            if due[0][0] > now:
                return
            _at, verb, r, part = due[0]
            getattr(self, f"_{verb}_itself")(r, part)
            self._happened(r, "system", "system", verb)

    def _due(self) -> list[tuple[datetime, str, Request, Any]]:
        found: list[tuple[datetime, str, Request, Any]] = []
        for r in self.requests:  # of two at one moment that comes first which was set first
            for line in r.active("accepted"):
                if line.confirm_by and not r.paused_until:
                    found.append((line.confirm_by, "lapse_confirmation", r, line))
            found += [(offer.expires, "expire_offer", r, offer) for offer in r.open_offers() if offer.expires]
            found += [(offer.expires, "expire_team_offer", r, offer) for offer in r.open_team_offers()]
            if pool := r.open_pool():
                found.append((pool.closes, "close_pool", r, pool))
            if r.completed_at:
                found.append((r.completed_at + 7 * DAY, "close_unrated", r, None))
            if r.paused_until:
                found.append((r.paused_until, "resume", r, None))
            found += [
                (each.expires, "expire_proposal", r, each) for each in r.proposals if each.state == "open"
            ]
        return found

    def _expire_offer_itself(self, r: Request, part: Any) -> None:
        part.state = "expired"
        self._go_on(r)
        self._nobody_came(r)
        self._computed(r)

    def _expire_team_offer_itself(self, r: Request, part: Any) -> None:
        part.state = "expired"
        self._nobody_came(r)
        self._computed(r)

    def _close_pool_itself(self, r: Request, part: Any) -> None:
        part.state = "closed"
        self._nobody_came(r)
        self._computed(r)

    def _lapse_confirmation_itself(self, r: Request, part: Any) -> None:
        self._end_line(r, part, "released")
        self._computed(r)

    def _close_unrated_itself(self, r: Request, part: Any) -> None:
        r.outcome = "unrated"
        self._end_round(r)
        self._to(r, "closed")

    def _resume_itself(self, r: Request, part: Any) -> None:
        list(self._resume(r, "system", "system"))

    def _expire_proposal_itself(self, r: Request, part: Any) -> None:
        part.state = "expired"
