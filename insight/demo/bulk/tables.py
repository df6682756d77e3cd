"""What a copied city consists of: the tables, which of their rows, and which columns lead to other copied rows.

A copy is a copy of a *world*: all people of the small city who are no staff, and the requests they took part in. Left
out is what has no part in the record of a request: messages, the access log, who was considered besides those told of a
pool, timers that were called off; and whatever teams were asked for, since teams are not copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.db.models import Model

from civic.accounts.models import Consent, User
from civic.cases.models import Approval, CaseEvent, CaseText, Timer
from requests_app.models import (
    Assignment,
    Concern,
    Considered,
    Offer,
    Pool,
    Rating,
    Referral,
    ServiceRequest,
    Waterfall,
)
from volunteers.models import (
    Commitment,
    RecordConfirmation,
    ServiceRecord,
    Volunteer,
)

# The numbers that history events hold, by their names there. Those of staff, units and areas stay what they are.
NAMED_IN_FACTS = MappingProxyType(
    {
        "offer": "offer",
        "pool": "pool",
        "waterfall": "waterfall",
        "assignment": "assignment",
        "referral": "referral",
        "approval": "approval",
        "volunteer": "volunteer",
        "asked_next": "volunteer",
        "into": "request",
        "after": "request",
    }
)
# Whose number the `part_id` of a timer is. Others hold the number of a step, or 0.
PART_OF_TIMER = MappingProxyType(
    {
        "expire_offer": "offer",
        "close_pool": "pool",
        "lapse": "assignment",
        "start_24h": "assignment",
        "start_2h": "assignment",
        "late_check_in": "assignment",
        "long_service": "assignment",
        "answer_overdue": "referral",
        "expire_proposal": "approval",
    }
)
OF_REQUEST = "SELECT id FROM demo_chosen WHERE name = 'request'"
OF_VOLUNTEER = "SELECT id FROM demo_chosen WHERE name = 'volunteer'"
NOT_CALLED_OFF = "x.voided_at IS NULL"
UNSHIFTED = ("due_at", "run_at")


@dataclass(frozen=True)
class Table:
    """One table to copy.

    `rows` is the condition on its rows `x`; `leads` says for a column to which other table it leads; `root` is the
    column that leads to what a row hangs on, in the end a request or a volunteer. `given` are SQL expressions that take
    the place of a column of the stencil `x`; in them `{id}` is the number of the new row and `{back}` how far into the
    past it goes. `forms` is the JSON column with numbers or moments in it, `kept` are moments that stay as they are,
    and what `moves` lies a little elsewhere within its area.
    """

    name: str
    model: type[Model]
    rows: str
    leads: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    forms: str = ""
    kept: tuple[str, ...] = ()
    moves: bool = False

    @property
    def table(self) -> str:
        """The table in the database."""
        return self.model._meta.db_table

    @property
    def stencil(self) -> str:
        """The temporary table of the rows that are copied."""
        return f"demo_{self.name}"


# Codes look like drawn ones and never meet: multiplying by an odd number is one to one modulo a power of two.
CODE = (
    "upper(regexp_replace(lpad(to_hex(({id} * 25214903917 + 11) & 281474976710655), 12, '0'),"
    " '(....)(....)(....)', '{prefix}-\\1-\\2-\\3'))"
)
PEOPLE = (
    Table(
        "user",
        User,
        "x.id IN (SELECT id FROM demo_chosen WHERE name = 'user')",
        given={
            "username": "'u' || left(md5('demo' || {id}), 16)",
            "password": "'!' || md5('none' || {id}) || left(md5('password' || {id}), 8)",
            "phone": "p.sealed",
            "phone_hash": "p.hash",
        },
    ),
    Table(
        "consent",
        Consent,
        "x.user_id IN (SELECT id FROM demo_chosen WHERE name = 'user')",
        leads={"user_id": "user"},
    ),
    Table(
        "volunteer",
        Volunteer,
        f"x.id IN ({OF_VOLUNTEER})",
        leads={"user_id": "user"},
        root="id",
        # Nine digits where drawn ones have eight.
        given={"number": "'Z-' || lpad(({id} * 618033989 % 1000000000)::text, 9, '0')"},
        moves=True,
    ),
    Table(
        "registered",
        CaseEvent,
        f"x.kind = 'volunteer' AND x.case_id IN ({OF_VOLUNTEER})",
        leads={"case_id": "volunteer", "actor_id": "user"},
        root="case_id",
        forms="facts",
    ),
    Table(
        "registering",
        CaseText,
        f"x.kind = 'volunteer' AND x.case_id IN ({OF_VOLUNTEER})",
        leads={"case_id": "volunteer"},
        root="case_id",
    ),
    # When somebody is asked whether they stay counts from their last service: as late as that of their model.
    Table(
        "staying",
        Timer,
        f"x.kind = 'volunteer' AND x.case_id IN ({OF_VOLUNTEER}) AND {NOT_CALLED_OFF}",
        leads={"case_id": "volunteer"},
        root="case_id",
        kept=UNSHIFTED,
    ),
)
REQUESTS = (
    Table(
        "request",
        ServiceRequest,
        f"x.id IN ({OF_REQUEST})",
        leads={"beneficiary_id": "user", "proxy_id": "user", "merged_into_id": "request"},
        root="id",
        given={
            "code": CODE,
            "beneficiary_phone": "coalesce(p.sealed, x.beneficiary_phone)",
            "beneficiary_phone_hash": "coalesce(p.hash, x.beneficiary_phone_hash)",
            "import_batch_id": "NULL",  # the file is the model's
        },
        forms="clocks",
        moves=True,
    ),
    Table(
        "event",
        CaseEvent,
        f"x.kind = 'request' AND x.case_id IN ({OF_REQUEST})",
        leads={"case_id": "request", "actor_id": "user"},
        root="case_id",
        forms="facts",
    ),
    Table(
        "text",
        CaseText,
        f"x.kind = 'request' AND x.case_id IN ({OF_REQUEST})",
        leads={"case_id": "request"},
        root="case_id",
    ),
    Table(
        "timer",
        Timer,
        f"x.kind = 'request' AND x.case_id IN ({OF_REQUEST}) AND {NOT_CALLED_OFF}",
        leads={"case_id": "request", "part_id": "part"},
        root="case_id",
    ),
    Table(
        "approval",
        Approval,
        f"x.kind = 'request' AND x.case_id IN ({OF_REQUEST})",
        leads={"case_id": "request", "proposer_id": "user", "decider_id": "user"},
        root="case_id",
        forms="facts",
    ),
    Table(
        "waterfall",
        Waterfall,
        f"x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request", "opened_by_id": "user"},
        root="request_id",
    ),
    Table(
        "offer",
        Offer,
        f"x.request_id IN ({OF_REQUEST})",
        leads={
            "request_id": "request",
            "volunteer_id": "volunteer",
            "waterfall_id": "waterfall",
            "made_by_id": "user",
        },
        root="request_id",
    ),
    Table(
        "pool",
        Pool,
        f"x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request", "opened_by_id": "user"},
        root="request_id",
    ),
    Table(
        "told",
        Considered,
        f"x.pool_id IS NOT NULL AND x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request", "volunteer_id": "volunteer", "pool_id": "pool"},
        root="request_id",
    ),
    Table(
        "assignment",
        Assignment,
        f"x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request", "volunteer_id": "volunteer", "offer_id": "offer"},
        root="request_id",
        # Forgotten after some weeks (PLACE_DAYS).
        given={"check_in_distance_m": "CASE WHEN {back} < interval '1 day' THEN x.check_in_distance_m END"},
    ),
    Table(
        "referral",
        Referral,
        f"x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request"},
        root="request_id",
    ),
    Table(
        "rating",
        Rating,
        f"x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request", "by_id": "user"},
        root="request_id",
    ),
    Table(
        "concern",
        Concern,
        f"x.request_id IN ({OF_REQUEST})",
        leads={"request_id": "request", "by_id": "user"},
        root="request_id",
    ),
    Table(
        "commitment",
        Commitment,
        f"x.subject_kind = 'assignment' AND x.subject_id IN (SELECT id FROM requests_app_assignment"
        f" WHERE request_id IN ({OF_REQUEST}))",
        leads={"volunteer_id": "volunteer", "subject_id": "assignment"},
        root="subject_id",
    ),
    Table(
        "record",
        ServiceRecord,
        f"x.source_kind = 'assignment' AND x.source_id IN (SELECT id FROM requests_app_assignment"
        f" WHERE request_id IN ({OF_REQUEST}))",
        leads={"volunteer_id": "volunteer", "source_id": "assignment"},
        root="source_id",
    ),
    Table(
        "confirmation",
        RecordConfirmation,
        "x.record_id IN (SELECT record.id FROM volunteers_servicerecord record JOIN requests_app_assignment line"
        " ON record.source_kind = 'assignment' AND record.source_id = line.id"
        f" WHERE line.request_id IN ({OF_REQUEST}))",
        leads={"record_id": "record", "by_id": "user"},
        root="record_id",
    ),
)
EVERY = (*PEOPLE, *REQUESTS)
# Of two specs of one table the numbers must not meet: they are counted together.
MODELS = tuple(dict.fromkeys(each.model for each in EVERY))
