"""Whom somebody has worked on, or who has come themselves, since an import brought them: they are not taken back."""

from collections.abc import Iterable, Mapping
from typing import Any

from civic.accounts.models import User
from volunteers.models import Papers, RegisterRow, Volunteer

OF_THE_IMPORT = frozenset({Papers, RegisterRow})
OF_THE_ACCOUNT = frozenset({Volunteer})
_by_machine: set[type[Any]] = set()


def ignore(*models: type[Any]) -> None:
    """Says that rows of these are written by matching without anybody doing anything; higher apps call it at start."""
    _by_machine.update(models)


def touched(lines: Iterable[RegisterRow], people: Mapping[int, Volunteer]) -> set[int]:
    """Returns the ids of volunteers whose registration has moved on, who have signed in, or to whom anything in any
    app refers: an offer, a promise, a request. A query for each kind of reference."""
    lines = list(lines)
    found = {
        line.volunteer_id
        for line in lines
        if line.volunteer_id is not None and people[line.volunteer_id].version != line.version
    }
    added = {line.volunteer_id for line in lines if not line.filled and line.volunteer_id is not None}
    found |= _named(Volunteer, added, OF_THE_IMPORT)
    made = {
        people[line.volunteer_id].user_id: line.volunteer_id
        for line in lines
        if line.made_account and line.volunteer_id is not None
    }
    found |= {
        made[user.pk] for user in (people[pk].user for pk in made.values()) if user.last_login is not None
    }
    return found | {made[user_id] for user_id in _named(User, set(made), OF_THE_ACCOUNT)}


def _named(model: type[Any], ids: set[int], but: frozenset[Any]) -> set[int]:
    """Returns those of `ids` to which a row of any model refers, but for the models `but`."""
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.many_to_many:
            continue
        if relation.related_model in but or relation.related_model in _by_machine:
            continue
        column = relation.field.attname
        rows = relation.related_model._default_manager.filter(**{f"{column}__in": ids})
        found |= set(rows.values_list(column, flat=True))
    return found
