"""One message a morning instead of many, for staff who chose that: what is ordinary and unread, counted by its title.

Until then those messages stand in the inbox but do not ring the bell (queries.unread_count); urgent ones always do.
"""

from collections import Counter
from typing import Final

from django.db import transaction
from django.utils import timezone

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import queries, templates
from civic.notify.enums import Channel, Choice
from civic.notify.models import Preference
from civic.notify.outbox import Draft, enqueue
from civic.notify.templates import CannotRender
from civic.notify.wordings import DIGEST

NAMED: Final = 6  # titles said one by one; the rest is only counted


def write_all() -> int:
    """Writes the digest of everybody who has none today and something to tell; returns how many it wrote."""
    chose = Preference.objects.filter(channel=Channel.IN_APP, choice=Choice.DIGEST).values("user")
    people = User.objects.filter(pk__in=chose, is_active=True).order_by("pk")
    return sum(_write(user) for user in people.iterator())


def _write(user: User) -> bool:
    """Writes one person's digest, by mail too where there is an address, and marks what it counts as read."""
    today = f"{timezone.localtime(clock.now()):%Y-%m-%d}"
    with transaction.atomic():
        waiting = queries.collected(user).select_for_update(skip_locked=True)
        rows = list(waiting.values_list("pk", "template"))
        if not rows:
            return False
        params = {"count": len(rows), "list": _counted([template for _pk, template in rows])}
        ways = [Channel.IN_APP, *([Channel.EMAIL] if user.email else [])]
        drafts = [
            Draft(
                event=DIGEST,
                template=DIGEST,
                dedupe_key=f"digest:{user.pk}:{today}:{way}",
                user=user,
                channel=way,
                params=params,
            )
            for way in ways
        ]
        if not enqueue(*drafts):
            return False  # had today's already
        queries.unread(user).filter(pk__in=[pk for pk, _template in rows]).update(read_at=clock.now())
    return True


def _counted(codes: list[str]) -> dict[str, str]:
    """Returns the titles with their counts, the most frequent first, in both languages."""
    by_title = Counter(codes).most_common()
    said = by_title[:NAMED]
    rest = sum(count for _code, count in by_title[NAMED:])
    zh = [f"{_title(code, 'zh')} {count}" for code, count in said] + ([f"其他 {rest}"] if rest else [])
    en = [f"{_title(code, 'en')}: {count}" for code, count in said] + ([f"others: {rest}"] if rest else [])
    return {"zh": "、".join(zh), "en": ", ".join(en)}


def _title(code: str, language: str) -> str:
    try:
        return templates.get(code).shipped.title(language) or code
    except CannotRender:
        return code
