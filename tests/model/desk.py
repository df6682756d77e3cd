"""What the desk and the units do before anybody is asked: amending, refusing, joining, referring."""

from typing import Any

from tests.model.ground import DESK, REJECTIONS, Ground, Story
from tests.model.records import DAY, FINAL, Referral, Request, refuse_if, time_to_answer


class Desk(Ground):
    """The verbs up to the offer."""

    def _amend(self, r: Request, who: str, role: str, **facts: Any) -> Story:
        refuse_if("public_summary" in facts and who not in (*DESK, "proxy"), 403)
        wish = facts.get("preferred_start")
        if wish and (r.active() or r.agreed):  # also what the desk had planned gives way to it
            facts.setdefault("agreed_start", wish)
        agreed, headcount = facts.get("agreed_start"), facts.get("headcount")
        refuse_if(wish and wish <= self.now, 400)
        refuse_if(agreed and agreed <= self.now and agreed != r.agreed, 400)
        moved = "address" in facts
        timed = (wish and r.wish != (wish, None)) or (agreed and agreed != r.agreed)
        confirms = r.proposed and role == "dispatcher" and agreed
        other = (headcount and headcount != r.headcount) or {"text", "public_summary"} & facts.keys()
        refuse_if(headcount and headcount != r.headcount and headcount < len(r.active()), 400)
        refuse_if(not (moved or timed or confirms or other), 400)
        yield
        if confirms:
            r.proposed = False
            r.dispatched_by.add(who)
        r.wish, r.agreed = (wish, None) if wish else r.wish, agreed or r.agreed
        if headcount and headcount != r.headcount:
            r.headcount = r.needed = headcount
        if moved or timed:
            for line in r.active("accepted"):
                start = r.agreed or line.start
                if moved or start != line.start:
                    line.confirm_by = time_to_answer(self.now)
                    if start > self.now:
                        line.confirm_by = min(line.confirm_by, start)
            self._ask_anew(r)
        self._stop_when_full(r)
        if moved or timed:
            self._go_on(r)
        self._computed(r)

    def _reject(self, r: Request, who: str, role: str, *, reason_code: str, text: str) -> Story:
        refuse_if(who == r.set_aside, 403)
        refuse_if(reason_code not in REJECTIONS, 400)
        yield
        r.rejected_by = who
        self._to(r, "rejected")

    def _appeal(self, r: Request, who: str, role: str, *, reason: str) -> Story:
        assert r.closed_at is not None
        refuse_if(r.appealed or self.now > r.closed_at + 7 * DAY, 409)
        yield
        r.appealed, r.set_aside, r.merged_into = True, r.rejected_by, None
        self._to(r, "submitted")

    def _merge(self, r: Request, who: str, role: str, *, into: int) -> Story:
        refuse_if(who == r.set_aside, 403)
        refuse_if(r.confidential, 409)
        refuse_if(any(each.merged_into == r.number and each.state == "merged" for each in self.requests), 409)
        other = self.requests[into]
        refuse_if(other is r or other.state in (*FINAL, "completed", "merged"), 400)
        refuse_if(other.confidential, 400)
        refuse_if(abs(other.placed_at - r.placed_at) > 60 * DAY, 400)
        yield
        r.merged_into = into
        self._to(r, "merged")

    def _split(self, r: Request, who: str, role: str) -> Story:
        yield
        self._to(r, "submitted")

    # In the hands of a unit

    def _refer(self, r: Request, who: str, role: str, *, unit: str, answer_class: str, note: str) -> Story:
        refuse_if(who == r.set_aside, 403)
        yield
        r.referrals.append(Referral(unit, r.round))
        self._to(r, "referred")

    def _recall(self, r: Request, who: str, role: str, *, reason: str) -> Story:
        yield
        self._end_referral(r, "recalled")
        self._to(r, "submitted")

    def _return(self, r: Request, who: str, role: str, *, reason: str) -> Story:
        refuse_if(who == "last_officer", 409)
        yield
        self._end_referral(r, "returned")
        bounces = sum(each.round == r.round and each.state == "returned" for each in r.referrals)
        if bounces >= 2:
            r.referrals.append(Referral("last", r.round))
        else:
            self._to(r, "submitted")

    def _unit_reply(self, r: Request, who: str, role: str, *, text: str, result: str) -> Story:
        refuse_if(result not in ("solved", "explained"), 400)
        yield
        self._end_referral(r, "answered")
        self._to(r, "completed")
