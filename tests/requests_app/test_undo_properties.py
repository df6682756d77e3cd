"""However a request stood when a step was taken: once the step is undone it stands so again, and the same rings."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from civic.cases import timers
from civic.cases.models import Timer
from civic.lib import clock
from civic.lib.errors import DomainError
from insight import consistency
from requests_app import reference
from requests_app.actions import act, auto_dispatch, undo
from requests_app.models import Assignment, Referral, ServiceRequest
from tests.cast import Cast
from tests.repeatable import REPEATABLE
from tests.units import Units
from tests.worktime.conftest import local

pytestmark = pytest.mark.django_db
PLACED = local(
    "2026-03-02 09:00"
)  # a Monday: dispatch is due at 11:00, and the district is told by Tuesday evening
FURTHER = timedelta(days=9)  # how far ahead somebody agreed to come

lives = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["errand", "learning"]),
        "ruled": st.booleans(),  # whether a rule of auto-dispatch lets it wait
        "before": st.lists(st.sampled_from(["wait", "wait", "amend", "pause", "resume"]), max_size=4),
        "waits": st.lists(st.integers(1, 1_800), min_size=6, max_size=6),  # minutes
        "way": st.sampled_from(["submitted", "submitted", "accepted", "referred"]),
        "step": st.sampled_from(["merge", "merge", "pause"]),
        "seconds": st.integers(0, 119),
    }
)


@given(life=lives)
@settings(REPEATABLE, max_examples=40)
def test_a_step_undone_leaves_everything_as_it_was(cast: Cast, life: dict[str, Any]) -> None:
    reference.forget()  # the rules of the life before, which was rolled back
    with transaction.atomic():
        run = Run(cast, life)
        run.live()
        before = run.stands()
        if (request := run.take(life["step"])) is not None:
            run.now += timedelta(seconds=life["seconds"])
            with clock.at(run.now):
                undo.undo(request, actor=cast.dispatcher, version=request.version)
            assert run.stands() == before
            with clock.at(run.now):
                assert [str(fault) for fault in consistency.check()] == []
        transaction.set_rollback(True)


class Run:
    """One request whose timers fire in time, and another that it may be joined to."""

    def __init__(self, cast: Cast, life: dict[str, Any]) -> None:
        self.cast, self.life, self.now = cast, life, PLACED
        self.waits = iter(life["waits"])
        with clock.at(PLACED):
            if life["ruled"]:
                how = {"category": None, "on": True, "width": 1, "patience": 90}
                auto_dispatch.set_rule(actor=cast.admin, area=cast.district, **how)
            wish = {"category": life["kind"], "preferred_start": None, "preferred_end": None}
            self.into, self.pk = cast.place(**wish).pk, cast.place(cast.neighbour, **wish).pk

    @property
    def request(self) -> ServiceRequest:
        return ServiceRequest.objects.get(pk=self.pk)

    def live(self) -> None:
        """Lets it come to where the step is taken."""
        if self.life["way"] == "referred":
            with clock.at(self.now):
                Units(self.cast).referred(self.request)
        elif self.life["way"] == "accepted":
            asked: dict[str, Any] = {"volunteers": [self.cast.volunteer.pk], "agreed_start": PLACED + FURTHER}
            with clock.at(self.now):
                act(self.request, "offer", actor=self.cast.dispatcher, **asked)
                act(self.request, "accept", actor=self.cast.volunteer.user)
        for what in self.life["before"]:
            self.pass_time(minutes=next(self.waits))
            self.take(what)
        self.pass_time(minutes=next(self.waits))

    def pass_time(self, minutes: int) -> None:
        """Moves on; what is due on the way fires in its own time."""
        end = self.now + timedelta(minutes=minutes)
        while (due := self._next()) is not None and due <= end:
            self.now = max(self.now, due)
            with clock.at(self.now):
                timers.sweep()
        self.now = end

    def _next(self) -> datetime | None:
        ringing = Timer.objects.filter(kind="request", fired_at=None, voided_at=None).order_by("run_at")
        return ringing.values_list("run_at", flat=True).first()

    def take(self, verb: str) -> ServiceRequest | None:
        """Takes a step of the desk; returns the request as it then stands, None where it was not to be taken."""
        facts: dict[str, dict[str, Any]] = {
            "amend": {"title": f"改 {self.now}"},
            "pause": {"reason_code": "away", "until": self.now + timedelta(days=2)},
            "merge": {"into": self.into},
        }
        with clock.at(self.now):
            try:
                return act(self.request, verb, actor=self.cast.dispatcher, **facts.get(verb, {}))
            except DomainError:
                return None

    def stands(self) -> dict[str, Any]:
        """Returns all there is about the request but its number of steps: its row, its parts, and what will ring."""
        row = {name: value for name, value in vars(self.request).items() if name not in {"version", "_state"}}
        ringing = Timer.objects.filter(kind="request", case_id=self.pk, fired_at=None, voided_at=None)
        return {
            **row,
            "ringing": set(ringing.values_list("name", "part_id", "round", "due_at")),
            "confirm_by": list(
                Assignment.objects.filter(request=self.pk).values_list("confirm_by", flat=True)
            ),
            "answer": list(Referral.objects.filter(request=self.pk).values_list("due_at", flat=True)),
        }
