"""Random people try random things with a few requests, and time passes; product and model must not part."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from civic.lib import clock, codes
from tests.model.choices import (
    OFTEN,
    OTHERWISE,
    PEOPLE,
    PLACES,
    REFUSED_PLACES,
    allowed,
    facts_by_verb,
    moments,
)
from tests.model.ground import BY_ITSELF, TABLE
from tests.model.paths import Place, Story, Wait
from tests.model.product import Product, described
from tests.model.records import DAY, FINAL, Refused, Request
from tests.model.world import World

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten o'clock there
LEAST_OPEN = 2  # requests; else another one is placed
HAPPENINGS = [*["allowed"] * 14, *["anything"] * 3, *["wait"] * 3, "place_badly"]
CODES = 1  # what codes are drawn from: they break ties between people who fit alike
CHECK_EVERY = 10  # steps, for the check of everything that is stored
Data = Any


class Tally:
    """What a whole run has done."""

    def __init__(self) -> None:
        self.steps = 0
        self.done: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.waterfalls: Counter[str] = (
            Counter()
        )  # by why they ended; "asked next": those asked later than the first

    def told(self) -> str:
        """Returns how many steps there were, how often each verb was done and each answer refused."""
        done = ", ".join(f"{verb} {count}" for verb, count in self.done.most_common())
        refused = ", ".join(f"{status} {count}" for status, count in sorted(self.refused.items()))
        ended = ", ".join(f"{why or 'going on'} {count}" for why, count in sorted(self.waterfalls.items()))
        return f"{self.steps} steps. Done: {done}. Refused: {refused}. Waterfalls: {ended}."


class Machine(RuleBasedStateMachine):
    """One district for an hour or a month: everything happens in a savepoint that is rolled back at the end."""

    product: Product  # made once, by the test
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.world = World(MONDAY, self.product.asked_beyond)
        self.product.rows.clear()
        self.holds = ExitStack()
        self.holds.enter_context(transaction.atomic())
        self.holds.enter_context(codes.drawn_from(Random(CODES)))
        self.steps = 0

    def teardown(self) -> None:
        try:
            with clock.at(self.world.now):
                self.product.check()
            self.tally.done += self.world.done
            self.tally.waterfalls += self.world.waterfalls()
            self.tally.done["remind"] += self.product.events("remind")
        finally:
            transaction.set_rollback(True)
            self.holds.close()

    @initialize(data=st.data())
    def some_requests(self, data: Data) -> None:
        for _number in range(2):
            self._place(data)

    @rule(data=st.data())
    def step(self, data: Data) -> None:
        """One rule that draws what happens: hypothesis leaves out some rules for whole runs, which would leave runs in
        which nobody acts."""
        happening = data.draw(st.sampled_from(HAPPENINGS))
        if sum(r.state not in FINAL for r in self.world.requests) < LEAST_OPEN:
            happening = "place"
        getattr(self, f"_{happening}")(data)

    def _allowed(self, data: Data) -> None:
        """Somebody does what the model allows them."""
        r = self._request(data)
        found = allowed(self.world, r)
        verb = data.draw(
            st.sampled_from([each for each in found for _n in range(OFTEN.get(each, OTHERWISE))])
        )
        self._try(r, verb, *data.draw(st.sampled_from(found[verb])))

    def _anything(self, data: Data) -> None:
        """Anybody tries anything."""
        r = self._request(data)
        verb = data.draw(st.sampled_from([*TABLE, *TABLE, *BY_ITSELF, "propose", "fly"]))
        who = data.draw(st.sampled_from(PEOPLE))
        facts = data.draw(st.sampled_from(facts_by_verb(self.world, r).get(verb, [{}])))
        self._try(r, verb, who, facts, stale=data.draw(st.integers(0, 9)) == 9)

    def tell(self, story: Story) -> None:
        """Does what is written out, on requests of its own; each step has to be possible."""
        first = len(self.world.requests)
        for step in story:
            if isinstance(step, Place):
                self._place_for(step.wish, step.headcount, start=None)
            elif isinstance(step, Wait):
                self._pass(step.length)
            else:
                facts = {name: self._moment(value) for name, value in step.facts.items()}
                if "into" in facts:
                    facts["into"] += first
                status = self._try(self.world.requests[first + step.number], step.verb, step.who, facts)
                assert status == 200, f"{step.who} may not {step.verb}: {status}"

    def _moment(self, value: Any) -> Any:
        return self.world.now + value if isinstance(value, timedelta) else value

    def _wait(self, data: Data) -> None:
        self._pass(data.draw(st.sampled_from(moments(self.world))))

    def _pass(self, wait: timedelta) -> None:
        later = self.world.now + wait
        with clock.at(later):
            self.product.sweep()
        self.world.pass_until(later)
        self._compare(f"{wait} later")

    def _place_badly(self, data: Data) -> None:
        who, wish, status = data.draw(st.sampled_from(REFUSED_PLACES))
        with clock.at(self.world.now):
            assert self.product.place(who, **wish) == status, (who, wish)
        self._compare("refused to place")

    def _place(self, data: Data) -> None:
        wish = data.draw(st.sampled_from(sorted(PLACES)))
        headcount = data.draw(st.sampled_from([1, 1, 2, 3]))
        self._place_for(wish, headcount, start=data.draw(st.sampled_from([None, self.world.now + DAY])))

    def _place_for(self, name: str, headcount: int, *, start: datetime | None) -> None:
        who, beneficiary, proxy, wish = PLACES[name]
        when = {"preferred_start": start, "preferred_end": start and start + DAY / 12}
        with clock.at(self.world.now):
            assert self.product.place(who, headcount=headcount, **when, **wish) == 201
        self.world.place(
            beneficiary=beneficiary,
            proxy=proxy,
            headcount=headcount,
            wish=(start, when["preferred_end"]) if start else None,
        )
        self._compare(f"{who} places for {headcount}")

    def _request(self, data: Data) -> Request:
        """One of the requests, an open one rather than one that has ended."""
        running = [r for r in self.world.requests if r.state not in FINAL]
        return data.draw(st.sampled_from([*running * 3, *self.world.requests]))

    def _try(self, r: Request, verb: str, who: str, facts: dict[str, Any], *, stale: bool = False) -> int:
        """Lets `who` try `verb`, in the product and in the model; returns the status, on which they agree."""
        version = self.product.version(r.number) - 1 if stale else None
        said = f"{who}: {verb} on {r.number} ({r.state}) with {facts}"
        with clock.at(self.world.now):
            status = self.product.act(who, verb, r.number, facts, version)
        try:
            follow = self.world.judge(who, verb, r, dict(facts))
        except Refused as no:
            expected = no.status
        else:
            expected = 200
        if stale and expected != 404:
            expected = 409
        assert status == expected, f"{said}: the product says {status}, the model {expected}"
        if expected == 200:
            follow()
        else:
            self.tally.refused[expected] += 1
        self._compare(said)
        return expected

    def _compare(self, said: str) -> None:
        self.steps += 1
        self.tally.steps += 1
        with clock.at(self.world.now):
            observed = self.product.observe(self.world.requests)
            for r, found in zip(self.world.requests, observed, strict=True):
                expected = described(r)
                differ = {
                    name: (found[name], expected[name]) for name in found if found[name] != expected[name]
                }
                assert not differ, f"{said}: request {r.number}: (product, model) {differ}"
            if self.steps % CHECK_EVERY == 0:
                self.product.check()
