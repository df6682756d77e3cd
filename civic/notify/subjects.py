"""What messages can be about, as the apps above know it: which of them somebody may see, and how they are called.

Apps register theirs at start-up, because this layer knows no requests and no volunteers.
"""

from collections.abc import Callable, Collection

from civic.accounts.models import User

Names = Callable[[User, Collection[int]], dict[int, str]]

_kinds: dict[str, Names] = {}
_own: dict[str, Names] = {}


def register(kind: str, in_scope: Names, own: Names | None = None) -> None:
    """Adds a kind of record: `in_scope(user, ids)` returns the names of those that lie in areas of `user`, `own` of
    those that are about `user`."""
    _kinds[kind] = in_scope
    if own is not None:
        _own[kind] = own


def in_scope(user: User, kind: str, ids: Collection[int]) -> dict[int, str]:
    """Returns the names of those `ids` that lie in areas of `user`; none of a kind nobody registered."""
    find = _kinds.get(kind)
    return find(user, ids) if find and ids else {}


def own(user: User, kind: str, ids: Collection[int]) -> dict[int, str]:
    """Returns the names of those `ids` that are about `user`, as `user` calls them; none where nobody knows."""
    find = _own.get(kind)
    return find(user, ids) if find and ids else {}
