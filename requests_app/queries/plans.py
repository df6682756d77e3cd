"""Batch plans as their pages show them: the list, how far one is, its lines as a difference to what is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas.queries import tree
from civic.lib import keyset
from civic.lib.errors import NotFound
from requests_app import access, reference
from requests_app.matching import scores
from requests_app.models import LineState, Plan, PlanLine, PlanState
from requests_app.plans.actions import FRESH, changed, undecided
from requests_app.queries import plans_alike
from requests_app.queries.bars import Segment, legend, segments
from volunteers.models import Volunteer

LIST_SIZE = 20
LINES_SIZE = 50

TONES = {
    PlanState.COMPUTING: "info",
    PlanState.READY: "warn",
    PlanState.FAILED: "red",
    PlanState.APPLYING: "info",
    PlanState.APPLIED: "ok",
    PlanState.PARTLY: "warn",
}
TABS: dict[str, str | Promise] = {
    "proposed": gettext_lazy("Proposed"),
    "queued": gettext_lazy("About to be asked"),
    "conflict": gettext_lazy("Not possible any more"),
    "left": gettext_lazy("Left over"),
    "applied": pgettext_lazy("line of a plan", "Asked"),
    "held": gettext_lazy("Pins and bans"),
}
HELD = Q(pinned=True) | Q(forbidden=True)
IN_TAB = {
    "proposed": Q(state=LineState.PROPOSED),
    "queued": Q(state=LineState.QUEUED),
    "conflict": Q(state=LineState.CONFLICT),
    "left": Q(state=LineState.LEFT),
    "applied": Q(state=LineState.APPLIED),
    "held": HELD & ~Q(state=LineState.APPLIED),
}
# Pins of which nothing can come have no words of the write door.
REFUSALS: dict[str, str | Promise] = {
    "not_candidate": gettext_lazy("Pinned, but they can no longer be asked for it."),
    "not_waiting": gettext_lazy("Pinned, but the request no longer waits for dispatch."),
    "opposed": gettext_lazy(
        "This pin and another cannot both be kept: time, places or tasks do not suffice."
    ),
}


def visible_to(user: User) -> QuerySet[Plan]:
    """Returns the plans for areas where `user` is a dispatcher; nothing for everybody else."""
    by_id = tree().by_id
    found = Q(pk__in=[])
    for row in held(user):
        if row.role == Role.DISPATCHER and row.area_id in by_id:
            found |= Q(area__path__startswith=by_id[row.area_id].path)
    return Plan.objects.filter(found).select_related("area", "made_by", "applied_by")


def get(user: User, pk: int) -> Plan:
    """Returns one plan. Raises NotFound when there is none or it lies outside the user's areas."""
    plan = visible_to(user).filter(pk=pk).first()
    if plan is None:
        raise NotFound()
    return plan


def lines_of(plan: Plan, user: User) -> QuerySet[PlanLine]:
    """Returns the lines of a plan whose requests `user` dispatches; no confidential one, no one that moved away."""
    return PlanLine.objects.filter(plan=plan, request__in=access.dispatched_by(user))


@dataclass(frozen=True)
class Progress:
    """How many lines of a plan stand in which tab, and how far its job is."""

    plan: Plan
    by_tab: Mapping[str, int]

    @property
    def tone(self) -> str:
        """The colour of the state's tag."""
        return TONES.get(PlanState(self.plan.state), "gray")

    @property
    def solving(self) -> bool:
        """Whether everybody has been looked at and the best plan is sought."""
        return self.plan.state == PlanState.COMPUTING and 0 < self.plan.total == self.plan.done

    @property
    def done(self) -> int:
        """How much the running job has behind it, of `whole`."""
        if self.plan.state == PlanState.COMPUTING:
            return self.plan.done
        return self.by_tab.get("applied", 0) + self.by_tab.get("conflict", 0)

    @property
    def whole(self) -> int:
        """How much the running job has to go through."""
        computing = self.plan.state == PlanState.COMPUTING
        return self.plan.total if computing else self.done + self.by_tab.get("queued", 0)

    @property
    def undone(self) -> int:
        """How many pins and bans the lines do not take into account yet."""
        return self.by_tab.get("undone", 0)

    @property
    def can_apply(self) -> int:
        """How many people can be asked as the plan stands."""
        return self.by_tab.get("ready", 0)

    @property
    def applied(self) -> int:
        """How many have been asked."""
        return self.by_tab.get("applied", 0)

    @property
    def held_back(self) -> int:
        """How many lines proposed wait for the plan to be computed again: forbidden, or somebody else is pinned."""
        return self.by_tab.get("held_back", 0)

    @property
    def changed(self) -> int:
        """How many of those that can be asked are for a request that has changed since."""
        return self.by_tab.get("changed", 0)

    @property
    def to_compute(self) -> int:
        """How much there is for which the plan had better be computed again."""
        return self.undone + self.changed

    @property
    def not_possible(self) -> int:
        """How many could not be asked."""
        return self.by_tab.get("conflict", 0)

    @property
    def away_percent(self) -> float | None:
        """How far the plan can be from the best one, in percent of its cost; None when it is proven or unknown."""
        objective, bound = self.plan.outcome.get("objective"), self.plan.outcome.get("bound")
        if self.plan.proven or not objective or not bound or objective[0] != bound[0] or not objective[1]:
            return None
        return round(100 * (objective[1] - bound[1]) / objective[1], 2)


def progress(plan: Plan, user: User) -> Progress:
    """Returns how far one plan is and what is in it; one statement."""
    counted = {name: Count("pk", filter=part) for name, part in IN_TAB.items()}
    # Pinned or forbidden since it was computed: a pair not proposed that is to be, or proposed and not to be.
    waiting = Q(state=LineState.ASIDE, pinned=True) | Q(state=LineState.PROPOSED, forbidden=True)
    rather_others = Q(request__in=undecided(plan))
    found = lines_of(plan, user).aggregate(
        **counted,
        undone=Count("pk", filter=waiting),
        ready=Count("pk", filter=FRESH & ~rather_others),
        changed=Count("pk", filter=FRESH & ~rather_others & changed()),
        held_back=Count("pk", filter=IN_TAB["proposed"] & (Q(forbidden=True) | rather_others)),
    )
    return Progress(plan, Counter(found))


@dataclass(frozen=True)
class Listed:
    """A plan in the list."""

    plan: Plan
    tone: str


def page(user: User, cursor: str) -> keyset.Page[Listed]:
    """Returns a page of the plans `user` may see, the newest first."""
    found = keyset.page(visible_to(user), order=["-id"], size=LIST_SIZE, cursor=cursor)
    rows = [Listed(plan, TONES.get(PlanState(plan.state), "gray")) for plan in found.rows]
    return keyset.Page(rows, found.next, found.previous)


@dataclass(frozen=True)
class Alternative:
    """Somebody else who could be asked."""

    volunteer: Volunteer
    score: float
    distance_m: int | None


@dataclass(frozen=True)
class Line:
    """A line as shown."""

    row: PlanLine
    category: str
    area: str
    reasons: list[str | Promise]
    segments: list[Segment]
    alternatives: list[Alternative]
    refusal: str | Promise
    alike: int  # how many others of the plan look like its request
    alike_area: int | None


@dataclass
class LinePage:
    """One page of the lines of a plan, in one tab."""

    plan: Plan
    user: User
    counts: Progress
    tab: str = ""
    cursor: str = ""
    tabs: list[tuple[str, str | Promise, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tabs = [
            (name, label, self.counts.by_tab.get(name, 0))
            for name, label in TABS.items()
            if self.counts.by_tab.get(name, 0) or name == "proposed"
        ]
        if self.tab not in [name for name, _label, count in self.tabs if count]:
            self.tab = next((name for name, _label, count in self.tabs if count), "proposed")

    @cached_property
    def page(self) -> keyset.Page[PlanLine]:
        """The rows themselves. Raises ValidationFailed for a cursor that cannot be read."""
        found = lines_of(self.plan, self.user).filter(IN_TAB[self.tab])
        found = found.select_related("request", "volunteer__user")
        return keyset.page(found, order=["id"], size=LINES_SIZE, cursor=self.cursor)

    @property
    def can_be_ticked(self) -> bool:
        """Whether the tab has lines that can be asked, as its buttons do."""
        return self.counts.can_apply > 0 and any(line.row.can_be_applied for line in self.lines)

    @property
    def legend(self) -> list[tuple[str, str | Promise]]:
        """What the colours of the bars mean, where there are any: classes and words."""
        return legend() if any(line.segments for line in self.lines) else []

    @cached_property
    def lines(self) -> list[Line]:
        """The lines as shown; the people of all alternatives are read at once."""
        rows = self.page.rows
        ids = {each[0] for row in rows for each in row.alternatives}
        people = Volunteer.objects.select_related("user").in_bulk(ids)
        return [line(row, people, self.alike) for row in rows]

    @cached_property
    def alike(self) -> plans_alike.Likeness:
        """Which requests of the plan look alike, while something can still be done about it."""
        found = lines_of(self.plan, self.user)
        return plans_alike.likeness(found.none() if self.plan.is_over else found, self.user)


def line(
    row: PlanLine, people: Mapping[int, Volunteer], alike: plans_alike.Likeness = plans_alike.NONE
) -> Line:
    """Returns a line as shown; `people` are those of its alternatives, by id."""
    area = tree().by_id.get(row.request.area_id)
    return Line(
        row=row,
        category=str(reference.snapshot().by_id.get(row.request.category_id, "")),
        area=area.label if area else "",
        reasons=[scores.REASONS[code] for code in row.reasons if code in scores.REASONS],
        segments=segments(row.parts, row.shares) if row.parts else [],
        alternatives=[
            Alternative(people[pk], score, away) for pk, score, away in row.alternatives if pk in people
        ],
        refusal=row.refusal or REFUSALS.get(row.refusal_code, ""),
        alike=alike.others(row.request),
        alike_area=alike.area_of(row.request),
    )


def categories_of(plan: Plan) -> str:
    """Returns for which kinds of help a plan is, in words."""
    by_code = reference.snapshot().by_code
    names = [str(by_code[code]) for code in plan.categories if code in by_code]
    return " · ".join(names) or _("every kind of help")
