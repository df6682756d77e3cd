"""Whom somebody has worked on, or who has come themselves, since an import brought them: they are not taken back."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from civic.accounts.models import User
from civic.lib.rows import quoted
from volunteers.models import Papers, RegisterRow, Volunteer

OF_THE_IMPORT = frozenset({Papers, RegisterRow})
OF_THE_ACCOUNT = frozenset({Volunteer})
_by_machine: set[type[Any]] = set()


def ignore(*models: type[Any]) -> None:
    """Says that rows of these are written by matching without anybody doing anything; higher apps call it at start."""
    _by_machine.update(models)


def touched(lines: Iterable[RegisterRow], people: Mapping[int, Volunteer]) -> set[int]:
    """Returns the ids of volunteers whose registration has moved on, who have signed in, or to whom anything in any
    app refers: an offer, a promise, a request. Two statements."""
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
    asked = " UNION ".join(
        f"SELECT {quoted(field.column)} FROM {quoted(field.model._meta.db_table)}"
        f" WHERE {quoted(field.column)} = ANY(%(ids)s)"
        for field in referring(model)
        if field.model not in but | _by_machine and is_indexed(field)
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, {"ids": list(ids)})
        return {pk for (pk,) in cursor.fetchall()}


def referring(model: type[Any]) -> list[Any]:
    """Returns the foreign keys of all tables that lead to `model`."""
    return [
        each.field
        for each in model._meta.get_fields(include_hidden=True)
        if each.auto_created and not each.concrete and not each.many_to_many
        if each.related_model._meta.concrete_model._meta.managed
    ]


def is_indexed(field: Any) -> bool:
    """Whether rows are found by this column. The others name who did something, which nobody does without having signed
    in or having a key: they are touched by that already, and a history of millions is not read for it."""
    options = field.model._meta
    first = [
        each.fields[0] for each in (*options.indexes, *options.constraints) if getattr(each, "fields", ())
    ]
    return field.db_index or field.unique or field.name in first
