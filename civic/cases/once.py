"""Doing a thing once: the same key with the same body answers the same, a different body is refused."""

import hashlib
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from civic.cases.models import OnceKey
from civic.lib import clock
from civic.lib.errors import KeyReused, ValidationFailed
from civic.lib.rows import execute

MAX_KEY_LENGTH = 255
MAX_PATH_LENGTH = 120
TAKE = """
    INSERT INTO cases_oncekey (owner, path, key_hash, body_hash, status, reference, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (owner, path, key_hash) DO NOTHING RETURNING id
"""


@dataclass
class Claim:
    """A key taken in this transaction (`fresh`), or what was answered to it before."""

    row_id: int
    fresh: bool
    status: int | None = None
    reference: str = ""

    def finish(self, status: int, reference: str) -> None:
        """Keeps the answer's status and what it referred to; part of the caller's transaction."""
        OnceKey.objects.filter(pk=self.row_id).update(status=status, reference=reference)


def claim(
    owner: str, path: str, key: str, body: bytes, *, status: int | None = None, reference: str = ""
) -> Claim:
    """Takes `key` for `owner` and `path`, inside the caller's transaction; waits for a twin under way.

    `status` and `reference` may be given at once when they are known beforehand. Raises KeyReused when the
    key came with another body, ValidationFailed when it is longer than 255 characters.
    """
    if len(key) > MAX_KEY_LENGTH:
        raise ValidationFailed.on("idempotency_key", _("The key may have at most 255 characters."))
    if len(path) > MAX_PATH_LENGTH:  # a number with a hundred noughts before it: still an address of its own
        path = _digest(path)
    key_hash, body_hash = _digest(key), hashlib.sha256(body).hexdigest()
    with connection.cursor() as cursor:
        execute(cursor, TAKE, [owner, path, key_hash, body_hash, status, reference, clock.now()])
        row = cursor.fetchone()
    if row:
        return Claim(row_id=row[0], fresh=True)
    before = OnceKey.objects.get(owner=owner, path=path, key_hash=key_hash)
    if before.body_hash != body_hash:
        raise KeyReused(_("This key came before with a different body. Use a new key for a new request."))
    return Claim(row_id=before.pk, fresh=False, status=before.status, reference=before.reference)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
