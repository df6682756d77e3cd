"""Mails for those who asked for them: copies of what stands unread in their inbox.

Written by the sweeper and not with the message, so that whoever places a request pays nothing for it. One statement,
which writes each copy once: its key is that of the message with ":email" behind it.
"""

from datetime import timedelta
from typing import Final

from django.db import connection

from civic.lib import clock
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


def by_email() -> int:
    """Writes the mails that are missing and returns how many; one query over the indexes of wishes and of what is
    unread. What comes together in the morning is not mailed one by one.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(BY_EMAIL, {"now": now, "since": now - LOOK_BACK})
        return cursor.rowcount
