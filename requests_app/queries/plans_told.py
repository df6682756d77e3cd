"""What the last pressing of a plan led to: whom it asked, and whom not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from civic.accounts.models import User
from requests_app.models import LineState, Plan, PlanLine
from requests_app.queries.plans import lines_of

LISTED = 50  # of each kind; all of them stand in their tabs


@dataclass(frozen=True)
class Pressed:
    """What came of the last time that people of the plan were to be asked, as far as `user` may see it."""

    plan: Plan
    user: User
    at: datetime

    @property
    def _tried(self) -> QuerySet[PlanLine]:
        found = lines_of(self.plan, self.user).filter(applied_at__gte=self.at)
        return found.select_related("request", "volunteer__user").order_by("pk")

    @cached_property
    def asked(self) -> int:
        """How many people were asked."""
        return self._tried.filter(state=LineState.APPLIED).count()

    @cached_property
    def refused(self) -> int:
        """How many could not be asked."""
        return self._tried.filter(state=LineState.CONFLICT).count()

    @cached_property
    def done(self) -> list[PlanLine]:
        """Those asked, the first of them."""
        return list(self._tried.filter(state=LineState.APPLIED)[:LISTED])

    @cached_property
    def failed(self) -> list[PlanLine]:
        """Those who could not be, the first of them."""
        return list(self._tried.filter(state=LineState.CONFLICT)[:LISTED])


def pressed(plan: Plan, user: User) -> Pressed | None:
    """Returns what the last pressing led to, None where the plan has been computed since, or nobody pressed."""
    if plan.pressed_at is None or plan.computed_at is None or plan.computed_at > plan.pressed_at:
        return None
    return Pressed(plan, user, plan.pressed_at)
