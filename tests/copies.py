"""Thousands of requests like one, for tests of what many cost."""

from django.db import connection, transaction

from civic.cases.models import CaseEvent
from requests_app.models import ServiceRequest


def fill(like: ServiceRequest, count: int, **changed: str) -> None:
    """Copies a new request and its first event `count` times, each due a little later than the one before; `changed`
    gives columns another value, in SQL that knows `n`, the number of the copy."""
    request = _copying(
        ServiceRequest,
        code="'QH-' || to_char(n, 'FM00000000')",
        title="'第' || n || '件'",
        act_by="row.act_by + n * interval '7 seconds'",
        **changed,
    )
    event = _copying(CaseEvent, case_id="made.id")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{request} WHERE row.id = %s", [count, like.pk])
        made = "(SELECT id FROM requests_app_servicerequest WHERE code LIKE 'QH-0%%' AND id > %s) made"
        event = event.replace("generate_series(1, %s) n", made)
        cursor.execute(f"{event} WHERE row.case_id = %s AND row.kind = %s", [like.pk, like.pk, like.kind])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE requests_app_servicerequest")


def _copying(model: type[ServiceRequest] | type[CaseEvent], **changed: str) -> str:
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    values = [changed.get(name, f"row.{name}") for name in columns]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
        f" SELECT {', '.join(values)} FROM {model._meta.db_table} row, generate_series(1, %s) n"
    )
