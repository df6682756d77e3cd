"""Which role somebody holds where, and the log of who read what.

A role is held in an area and reaches that area's subtree, nothing else (DOMAIN.md section 1). One query per
user and request reads the memberships; every check after that is arithmetic on ids.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q

from civic.accounts.models import AccessLog, AccessNote, User
from civic.lib import clock
from civic.lib.rows import execute

NOTHING = Q(pk__in=[])
# Asked by every page and call of staff, so the statement is not built anew by the ORM each time.
MEMBERSHIPS = """
    SELECT held.role, held.area_id, area.level, held.valid_from, held.valid_until, held.id
    FROM accounts_membership held JOIN areas_area area ON area.id = held.area_id
    WHERE held.user_id = %s ORDER BY held.id
"""


class Scope(Protocol):
    """The ids of an area and those above it; None below its own level (civic.areas.scope.ScopeIds)."""

    @property
    def city_id(self) -> int | None: ...
    @property
    def district_id(self) -> int | None: ...
    @property
    def street_id(self) -> int | None: ...
    @property
    def community_id(self) -> int | None: ...
    @property
    def grid_id(self) -> int | None: ...


class Held(NamedTuple):
    """A membership as the checks need it; `level` names the scope column it is compared with."""

    role: str
    area_id: int
    level: str
    valid_from: datetime
    valid_until: datetime | None
    membership_id: int

    def in_force(self, at: datetime) -> bool:
        """True between its beginning and its end (the end excluded)."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)


def held(user: User | AnonymousUser) -> tuple[Held, ...]:
    """Returns the memberships of `user` in force now; one query the first time, kept on the instance."""
    if not isinstance(user, User) or not user.is_active:
        return ()
    rows: tuple[Held, ...] | None = getattr(user, "_held", None)
    if rows is None:
        with connection.cursor() as cursor:
            execute(cursor, MEMBERSHIPS, [user.pk])
            rows = tuple(Held(*row) for row in cursor.fetchall())
        user._held = rows  # type: ignore[attr-defined]
    at = clock.now()
    return tuple(row for row in rows if row.in_force(at))


def forget(user: User) -> None:
    """Drops what `held` kept on the instance, after its memberships were changed."""
    user.__dict__.pop("_held", None)


def holds(user: User | AnonymousUser, roles: Collection[str], scope: Scope) -> bool:
    """True when `user` holds one of `roles` in an area that contains `scope`; no query after the first."""
    return any(row.role in roles and getattr(scope, f"{row.level}_id") == row.area_id for row in held(user))


def membership_for(user: User | AnonymousUser, roles: Collection[str], scope: Scope) -> int | None:
    """Returns the id of the first membership by which `user` holds one of `roles` over `scope`, or None."""
    for row in held(user):
        if row.role in roles and getattr(scope, f"{row.level}_id") == row.area_id:
            return row.membership_id
    return None


def holds_anywhere(user: User | AnonymousUser, roles: Collection[str]) -> bool:
    """True when `user` holds one of `roles` in any area: to show a page, never to decide about a row."""
    return any(row.role in roles for row in held(user))


def scope_q(user: User | AnonymousUser, roles: Collection[str], prefix: str = "") -> Q:
    """Returns the filter for rows inside the areas where `user` holds one of `roles`; nothing when none.

    `prefix` is the lookup path to the hot columns, e.g. "request__". One membership gives one equality on an
    index.
    """
    by_level: dict[str, list[int]] = defaultdict(list)
    for row in held(user):
        if row.role in roles:
            by_level[row.level].append(row.area_id)
    found = Q()
    for level, ids in by_level.items():
        lookup: dict[str, Any] = (
            {f"{prefix}{level}_id": ids[0]} if len(ids) == 1 else {f"{prefix}{level}_id__in": ids}
        )
        found |= Q(**lookup)
    return found or NOTHING


def holding(user: User | AnonymousUser, roles: Collection[str], scope: Scope) -> Held | None:
    """Returns the membership by which `user` holds one of `roles` in an area that contains `scope`."""
    rows = (row for row in held(user) if row.role in roles)
    return next((row for row in rows if getattr(scope, f"{row.level}_id") == row.area_id), None)


def log_access(
    user: User,
    subject_kind: str,
    subject_id: int,
    fields: Iterable[str],
    purpose: str,
    *,
    note: str = "",
    capacity: Held | None = None,
) -> AccessLog:
    """Writes that `user` read `fields` of a record and why; `purpose` is a ReadPurpose or a short reason.

    `note`, words of the reader's own, stands beside the log and can be erased. `capacity` is the membership that
    allowed it; without one the first that is in force.
    """
    capacity = capacity or next(iter(held(user)), None)
    entry = AccessLog.objects.create(
        user=user,
        subject_kind=subject_kind,
        subject_id=subject_id,
        fields=list(fields),
        purpose=purpose,
        role=capacity.role if capacity else "",
        area_id=capacity.area_id if capacity else None,
    )
    if note:
        AccessNote.objects.create(entry=entry, words=note)
    return entry
