"""Mails and notifications for those who asked for them: copies of what stands unread in their inbox.

Written by the sweeper and not with the message, so that whoever places a request pays nothing for it. One statement a
way, which writes each copy once: its key is that of the message with ":email" or ":push" behind it.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from civic.lib import clock
from civic.notify import rules
from civic.notify.outbox import COLUMNS

# How far back it looks: longer than the longest night without a sweeper that one wants to make up for by mail.
LOOK_BACK: Final = timedelta(hours=12)

BY_EMAIL: Final = f"""
    INSERT INTO notify_message ({", ".join(COLUMNS)})
    SELECT left(seen.dedupe_key, 190) || ':email', seen.event, seen.user_id, '', NULL, '', 'email', seen.template,
           seen.params, seen.subject_kind, seen.subject_id, seen.language, seen.urgent, NULL, 'pending', 0,
           %(now)s, NULL, '', %(now)s, NULL, NULL
    FROM notify_preference wish
    JOIN accounts_user who ON who.id = wish.user_id AND who.is_active AND who.email <> ''
    JOIN notify_message seen ON seen.user_id = wish.user_id AND seen.channel = 'in_app' AND seen.read_at IS NULL
        AND seen.sent_at BETWEEN %(since)s AND %(now)s AND seen.created_at >= wish.changed_at
        AND split_part(seen.event, '.', 1) = wish.kind
    WHERE wish.channel = 'email' AND wish.choice = 'now'
        AND NOT EXISTS (SELECT FROM notify_message copy WHERE copy.dedupe_key = left(seen.dedupe_key, 190) || ':email')
        AND (seen.urgent OR NOT EXISTS (
            SELECT FROM notify_preference other WHERE other.user_id = wish.user_id AND other.kind = wish.kind
                AND other.channel = 'in_app' AND other.choice = 'digest'))
    ON CONFLICT (dedupe_key) DO NOTHING
"""

BY_PUSH: Final = f"""
    INSERT INTO notify_message ({", ".join(COLUMNS)})
    SELECT left(seen.dedupe_key, 190) || ':push', seen.event, seen.user_id, '', NULL, '', 'web_push', seen.template,
           seen.params, seen.subject_kind, seen.subject_id, seen.language, seen.urgent, NULL, 'pending', 0,
           %(now)s, NULL, '', %(now)s, NULL, NULL
    FROM (SELECT user_id, min(created_at) AS since FROM notify_pushdevice GROUP BY user_id) device
    JOIN accounts_user who ON who.id = device.user_id AND who.is_active
    JOIN notify_message seen ON seen.user_id = device.user_id AND seen.channel = 'in_app' AND seen.read_at IS NULL
        AND seen.sent_at BETWEEN %(since)s AND %(now)s AND seen.created_at >= device.since
    WHERE (seen.urgent OR NOT %(quiet)s)
        AND NOT EXISTS (SELECT FROM notify_message copy WHERE copy.dedupe_key = left(seen.dedupe_key, 190) || ':push')
        AND NOT EXISTS (
            SELECT FROM notify_preference wish WHERE wish.user_id = device.user_id
                AND wish.kind = split_part(seen.event, '.', 1)
                AND (wish.channel = 'web_push' AND wish.choice = 'off'
                    OR wish.channel = 'in_app' AND wish.choice = 'digest' AND NOT seen.urgent))
    ON CONFLICT (dedupe_key) DO NOTHING
"""


def by_email() -> int:
    """Writes the mails that are missing and returns how many; one query over the indexes of wishes and of what is
    unread. What comes together in the morning is not mailed one by one.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(BY_EMAIL, {"now": now, "since": now - LOOK_BACK})
        return cursor.rowcount


def by_push() -> int:
    """Writes the notifications that are missing and returns how many; one query, which begins at the devices.

    At night only urgent ones: what is still unread in the morning follows then. None without a key to sign with.
    """
    if not settings.VAPID_PRIVATE_KEY:
        return 0
    now = clock.now()
    quiet = rules.end_of_quiet(now) is not None
    with connection.cursor() as cursor:
        cursor.execute(BY_PUSH, {"now": now, "since": now - LOOK_BACK, "quiet": quiet})
        return cursor.rowcount
