"""What is done with teams: founding one, and the verbs of its table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas import scope
from civic.areas.models import Area
from civic.cases import door
from civic.lib.constraints import refusing
from civic.lib.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from civic.lib.text import clean
from volunteers.access import looks_after
from volunteers.enums import TeamTier
from volunteers.models import ServiceClass, Team
from volunteers.team_workflow import TEAMS

TEXTS = {"name": 60, "about": 200, "reason": 200, "words": 200}
BY_PEOPLE = frozenset(row.verb for row in TEAMS.transitions if row.roles != ("system",))


@transaction.atomic
def found(
    *,
    actor: User,
    area: Area,
    name: str,
    parent: Team | None = None,
    service_classes: list[int] | None = None,
    about: str = "",
) -> Team:
    """Founds a team at home in `area`, one tier below `parent`, a corps without; returns it.

    Raises ValidationFailed per field, NotAllowed for who is no staff of the area, Conflict for a name that is taken.
    """
    facts = _shape({"name": name, "about": about, "service_classes": service_classes or []})
    ids = scope.of(area)
    tier = TeamTier.CORPS
    if parent is not None:
        if parent.tier == TeamTier.SQUAD or not parent.is_active:
            raise ValidationFailed.on("parent", _("There can be no team below this one."))
        if area.pk not in areas.tree().subtree_ids(parent.area_id):
            raise ValidationFailed.on("area", _("A team is at home within the area of the one above it."))
        tier = list(TeamTier)[parent.depth]
    team = Team(area=area, tier=tier, **ids._asdict(), **facts)
    if not looks_after(actor, team):
        raise NotAllowed()
    _plant(team, parent)
    with _names_once():
        return door.open_case(team, actor=actor, role="staff", verb="found", effect=lambda change: None)


def act(team: Team, verb: str, *, actor: User, expected_version: int | None = None, **facts: Any) -> Team:
    """Performs a verb of the table; returns the team. Raises what `door.perform` raises, Conflict for a name taken."""
    if verb not in BY_PEOPLE:
        raise NotFound(_("There is no such step: %(verb)s.") % {"verb": verb})
    with _names_once():
        return door.perform(team, verb, actor=actor, expected_version=expected_version, **_shape(facts))


def _plant(team: Team, parent: Team | None) -> None:
    """Gives the new team its place in the tree: the last child of `parent`, or the last corps. One at a time.

    Treebeard's own way would write the row, which the write door does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('volunteers.team'))")
    prefix = "" if parent is None else parent.path
    team.depth = 1 if parent is None else parent.depth + 1
    if parent is not None:
        Team.objects.filter(pk=parent.pk).update(numchild=F("numchild") + 1)
    beside = Team.objects.filter(depth=team.depth, path__startswith=prefix).order_by("path").last()
    team.path = Team._get_path(prefix, team.depth, 1) if beside is None else beside._inc_path()


@contextmanager
def _names_once() -> Iterator[None]:
    """Turns the database's refusal of a second team of that name in the area into a Conflict."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if refusing(error) != "team_name_once":
            raise
        raise Conflict(_("There is a team of this name in this area already."), code="name_taken") from error


def _shape(facts: dict[str, Any]) -> dict[str, Any]:
    errors: dict[str, list[Any]] = {}
    shaped = {name: value for name, value in facts.items() if value is not None}
    for name, most in TEXTS.items():
        if name in shaped:
            try:
                shaped[name] = clean(str(shaped[name]), most, required=name == "name")
            except ValueError as error:
                errors[name] = [error.args[0]]
    if "service_classes" in shaped:
        known = set(
            ServiceClass.objects.filter(pk__in=shaped["service_classes"]).values_list("pk", flat=True)
        )
        if set(shaped["service_classes"]) - known:
            errors["service_classes"] = [_("Unknown service class.")]
        shaped["service_classes"] = sorted(known)
    if errors:
        raise ValidationFailed(errors=errors)
    return shaped
