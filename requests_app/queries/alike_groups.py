"""Groups of open requests that look alike, as the desk's page shows them: side by side, how alike, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.db.models import Count, Q, QuerySet

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import Area, AreaLevel
from civic.lib.errors import NotFound
from civic.lib.geo import rounded_distance_m
from requests_app import access, reference
from requests_app.actions.many import MOST
from requests_app.enums import RequestState
from requests_app.models import Category, ProjectRequest, ServiceProject, ServiceRequest, ToldApart
from requests_app.models.alike import MAX_TITLE
from requests_app.queries.alike import away_m
from requests_app.queries.alike_pairs import Pair, components, pairs
from requests_app.queries.shared_words import shared_words

DISPATCHER = frozenset({Role.DISPATCHER})
SHOWN = 20  # groups on the page, the largest first
APART_SHOWN = 10
PROJECTS_SHOWN = 100


@dataclass(frozen=True)
class Member:
    """One of a group, beside the one the others would be joined to: how far away (None: unknown), how much later."""

    request: ServiceRequest
    area: str
    distance_m: int | None
    days_later: int
    same_person: bool

    @property
    def can_be_joined(self) -> bool:
        """Whether it waits for dispatch: whatever is under way is not joined to another."""
        return self.request.state == RequestState.SUBMITTED


@dataclass(frozen=True)
class Group:
    """Requests that look alike; `percent` is how alike its likest and its least like neighbours are."""

    members: list[Member]
    count: int
    words: list[str]
    percent: tuple[int, int]
    category: Category
    project: ServiceProject | None  # in which some of them are already

    @property
    def lead(self) -> ServiceRequest:
        """The one the others would be joined to: the one furthest along, else the oldest."""
        return self.members[0].request

    @property
    def alike(self) -> str:
        """How alike they are in percent, "53–71" or "63"."""
        return "–".join(map(str, dict.fromkeys(self.percent)))

    @property
    def left_out(self) -> int:
        """How many are not shown."""
        return self.count - len(self.members)

    @property
    def days(self) -> int:
        """How many days lie between the first and the last of those shown."""
        placed = [member.request.placed_at for member in self.members]
        return int((max(placed) - min(placed)) / timedelta(days=1))

    @property
    def across_m(self) -> int | None:
        """How far the farthest of those shown is from the one the others would be joined to."""
        known = [member.distance_m for member in self.members[1:] if member.distance_m is not None]
        return max(known, default=None)

    @property
    def suggested_title(self) -> str:
        """What a project about it could be called; the words of more than half of them, or the kind of help."""
        return " ".join(self.words[:2])[:MAX_TITLE] or str(self.category)

    @property
    def can_be_merged(self) -> bool:
        """Whether one at least can be joined to another."""
        return any(member.can_be_joined for member in self.members[1:])


@dataclass(frozen=True)
class Picture:
    """The groups of an area: so many in all, those shown, and what was told apart lately."""

    count: int
    groups: list[Group]
    apart: list[ToldApart]


def places(user: User, roles: Collection[str] = DISPATCHER) -> list[Area]:
    """Returns the areas to choose from: districts of whoever holds one of `roles` in a city, else one's own areas."""
    tree = areas.tree()
    found: dict[int, Area] = {}
    for row in held(user):
        if row.role in roles and row.area_id in tree.by_id:
            districts = tree.at_level(AreaLevel.DISTRICT, within=row.area_id)  # type: ignore[arg-type]
            found |= {area.pk: area for area in districts or (tree.by_id[row.area_id],)}
    return list(found.values())


def place(user: User, asked: str) -> Area:
    """Returns the one of `places` that is asked for by number, else the first. Raises NotFound where there is none."""
    offered = places(user)
    found = next((area for area in offered if str(area.pk) == asked), None)
    if found is None and (asked or not offered):
        raise NotFound()
    return found or offered[0]


def within(user: User, area: Area) -> QuerySet[ServiceRequest]:
    """Returns the requests of `area` that `user` may be shown beside others: no confidential one."""
    return access.dispatched_by(user).filter(**{f"{area.level}_id": area.pk})


def picture(user: User, area: Area) -> Picture:
    """Returns the groups of open requests in `area` that look alike, the largest first; five statements in all.

    Two that were told apart, or that speak for the same project already, do not make a group.
    """
    open_ones = within(user, area)
    left, known = _unsettled(open_ones)
    groups = sorted(components(left), key=lambda group: (-len(group), -group[-1]))
    shown = groups[:SHOWN]
    requests = {
        request.pk: request
        for request in open_ones.select_related("category").filter(
            pk__in={pk for each in shown for pk in each}
        )
    }
    best: dict[int, list[Pair]] = defaultdict(list)
    for pair in left:
        best[pair.first].append(pair)
        best[pair.second].append(pair)
    made = [_group([requests[pk] for pk in each if pk in requests], best, known) for each in shown]
    return Picture(len(groups), [group for group in made if group is not None], _told_apart(user))


def among(requests: QuerySet[ServiceRequest]) -> dict[int, list[int]]:
    """Returns for each of `requests` that has some among them that look alike the numbers of its group; no others."""
    left, _known = _unsettled(requests)
    return {pk: group for group in components(left) for pk in group}


def _unsettled(requests: QuerySet[ServiceRequest]) -> tuple[list[Pair], _Kept]:
    """Returns the pairs that staff have said nothing of yet, and what they did say."""
    found = pairs(requests)
    known = _kept_together({pk for pair in found for pk in pair[:2]})
    return [pair for pair in found if not known.settles(pair)], known


@dataclass(frozen=True)
class _Kept:
    """What staff said about requests before: which sets were told apart, which projects each speaks for."""

    apart: dict[int, set[int]]
    in_projects: dict[int, dict[int, ServiceProject]]

    def settles(self, pair: Pair) -> bool:
        """Whether the two need not be looked at together again."""
        first, second = pair[:2]
        if self.apart.get(first, set()) & self.apart.get(second, set()):
            return True
        return bool(self.in_projects.get(first, {}).keys() & self.in_projects.get(second, {}).keys())


def _kept_together(ids: Iterable[int]) -> _Kept:
    numbers = sorted(ids)
    apart: dict[int, set[int]] = defaultdict(set)
    for pk, requests in ToldApart.objects.filter(requests__overlap=numbers).values_list("pk", "requests"):
        for request in requests:
            apart[request].add(pk)
    in_projects: dict[int, dict[int, ServiceProject]] = defaultdict(dict)
    for row in ProjectRequest.objects.filter(request__in=numbers).select_related("project"):
        in_projects[row.request_id][row.project_id] = row.project
    return _Kept(apart, in_projects)


def _group(requests: Sequence[ServiceRequest], best: dict[int, list[Pair]], known: _Kept) -> Group | None:
    if len(requests) < 2:  # the others have left meanwhile
        return None
    ordered = sorted(
        requests, key=lambda each: (each.state == RequestState.SUBMITTED, each.placed_at, each.pk)
    )
    lead, shown = ordered[0], ordered[:MOST]
    alike = [max(pair.score for pair in best[each.pk]) for each in requests]
    projects = [project for each in requests for project in known.in_projects.get(each.pk, {}).values()]
    return Group(
        members=[_member(each, lead) for each in shown],
        count=len(requests),
        words=shared_words([f"{each.title} {each.text}" for each in shown]),
        percent=(round(min(alike) * 100), round(max(alike) * 100)),
        category=reference.snapshot().by_id[lead.category_id],
        project=projects[0] if projects else None,
    )


def _member(request: ServiceRequest, lead: ServiceRequest) -> Member:
    away = away_m(request, lead)
    tree = areas.tree()
    return Member(
        request=request,
        area=tree.by_id[request.area_id].label,
        distance_m=None if away is None else rounded_distance_m(away),
        days_later=int((request.placed_at - lead.placed_at) / timedelta(days=1)),
        same_person=request.pk != lead.pk
        and bool(request.beneficiary_phone_hash)
        and request.beneficiary_phone_hash == lead.beneficiary_phone_hash,
    )


def _in_areas_of(user: User) -> Q:
    """Returns the filter for rows whose area is one in which `user` dispatches, or lies below."""
    by_id = areas.tree().by_id
    found = Q(pk__in=[])
    for row in held(user):
        if row.role == Role.DISPATCHER and row.area_id in by_id:
            found |= Q(area__path__startswith=by_id[row.area_id].path)
    return found


def told_apart(user: User) -> QuerySet[ToldApart]:
    """Returns what was told apart in the areas of `user`."""
    return ToldApart.objects.filter(_in_areas_of(user))


def _told_apart(user: User) -> list[ToldApart]:
    return list(told_apart(user).select_related("by", "area").order_by("-pk")[:APART_SHOWN])


def projects(user: User) -> QuerySet[ServiceProject]:
    """Returns the proposals of the areas of `user`, the newest first."""
    return (
        ServiceProject.objects.filter(_in_areas_of(user))
        .select_related("area", "category", "proposed_by")
        .annotate(count=Count("requests"))
        .order_by("-pk")
    )


@dataclass(frozen=True)
class ProjectPage:
    """A proposal with its requests, as far as `user` may be shown them beside each other."""

    project: ServiceProject
    user: User

    @cached_property
    def requests(self) -> list[ServiceRequest]:
        """The requests, the oldest first."""
        mine = access.dispatched_by(self.user).filter(projects=self.project)
        return list(mine.select_related("category", "area").order_by("placed_at", "pk"))

    @cached_property
    def hidden(self) -> int:
        """How many there are besides: confidential by now, or moved out of one's areas."""
        return int(self.project.count) - len(self.requests)  # type: ignore[attr-defined]


def project(user: User, pk: int) -> ProjectPage:
    """Returns one of `projects`; raises NotFound."""
    found = projects(user).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return ProjectPage(found, user)
