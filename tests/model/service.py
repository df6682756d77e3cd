"""What volunteers do, and what is done about them."""

from datetime import datetime, timedelta

from tests.model.asking import Asking
from tests.model.ground import Story
from tests.model.records import SERVING, Line, Offer, Request, refuse_if, time_to_answer

HALF_AN_HOUR = timedelta(minutes=30)


class Service(Asking):
    """The verbs from the offer to the end of the service."""

    def _accept(self, r: Request, who: str, role: str, *, agreed_start: datetime | None = None) -> Story:
        mine = next((offer for offer in r.open_offers() if offer.volunteer == who), None)
        if mine is None:
            refuse_if(r.mine(who, "accepted", "in_service", "completed"), 409)
            refuse_if(r.mine(who, "no_show", "given_up"), 403)
            pool = r.open_pool()
            refuse_if(pool is None or pool.closes <= self.now or self._declined(r, who), 409)
        refuse_if((who, r.beneficiary) in self.blocks, 403)
        start = self._agreed(r, agreed_start)
        refuse_if(who in (r.beneficiary, r.proxy), 403)
        refuse_if(len(r.active()) >= r.needed, 409)
        refuse_if(self._busy(who, start), 409)
        yield
        if mine:
            mine.state = "accepted"
        else:
            r.offers.append(Offer(who, r.round, None, "accepted"))
        self._take_slot(r, who, start)
        self._stop_when_full(r)
        if mine:
            self._go_on(r)
        self._computed(r)

    def _decline_offer(self, r: Request, who: str, role: str) -> Story:
        mine = next((offer for offer in r.open_offers() if offer.volunteer == who), None)
        refuse_if(mine is None, 409)
        yield
        assert mine is not None
        mine.state = "declined"
        self._go_on(r)
        self._computed(r)

    def _confirm(self, r: Request, who: str, role: str) -> Story:
        line = r.mine(who, "accepted")
        if line is None or line.confirm_by is None:
            return refuse_if(True, 409)
        start = self._new_start(r, line)
        yield
        line.start, line.confirm_by = start, None

    def _new_start(self, r: Request, line: Line) -> datetime:
        start = r.agreed or line.start
        refuse_if(self._busy(line.volunteer, start, besides=line), 409)
        return start

    def _check_in(
        self, r: Request, who: str, role: str, *, code: bool = False, near: bool = False, reason: str = ""
    ) -> Story:
        refuse_if(r.paused_until, 409)
        line = r.mine(who, "accepted")
        if line is None:
            return refuse_if(True, 409)
        refuse_if(not (code or near or reason), 400)
        start = self._new_start(r, line) if line.confirm_by else line.start
        yield
        line.start, line.confirm_by, line.state, line.since = start, None, "in_service", self.now
        r.agreed, r.proposed = r.agreed or self.now, False
        self._computed(r)

    def _complete(self, r: Request, who: str, role: str, *, minutes: int | None = None) -> Story:
        line = r.mine(who, "in_service")
        if line is None or line.since is None:
            return refuse_if(True, 409)
        elapsed = max(1, min(24 * 60, -((line.since - self.now) // timedelta(minutes=1))))
        refuse_if(minutes is not None and not 1 <= minutes <= elapsed, 400)
        yield
        line.state = "completed"
        self._computed(r)

    def _give_up(self, r: Request, who: str, role: str) -> Story:
        line = r.mine(who, *SERVING)
        refuse_if(line is None, 409)
        yield
        assert line is not None
        if line.named_at:  # has as long as for an offer to say no, and it does not count
            line.excused = self.now <= min(time_to_answer(line.named_at), line.start)
        self._end_line(r, line, "given_up")
        self._computed(r)

    def _reassign(self, r: Request, who: str, role: str, *, assignments: tuple[int, ...] = ()) -> Story:
        lines = [r.lines[number] for number in assignments] or r.active(*SERVING)
        refuse_if(not lines or any(line not in r.active(*SERVING) for line in lines), 409)
        yield
        for line in lines:
            self._end_line(r, line, "released")
        self._computed(r)

    def _report_no_show(self, r: Request, who: str, role: str, *, assignment: int | None = None) -> Story:
        line = self._named(r, r.active("accepted"), assignment)
        start = max(line.start, r.agreed or line.start) if line.confirm_by else line.start
        refuse_if(self.now < start + HALF_AN_HOUR, 400)
        yield
        self._end_line(r, line, "no_show")
        self._computed(r)

    def _excuse(self, r: Request, who: str, role: str, *, assignment: int | None = None) -> Story:
        failed = [line for line in r.lines if line.state in ("no_show", "given_up")]
        line = self._named(r, failed, assignment)
        refuse_if(line.excused, 409)
        yield
        line.excused = True

    def _named(self, r: Request, lines: list[Line], number: int | None) -> Line:
        """The one that is meant: the one named, else the only one."""
        if number is not None:
            lines = [line for line in lines if line is r.lines[number]]
        refuse_if(not lines, 409)
        refuse_if(len(lines) > 1, 400)
        return lines[0]

    def _abort(self, r: Request, who: str, role: str, *, reason: str, outcome: str = "") -> Story:
        if role == "assigned":
            refuse_if(r.mine(who, "in_service") is None, 409)
            refuse_if(len(r.active()) > 1, 403)
        yield
        if outcome == "cancel":
            self._end_round(r)
            self._to(r, "cancelled")
        else:
            self._again(r, counts=False)
