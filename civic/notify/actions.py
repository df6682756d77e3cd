"""What people do with their messages."""

from collections.abc import Collection

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import queries


def mark_read(user: User, ids: Collection[int] | None = None) -> int:
    """Marks the unread messages of `user` (all, or those of `ids`) as read; returns how many there were; one
    query.
    """
    found = queries.unread(user)
    if ids is not None:
        found = found.filter(pk__in=ids)
    return found.update(read_at=clock.now())
