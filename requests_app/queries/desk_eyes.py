"""Who of the desk has which request open: a hint in Redis, never more; nothing depends on it."""

import json
from typing import Any, cast

from django.core.cache import cache

from civic.accounts.models import User
from civic.cache import ForgivingCache
from civic.lib import clock

KEY = "desk:eyes"
SECONDS = 50  # an open page asks more often than that


def look_at(user: User, request_id: int) -> str:
    """Notes that `user` has this request open; returns the name of a colleague who has it open too, else ""."""
    member = json.dumps([user.pk, request_id, str(user)], ensure_ascii=False)
    _marks().mark(KEY, member, clock.now().timestamp(), SECONDS)
    return seen_by_others(user).get(request_id, "")


def seen_by_others(user: User) -> dict[int, str]:
    """Returns request id > name of somebody besides `user` who has it open."""
    marked: list[Any] = [json.loads(each) for each in _marks().marked(KEY, clock.now().timestamp())]
    return {request_id: name for user_id, request_id, name in marked if user_id != user.pk}


def _marks() -> ForgivingCache:
    return cast(ForgivingCache, cache)
