"""Many rows into a table at once: COPY, several times as fast as INSERT and in as little memory as a portion takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
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
PIECE = 32  # rows that are put into words at once


class _Lines:
    """A file for COPY, made as it is read: PostgreSQL writes the first rows while the last are being put into words."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def read(self, _size: int) -> str:
        return "".join(islice(self._lines, PIECE))


def copy(
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    same: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Writes `rows` into `columns` of `table`, and into every row the values `same` of further columns; lists become
    arrays, dicts JSON. Raises what the database raises.

    Table and columns are words of our own code; values may be anything.
    """
    end = "".join(f"\t{_text(value)}" for value in same.values()) + "\n"
    lines = ("\t".join(map(_text, row)) + end for row in rows)
    names = ", ".join(map(quoted, (*columns, *same)))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quoted(table)} ({names}) FROM STDIN", _Lines(lines))


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


def insert_like(one: Model, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows that are as the unsaved `one` but for the fields `names` (attnames), of which `rows` hold the values:
    making an instance of each takes longer than writing it.

    Without "id" among the names the database draws the keys. What a field would take from its neighbours (a keyed hash)
    has to be among the values. For models as in `insert`.
    """
    fields = {field.attname: field for field in one._meta.local_concrete_fields}
    writers = [(at, write) for at, name in enumerate(names) if (write := _writer(fields[name]))]

    def written(row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for at, write in writers:
            values[at] = write(values[at])
        return values

    same = {
        str(field.column): _reader(field)(one)
        for name, field in fields.items()
        if name not in names and not field.primary_key
    }
    columns = [str(fields[name].column) for name in names]
    copy(one._meta.db_table, columns, map(written, rows), same=same)


def next_keys(model: type[Model], count: int) -> list[int]:
    """Returns `count` fresh keys of `model`, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(its) FROM pg_get_serial_sequence(%s, 'id') its, generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return sorted(key for (key,) in cursor.fetchall())


def analyze(*models: type[Model]) -> None:
    """Tells PostgreSQL how large the tables have become: until it looks by itself (a minute later) it plans as if they
    were as small as before, and triggers read them from end to end for every row."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(quoted(model._meta.db_table) for model in models)}")


def _reader(field: Any) -> Callable[[Model], Any]:
    """Returns what reads a field of a row as the database takes it."""
    name, write = field.attname, _writer(field)
    if write is None:
        return attrgetter(name)
    return lambda row: write(field.pre_save(row, True))


def _writer(field: Any) -> Callable[[Any], Any] | None:
    """Returns what turns a value of `field` into what the database takes; None where Django's own fields hold what
    needs no preparing, which takes longer than the writing."""
    if field.get_internal_type() == "JSONField":
        return lambda value: None if value is None else to_json(value)
    moves = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if type(field).__module__.startswith("django.db.models.") and not moves:
        return None
    return lambda value: field.get_db_prep_save(value, connection)


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
