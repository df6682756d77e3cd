"""Many rows into a table at once: COPY, several times as fast as INSERT and in as little memory as a portion takes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any

from django.db import connection
from django.db.models import Model

from civic.lib.rows import quoted, to_json

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_PLAIN: dict[type, Callable[[Any], str]] = {
    str: lambda value: value.translate(_ESCAPES),
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    datetime: datetime.isoformat,
    date: date.isoformat,
}


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes `rows` into `columns` of `table`; lists become arrays, dicts JSON. Raises what the database raises.

    Table and columns are words of our own code; values may be anything.
    """
    lines = StringIO()
    for row in rows:
        lines.write("\t".join(map(_text, row)))
        lines.write("\n")
    lines.seek(0)
    names = ", ".join(map(quoted, columns))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quoted(table)} ({names}) FROM STDIN", lines)


def insert(made: Sequence[Model], *, keys: bool = True) -> None:
    """Writes new instances of one model; with `keys` their own (from `next_keys`), else the database draws them.

    For models without multi-table inheritance and without receivers of save signals.
    """
    if not made:
        return
    fields = [field for field in made[0]._meta.local_concrete_fields if keys or not field.primary_key]
    readers = [_reader(field) for field in fields]
    lines = ([read(row) for read in readers] for row in made)
    copy(made[0]._meta.db_table, [str(field.column) for field in fields], lines)


def next_keys(model: type[Model], count: int) -> list[int]:
    """Returns `count` fresh keys of `model`, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted(key for (key,) in cursor.fetchall())


def analyze(*models: type[Model]) -> None:
    """Tells PostgreSQL how large the tables have become: until it looks by itself (a minute later) it plans as if they
    were as small as before, and triggers read them from end to end for every row."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(quoted(model._meta.db_table) for model in models)}")


def _reader(field: Any) -> Callable[[Model], Any]:
    """Returns what reads a field of a row as the database takes it. What Django's own fields hold in plain types needs
    no preparing, which takes longer than the writing."""
    name, kind = field.attname, type(field)
    json = field.get_internal_type() == "JSONField"
    plain = kind.__module__.startswith("django.db.models.") and not json
    moves = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)

    def read(row: Model) -> Any:
        value = field.pre_save(row, True) if moves or not plain else getattr(row, name)
        if value is None or (plain and type(value) in _PLAIN):
            return value
        return to_json(value) if json else field.get_db_prep_save(value, connection)

    return read


def _text(value: Any) -> str:
    """Returns a value as the text format of COPY has it."""
    if value is None:
        return r"\N"
    write = _PLAIN.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, dict):
        return to_json(value).translate(_ESCAPES)
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(_element, value)).translate(_ESCAPES) + "}"
    return str(value).translate(_ESCAPES)


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
