"""To whom of the staff a confidential request is open, as one condition of a query.

In plain SQL, because every list of every desk asks it: building the same from two subqueries of the ORM took a seventh
of the time of a list. The LIMITs keep PostgreSQL from reading the whole history into a hash for the few rows that ask.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func
from django.db.models.sql.compiler import SQLCompiler

from civic.accounts.models import User

STATED = "confidential"  # among the fields of a reading: the need to read a confidential request was stated
OPEN = """(
    NOT {confidential} OR {proxy} IS NOT DISTINCT FROM %s OR {beneficiary} IS NOT DISTINCT FROM %s
    OR ({beneficiary} IS NULL AND {phone_hash} IS NOT DISTINCT FROM %s)
    OR (SELECT 1 FROM cases_caseevent WHERE kind = %s AND case_id = {key} AND actor_id = %s LIMIT 1) IS NOT NULL
    OR (SELECT 1 FROM accounts_accesslog WHERE subject_kind = %s AND subject_id = {key} AND user_id = %s
        AND fields @> ARRAY[%s]::varchar[] LIMIT 1) IS NOT NULL
)"""


class IsOpenTo(Func):
    """True for requests that are not confidential, that belong to `user`, on which `user` has acted, or for which
    `user` has said why they need to read them. `through` leads to the request from what is asked for, as in a lookup.
    """

    output_field = BooleanField()

    def __init__(self, user: User, kind: str, *, through: str = "") -> None:
        columns = ("confidential", "proxy_id", "beneficiary_id", "beneficiary_phone_hash", "pk")
        super().__init__(*(F(f"{through}{column}") for column in columns))
        self.user, self.kind = user, kind

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_words: Any, **_more: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Returns the condition over the columns as they are named in this query."""
        names = ("confidential", "proxy", "beneficiary", "phone_hash", "key")
        columns = (compiler.compile(each)[0] for each in self.source_expressions)
        who, hashed = self.user.pk, self.user.phone_hash or None
        values = (who, who, hashed, self.kind, who, self.kind, who, STATED)
        return OPEN.format(**dict(zip(names, columns, strict=True))), values
