"""Finding people and what they agreed to."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models import Q, QuerySet

from civic.accounts.models import ApiToken, Consent, Membership, User, random_username
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.lib.rows import execute

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")

# Like `holders`. Whoever is told of something is looked up by it, a thousand times in a sweep.
HOLDING = """
    SELECT DISTINCT held.area_id, held.user_id
    FROM accounts_membership held JOIN accounts_user person ON person.id = held.user_id
    WHERE held.role = %s AND held.area_id = ANY(%s::bigint[]) AND person.is_active
      AND held.valid_from <= %s AND (held.valid_until IS NULL OR held.valid_until > %s)
    ORDER BY held.user_id
"""


def user_by_phone(phone: str) -> User | None:
    """Returns the user with this E.164 number, active or not; one query by hash."""
    return User.objects.filter(phone_hash=keyed_hash(phone)).first()


def get_or_create_by_phone(phone: str, name: str = "") -> User:
    """Returns the user with this E.164 number, made when there is none; callers at once get the same."""
    user, _made = User.objects.get_or_create(
        phone_hash=keyed_hash(phone), defaults={"phone": phone, "name": name, **new_resident()}
    )
    return user


def new_resident() -> dict[str, str]:
    """Returns the columns of somebody who signs in by phone: a random username and no usable password."""
    user = User(username=random_username())
    user.set_unusable_password()
    return {"username": user.username, "password": user.password}


def memberships_in_force() -> QuerySet[Membership]:
    """Returns every membership that holds now."""
    now = clock.now()
    return Membership.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), valid_from__lte=now)


def holders(roles: Collection[str], area_ids: Collection[int]) -> QuerySet[User]:
    """Returns the active users who hold one of `roles` in exactly these areas; pass ancestors to go up."""
    found = memberships_in_force().filter(role__in=roles, area_id__in=area_ids)
    return User.objects.filter(is_active=True, pk__in=found.values("user_id"))


def holders_by_area(role: str, area_ids: Sequence[int]) -> Mapping[int, list[int]]:
    """Returns the ids of the active users who hold `role` in exactly these areas, by area; one query, prepared."""
    now, found = clock.now(), defaultdict[int, list[int]](list)
    with connection.cursor() as cursor:
        execute(cursor, HOLDING, [role, list(area_ids), now, now])
        for area_id, user_id in cursor.fetchall():
            found[area_id].append(user_id)
    return found


_remembered: ContextVar[dict[Hashable, Any] | None] = ContextVar("holders_remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Lets `once` ask once for the same within the block: for one transaction over many cases."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def once(ask: Callable[[KeyT], AnswerT], key: KeyT) -> AnswerT:
    """Returns what `ask(key)` returns, for answers that hold for a whole transaction, as who holds which role where;
    within `remembering` it is asked only once."""
    kept = _remembered.get()
    if kept is None:
        return ask(key)
    asked = (ask, key)
    if asked not in kept:
        kept[asked] = ask(key)
    answer: AnswerT = kept[asked]
    return answer


def has_consent(user: User, purpose: str, version: str) -> bool:
    """True while `user` agrees to this version of this purpose."""
    return Consent.objects.filter(user=user, purpose=purpose, version=version, withdrawn_at=None).exists()


def sessions_of(user: User) -> list[UserSession]:
    """Returns the devices on which `user` is signed in, the newest first; forgets those that have ended."""
    living: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(living, key=lambda session: session.created_at, reverse=True)


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """Returns the API keys of `user` that are in force, the newest first."""
    return ApiToken.objects.filter(user=user, revoked_at=None).order_by("-created_at")
