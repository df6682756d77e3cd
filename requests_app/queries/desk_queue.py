"""The queue of the desk: what waits, the most pressing first, in tabs, filtered, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from civic.accounts.access import Held, held, holds_anywhere
from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.lib.phone import normalize
from civic.lib.rows import Statement, execute
from civic.lib.text import OPENING_READ
from requests_app import access, reference
from requests_app.effects.ending import had_a_hand_in
from requests_app.enums import FINAL, RequestState, Urgency
from requests_app.models import ServiceRequest
from requests_app.queries import auto_dispatch_shown, desk_eyes
from requests_app.queries.desk_rows import SOON, Row, row_of

PAGE = 50
CALL_BACK_DAYS = 30

TABS: dict[str, str | Promise] = {
    "overdue": gettext_lazy("Overdue"),
    "soon": gettext_lazy("Due soon"),
    "new": pgettext_lazy("queue", "Later"),  # a paused one too: it is due when it goes on
    "triage": gettext_lazy("To sort"),
    "callback": gettext_lazy("To call back"),
    "open": gettext_lazy("All open"),
}
OWN_TABS: dict[str, str | Promise] = {
    "open": pgettext_lazy("queue", "Open"),
    "closed": pgettext_lazy("queue", "Ended"),
}


@dataclass(frozen=True)
class Filters:
    """What the queue shows, as it stands in the URL. `tab` is "" until one is chosen."""

    tab: str = ""
    category: str = ""
    area: int | None = None
    urgency: str = ""
    batch: int | None = None  # the import that brought them
    q: str = ""
    after: str = ""

    def query(self, **change: Any) -> str:
        """Returns the query string of these filters with `change`, "" or "?tab=new&q=…"."""
        now = replace(self, **change)
        given = {name: value for name, value in vars(now).items() if value not in ("", None)}
        return f"?{urlencode(given)}" if given else ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab narrows the queue."""
        return bool(self.category or self.area or self.urgency or self.batch or self.q)


@dataclass(frozen=True)
class Page:
    """One page of the queue with the counts of all its tabs."""

    filters: Filters
    tabs: list[tuple[str, str | Promise, int | None]]
    waiting: int
    rows: list[Row]
    next_after: str
    read_at: datetime

    @property
    def paused(self) -> int:
        """How many of the rows are paused. The tabs count these too: their counts come from an index alone."""
        return sum(row.paused for row in self.rows)


def page(user: User, filters: Filters) -> Page:
    """Returns the page of the queue that `filters` ask for, of what `user` may list; one or two queries, and
    two or three more for "to call back"."""
    now = clock.now()
    staff = holds_anywhere(user, access.READERS)
    narrowed = replace(filters, tab="", q="", after="")
    counted = _counts(_counting(_asker(user), narrowed), now) if staff else {}
    filters = with_tab(filters, counted, staff=staff)
    lines = _read(listed(user, filters, now), filters)
    eyes = desk_eyes.seen_by_others(user)
    by_rule = _go_out_at(lines[:PAGE]) if staff else {}
    rows = [row_of(line, now, eyes, by_rule.get(line["pk"])) for line in lines[:PAGE]]
    if filters.tab == "callback" and holds_anywhere(user, {Role.DISPATCHER}):
        rows = _with_those_for_colleagues(rows, user)
    names = TABS if staff else OWN_TABS
    return Page(
        filters=filters,
        tabs=[(key, label, counted.get(key)) for key, label in names.items()],
        waiting=sum(counted.get(part, 0) for part in WAITING),
        rows=rows,
        next_after=_cursor(lines[PAGE - 1]) if len(lines) > PAGE else "",
        read_at=now,
    )


def rows_now(user: User, ids: Sequence[int]) -> list[Row]:
    """Returns the rows of these requests, whatever tab they are in by now, as far as `user` may list them; at most
    PAGE."""
    now = clock.now()
    source, values = _at(_listing(_asker(user), Filters()), now)
    sql = f"SELECT {', '.join(COLUMNS)} FROM {source} WHERE pk = ANY(%s)"
    with connection.cursor() as cursor:
        execute(cursor, sql, [*values, list(ids[:PAGE])])
        lines = [dict(zip(COLUMNS, line, strict=True)) for line in cursor.fetchall()]
    return [row_of(line, now, {}, None) for line in lines]


def listed(user: User, filters: Filters, now: datetime) -> Statement:
    """Returns what follows FROM in a query of the lines that `user` may list, in whatever tab (see `in_tab`)."""
    narrowed = replace(filters, tab="", q="", after="")
    if not filters.q:
        return _at(_listing(_asker(user), narrowed), now)
    found = _searched(_narrow(access.listed_for(user), narrowed), filters.q)
    return _at(_sql(found, COLUMNS + PLACE + BESIDES), now)


def with_tab_of(user: User, filters: Filters, now: datetime) -> Filters:
    """Returns the filters with the tab that the page has; counts, where that follows from what waits."""
    staff = holds_anywhere(user, access.READERS)
    follows = staff and not filters.q and filters.tab not in TABS
    narrowed = replace(filters, tab="", q="", after="")
    counted = _counts(_counting(_asker(user), narrowed), now) if follows else {}
    return with_tab(filters, counted, staff=staff)


def with_tab(filters: Filters, counted: dict[str, int], *, staff: bool) -> Filters:
    """Returns the filters with a tab: all open ones for a search, the one asked for, else the first that waits.

    Whoever searches means the whole queue, not the tab they happen to stand in.
    """
    if filters.q and staff:
        return replace(filters, tab="open")
    if filters.tab in (TABS if staff else OWN_TABS):
        return filters
    if not staff:
        return replace(filters, tab="open")
    waiting = (key for key in ("overdue", "soon", "triage", "new", "callback") if counted.get(key))
    return replace(filters, tab=next(waiting, "new"))


def _narrow(found: QuerySet[ServiceRequest], filters: Filters) -> QuerySet[ServiceRequest]:
    category = reference.snapshot().by_code.get(filters.category)
    if category is not None:
        found = found.filter(category_id=category.pk)
    area = areas.tree().by_id.get(filters.area or 0)
    if area is not None:
        found = found.filter(**{f"{area.level}_id": area.pk})
    if filters.batch:
        found = found.filter(import_batch_id=filters.batch)
    if filters.urgency in Urgency.values:
        found = found.filter(urgency=filters.urgency)
    return found


# The tabs, in plain SQL over the lines of `_at`: all of them are counted at each poll of each desk, and the ORM takes
# longer to build that than PostgreSQL to answer it. A completed request waits for its resident, not for the desk.
# Overdue, soon and new do not overlap, "to sort" stands across. The comparison that is cheapest and refuses most comes
# first.
IS_OPEN = "NOT state IN ({})".format(", ".join(f"'{state}'" for state in sorted(FINAL)))
OF_OPEN = {
    # A joined one waits for another, a referred one for its unit: neither presses the desk before it is due.
    "overdue": "act_by <= now AND state NOT IN ('completed', 'merged')",
    "soon": "act_by <= soon AND act_by > now AND state NOT IN ('completed', 'merged', 'referred')",
    "new": "act_by > soon AND NOT needs_triage AND state = 'submitted'",
    "triage": "needs_triage",
    "callback": "beneficiary_id IS NULL AND state = 'completed'",  # nobody can answer online
    "open": "TRUE",
    "triage_later": "needs_triage AND act_by > soon AND state NOT IN ('completed', 'merged', 'referred')",
}
WAITING = ("overdue", "soon", "new", "triage_later")  # what needs the desk, each request once
# Closed with a call-back asked for, or lately without any answer; each half has an index of its own, and they share
# no request.
CALL_BACK_ASKED = "state = 'closed' AND call_back_wanted"
UNANSWERED = "state = 'closed' AND outcome = 'unrated' AND closed_at >= lately AND NOT call_back_wanted"
COLUMNS = (
    "pk",
    "version",
    "state",
    "title",
    "lead",
    "category_id",
    "area_id",
    "act_by",
    "paused_until",
    "round",
    "needed",
    "proxy__name",
)
PLACE = ("lat", "lon")
BESIDES = ("needs_triage", "beneficiary_id", "call_back_wanted", "outcome", "closed_at")


@dataclass(frozen=True)
class Asker:
    """Whose queue it is, as far as its statements depend on it."""

    user_id: int
    phone_hash: str | None
    memberships: tuple[Held, ...]
    user: User = field(compare=False, repr=False)


def _asker(user: User) -> Asker:
    return Asker(user.pk, user.phone_hash, held(user), user)


# Whatever the tab: each is built once for all polls of a desk.
@lru_cache(maxsize=256)
def _listing(asker: Asker, filters: Filters) -> Statement:
    """Returns what lists the rows of a queue."""
    return _sql(_narrow(access.listed_for(asker.user), filters), COLUMNS + PLACE + BESIDES)


@lru_cache(maxsize=256)
def _counting(asker: Asker, filters: Filters) -> list[Statement]:
    """Returns what lists the same rows to be counted, for staff, in parts that share none."""
    columns = ("pk", "state", "act_by", *BESIDES)
    return [_sql(_narrow(part, filters), columns) for part in access.listed_in_parts(asker.user)]


def _sql(within: QuerySet[ServiceRequest], columns: Sequence[str]) -> Statement:
    lead = {"lead": Left("text", OPENING_READ)} if "lead" in columns else {}
    sql, values = within.annotate(**lead).values(*columns).query.sql_with_params()
    return Statement(sql, list(values))


def _at(lines: Statement, now: datetime) -> Statement:
    """Returns what follows FROM in a query of the queue: `lines`, and the moments its tabs depend on."""
    moments = "SELECT %s::timestamptz AS now, %s::timestamptz AS soon, %s::timestamptz AS lately"
    return Statement(
        f"({lines.sql}) line, ({moments}) moments",
        [*lines.values, now, now + SOON, now - timedelta(days=CALL_BACK_DAYS)],
    )


def _counts(parts: Sequence[Statement], now: datetime) -> dict[str, int]:
    """Returns how many of all `parts` stand in each of OF_OPEN; exact, in one statement.

    Each part is counted by itself: PostgreSQL hands on every row of a UNION before it counts it, which takes as long
    as finding it.
    """
    counted = ", ".join(f"count(*) FILTER (WHERE {part})" for part in OF_OPEN.values())
    statements, values = [], list[Any]()
    for part in parts:
        source, given = _at(part, now)
        asked, unanswered = (
            f"(SELECT count(*) FROM {source} WHERE {closed})" for closed in (CALL_BACK_ASKED, UNANSWERED)
        )
        statements.append(f"SELECT {asked} + {unanswered}, {counted} FROM {source} WHERE {IS_OPEN}")
        values += [*given, *given, *given]
    with connection.cursor() as cursor:
        execute(cursor, " UNION ALL ".join(statements), values)
        closed_call_back, *found = (sum(column) for column in zip(*cursor.fetchall(), strict=True))
    counts = dict(zip(OF_OPEN, found, strict=True))
    counts["callback"] += closed_call_back
    return counts


def _read(lines: Statement, filters: Filters) -> list[dict[str, Any]]:
    """Returns the lines of a page as the tab orders them, and one more when another page follows."""
    source, values = lines
    where, after = in_tab(filters), _after(filters)
    order = "pk DESC" if filters.tab == "closed" else "act_by, pk"
    sql = (
        f"SELECT {', '.join(COLUMNS)} FROM {source} WHERE {where}{after[0]} ORDER BY {order} LIMIT {PAGE + 1}"
    )
    with connection.cursor() as cursor:
        if filters.q:  # planned for these words: how rare they are decides the way
            cursor.execute(sql, [*values, *after[1]])
        else:
            execute(cursor, sql, [*values, *after[1]])
        return [dict(zip(COLUMNS, line, strict=True)) for line in cursor.fetchall()]


def in_tab(filters: Filters) -> str:
    """Returns the condition of the lines of the tab, over what `listed` names."""
    if _exact(filters.q) is not None:
        return "TRUE"  # a code or phone is looked for in every state
    if filters.tab == "closed":
        return f"NOT ({IS_OPEN})"
    of_open = f"{IS_OPEN} AND {OF_OPEN[filters.tab]}"
    if filters.tab == "callback":
        return f"(({of_open}) OR ({CALL_BACK_ASKED}) OR ({UNANSWERED}))"
    return of_open


def _searched(found: QuerySet[ServiceRequest], q: str) -> QuerySet[ServiceRequest]:
    return found.filter(_exact(q) or Q(title__icontains=q) | Q(text__icontains=q))


def _exact(q: str) -> Q | None:
    """Returns the filter of a whole code or phone number, or None for words."""
    typed = q.upper().replace(" ", "")
    if "-" in typed and typed.isascii() and any(sign.isalpha() for sign in typed):
        return Q(code__startswith=typed)
    try:
        hashed = keyed_hash(normalize(q))
    except ValueError:
        return None
    return Q(beneficiary_phone_hash=hashed) | (~Q(state__in=sorted(FINAL)) & Q(contact_phone_hash=hashed))


def _after(filters: Filters) -> tuple[str, list[Any]]:
    """Continues behind the cursor "<microseconds>-<id>"; one that cannot be read starts from the beginning."""
    moment, _dash, pk = filters.after.partition("-")
    if not (moment.isdecimal() and pk.isdecimal() and len(moment) < 18 and len(pk) < 19):
        return "", []
    if filters.tab == "closed":
        return " AND pk < %s", [int(pk)]
    at = datetime.fromtimestamp(int(moment) / 1_000_000, tz=clock.now().tzinfo)
    return " AND (act_by, pk) > (%s, %s)", [at, int(pk)]


def _cursor(line: dict[str, Any]) -> str:
    whole = line["act_by"]
    return f"{int(whole.timestamp()) * 1_000_000 + whole.microsecond}-{line['pk']}"


def _go_out_at(lines: Sequence[dict[str, Any]]) -> dict[int, datetime]:
    waiting = [line for line in lines if line["state"] == RequestState.SUBMITTED]
    return auto_dispatch_shown.goes_out_at(
        {line["pk"]: (line["category_id"], line["area_id"]) for line in waiting}
    )


def _with_those_for_colleagues(rows: list[Row], user: User) -> list[Row]:
    """Returns the rows of "to call back"; those about which `user` may not call say so.

    They stay in the list: where nobody else looks they would be forgotten.
    """
    barred = had_a_hand_in([row.pk for row in rows], user)
    words = _("for a colleague: you had a hand in it")
    return [replace(row, meta=f"{words} · {row.meta}") if row.pk in barred else row for row in rows]
