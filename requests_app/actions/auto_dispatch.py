"""Editing auto-dispatch: its rules by administrators of the area, its kill switch by every dispatcher of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from civic.accounts.access import holds
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import scope
from civic.areas.models import Area, AreaLevel
from civic.lib import clock
from civic.lib.errors import NotAllowed, ValidationFailed
from requests_app import reference
from requests_app.models import AutoDispatchRule, AutoDispatchStop, Category
from requests_app.models.auto_dispatch import MOST_PATIENCE
from requests_app.models.parts import MOST_AT_ONCE

MAY_EDIT = frozenset({Role.ADMIN})
MAY_STOP = frozenset({Role.ADMIN, Role.DISPATCHER})


def set_rule(
    *, actor: User, area: Area, category: Category | None, on: bool, width: int, patience: int = 0
) -> AutoDispatchRule:
    """Sets whether new requests of `category` (None: of any) in `area` are dispatched by themselves; returns the rule.

    Raises NotAllowed outside the areas that `actor` administers, ValidationFailed for another width than 1 to 5 or a
    patience that is not 0 to 90 percent.
    """
    _check(actor, area, MAY_EDIT)
    if not 1 <= width <= MOST_AT_ONCE:
        raise ValidationFailed.on("width", _("1 to 5 people can be asked at a time."))
    if not 0 <= patience <= MOST_PATIENCE:
        raise ValidationFailed.on("patience", _("A request may wait for 0 to 90 percent of its time."))
    rule, _made = AutoDispatchRule.objects.update_or_create(
        area=area, category=category, defaults={"on": on, "width": width, "patience": patience}
    )
    reference.forget()
    return rule


def drop_rule(rule: AutoDispatchRule, *, actor: User) -> None:
    """Takes a rule away: a wider one holds again, or none. Raises NotAllowed as `set_rule` does."""
    _check(actor, rule.area, MAY_EDIT)
    rule.delete()
    reference.forget()


def stop(*, actor: User, area: Area) -> None:
    """Throws the kill switch of `area` and what lies below, that of the city everywhere. From this moment nothing more
    is asked by a rule; whoever has been asked may answer. Raises NotAllowed outside the actor's areas."""
    _check(actor, area, MAY_STOP)
    AutoDispatchStop.objects.get_or_create(area=_place(area), defaults={"at": clock.now(), "by": actor})


def allow(*, actor: User, area: Area) -> None:
    """Takes the kill switch of `area` back. Raises NotAllowed for who does not administer it."""
    _check(actor, area, MAY_EDIT)
    AutoDispatchStop.objects.filter(area=_place(area)).delete()


def _check(actor: User, area: Area, roles: frozenset[Role]) -> None:
    if not holds(actor, roles, scope.of(area)):
        raise NotAllowed(_("You decide about auto-dispatch in your own areas only."))


def _place(area: Area) -> Area | None:
    """What is stopped for the city is stopped everywhere."""
    return None if area.level == AreaLevel.CITY else area
