"""Plans of the cast's community, computed and applied here and now instead of by a worker."""

from collections.abc import Collection
from typing import Any

from requests_app.models import Plan, PlanLine
from requests_app.plans import actions, jobs
from tests.cast import Cast


def planned(cast: Cast, **given: Any) -> Plan:
    """Returns a plan of the community, computed."""
    plan = actions.start(
        **{"actor": cast.dispatcher, "area": cast.community, "most_each": 3, "wake": False, **given}
    )
    jobs.compute(plan.pk)
    plan.refresh_from_db()
    return plan


def recomputed(plan: Plan, cast: Cast) -> Plan:
    """Returns the plan computed again."""
    actions.again(plan, actor=cast.dispatcher, wake=False)
    jobs.compute(plan.pk)
    plan.refresh_from_db()
    return plan


def applied(plan: Plan, cast: Cast, lines: Collection[int] | None = None) -> Plan:
    """Returns the plan with the chosen lines (all unless given) applied."""
    actions.apply(plan, actor=cast.dispatcher, lines=lines, wake=False)
    jobs.apply(plan.pk)
    plan.refresh_from_db()
    return plan


def lines(plan: Plan, *states: str) -> list[PlanLine]:
    """Returns the lines in `states`, all without any, in their order."""
    found = PlanLine.objects.filter(plan=plan).select_related("request", "volunteer").order_by("pk")
    return list(found.filter(state__in=states) if states else found)


def pairs(plan: Plan) -> set[tuple[int, int]]:
    """Returns (request, volunteer) of every line proposed."""
    return {(each.request_id, each.volunteer_id or 0) for each in lines(plan, "proposed")}
