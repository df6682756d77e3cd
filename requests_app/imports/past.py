"""Taking over what was closed in the earlier system: many records at once, each with one history event.

They are history: found by phone and words, read by the desk and by whoever asked, learnt from by suggestions, forgotten
when their time is over. No clock runs for them, nobody is told, and no rate counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from civic.areas import scope
from civic.cases.many import Step, open_many
from civic.lib import codes, copying
from civic.lib.crypto import keyed_hash
from civic.lib.phone import normalize
from requests_app import reference
from requests_app.enums import Outcome, Source
from requests_app.imports.rows import Reading
from requests_app.models import ImportBatch, ServiceRequest

ROLE, VERB, REPLY = "dispatcher", "take_over", "reply"
MOMENTS = ("received_at", "closed_at", "dispatch_due_at", "due_at", "original_due_at", "act_by")
RECORD = (
    "id", "code", "category_id", "urgency", "expected_minutes", "area_id", *scope.ScopeIds._fields,
    "title", "text", "address", "beneficiary_name", "beneficiary_phone", "beneficiary_phone_hash", "anonymised_at",
    *MOMENTS,
)  # fmt: skip


def take_over(batch: ImportBatch, readings: Sequence[Reading], now: datetime) -> list[int]:
    """Writes a closed request for each reading, which has no problems and was closed; returns their keys.

    Within the caller's transaction. Who asked is the beneficiary, so that a record is found by their phone. Of what was
    closed longer ago than people are kept (REQUEST_DAYS) only kind, place and dates come in.
    """
    keys = copying.next_keys(ServiceRequest, len(readings))
    one = ServiceRequest(
        outcome=Outcome.TAKEN_OVER, source=Source.IMPORT, placed_at=now, import_batch=batch, check_in_code=""
    )
    answered, silent = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    texts = list[tuple[Any, ...]]()
    for key, reading in zip(keys, readings, strict=True):
        assert reading.closed_at is not None
        known = reading.closed_at > now - settings.REQUESTS_KEPT
        record = (key, *_record(reading, now, known=known))
        if known and reading.reply:
            texts.append((key, reading.reply))
            answered.append(record)
        else:
            silent.append(record)
    facts = {"source": Source.IMPORT}
    open_many(one, RECORD, silent, VERB, Step(batch.by, ROLE, now, facts))
    open_many(one, RECORD, answered, VERB, Step(batch.by, ROLE, now, facts | {"texts": [REPLY]}))
    same = {"kind": one.kind, "seq": 1, "name": REPLY}
    copying.copy("cases_casetext", ["case_id", "body"], texts, same=same)
    return keys


def _record(reading: Reading, now: datetime, *, known: bool) -> tuple[Any, ...]:
    """Returns the values of RECORD behind the key."""
    wish = reading.wish
    category = reference.snapshot().by_code[wish.category]
    assert wish.area is not None
    phone = normalize(wish.contact_phone) if wish.contact_phone else ""
    people = (
        (
            wish.title,
            wish.text,
            wish.address,
            wish.contact_name,
            phone,
            keyed_hash(phone) if phone else "",
            None,
        )
        if known
        else ("", "", "", "", "", "", now)
    )
    closed = reading.closed_at
    return (
        codes.tracking_code(),
        category.pk,
        category.urgency,
        category.minutes,
        wish.area,
        *scope.of(wish.area),
        *people,
        reading.received_at,
        *[closed] * (len(MOMENTS) - 1),
    )
