"""Writing messages: rows in the caller's transaction, so that what was done and what is told stand or fall
together.

A sweeper delivers them every few seconds (deliver.py); committing an urgent one wakes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.transaction import TransactionManagementError

from civic.accounts.models import User
from civic.lib import clock
from civic.lib.crypto import encrypt, keyed_hash
from civic.lib.rows import Insert, to_json
from civic.notify import templates, waking
from civic.notify.enums import Channel, MessageState

# Plain SQL, because every placed request pays for it: bulk_create costs two to three times as much.
# tests/notify/test_outbox.py holds the list against the model.
COLUMNS: Final = (
    "dedupe_key", "event", "user_id", "phone", "phone_hash", "email", "channel", "template", "params",
    "subject_kind", "subject_id", "language", "urgent", "not_before", "state", "attempts",
    "next_attempt_at", "lease_until", "last_error", "created_at", "sent_at", "read_at",
)  # fmt: skip
_ONCE: Final = " ON CONFLICT (dedupe_key) DO NOTHING"
SENT, PENDING = MessageState.SENT.value, MessageState.PENDING.value
Row = tuple[str | int | bool | datetime | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be written. `dedupe_key` names the obligation (e.g. "offer:17:made:sms"): a second draft
    with the same key is dropped. Without `user` it goes to `phone` (E.164) or `email`. `not_before` holds it
    back; `urgent` goes first.
    """

    event: str
    template: str
    dedupe_key: str
    user: User | int | None = None
    phone: str = ""
    email: str = ""
    channel: str = Channel.IN_APP
    params: Mapping[str, Any] = field(default_factory=dict)
    subject_kind: str = ""
    subject_id: int | None = None
    language: str = ""
    urgent: bool = False
    not_before: datetime | None = None


def enqueue(*drafts: Draft) -> int:
    """Writes `drafts` in ONE query and returns how many are new: those whose dedupe_key is already there are
    dropped. An urgent one wakes the sweeper on commit.

    Raises TransactionManagementError outside transaction.atomic(), templates.CannotRender when a template is
    unknown or lacks a value, ValueError when nobody can be reached by the channel.
    """
    written = 0
    for insert in enqueuing(*drafts):
        with connection.cursor() as cursor:
            cursor.execute(*insert.statement())
            written = cursor.rowcount
    return written


def enqueuing(*drafts: Draft) -> list[Insert]:
    """Returns what `enqueue` writes, for callers that write it together with other things; raises the same."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("messages are written inside the transaction they tell about")
    if not drafts:
        return []
    now = clock.now()
    rows: list[Sequence[Any]] = [_row(draft, now) for draft in drafts]
    if any(draft.urgent and draft.channel != Channel.IN_APP for draft in drafts):
        waking.wake()
    return [Insert("notify_message", COLUMNS, rows, _ONCE)]


def _row(draft: Draft, now: datetime) -> Row:
    """Returns the values of COLUMNS for `draft`. An in-app message is delivered by being there."""
    template = templates.get(draft.template)
    user_id = draft.user.pk if isinstance(draft.user, User) else draft.user
    _check(draft, user_id, template)
    due = draft.not_before if draft.not_before and draft.not_before > now else now
    in_app = draft.channel == Channel.IN_APP
    state, sent_at = (SENT, due) if in_app else (PENDING, None)
    phone_hash = keyed_hash(draft.phone) if draft.phone else None
    params = to_json(template.pick(draft.params))
    return (
        draft.dedupe_key, draft.event, user_id, encrypt(draft.phone), phone_hash, encrypt(draft.email),
        str(draft.channel), draft.template, params,
        draft.subject_kind, draft.subject_id, draft.language, draft.urgent, draft.not_before, state, 0,
        due, None, "", now, sent_at, None,
    )  # fmt: skip


def _check(draft: Draft, user_id: int | None, template: templates.Template) -> None:
    """Raises ValueError for a draft that could never arrive: better the developer hears of it than nobody."""
    if not draft.dedupe_key:
        raise ValueError(f"message {draft.event} needs a dedupe_key")
    if draft.channel == Channel.IN_APP and user_id is None:
        raise ValueError(f"message {draft.dedupe_key}: only an account has an inbox")
    if draft.channel == Channel.SMS and not template.sms_code:
        raise ValueError(f"message {draft.dedupe_key}: template {template.code} has no approved text message")
    if user_id is None and not (draft.phone if draft.channel == Channel.SMS else draft.email):
        raise ValueError(f"message {draft.dedupe_key}: neither account nor address")
