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


def mark_read_about(user: User, kind: str, record_id: int) -> int:
    """Marks the unread messages of `user` about one record as read; returns how many there were; one query."""
    return queries.unread(user).filter(subject_kind=kind, subject_id=record_id).update(read_at=clock.now())
