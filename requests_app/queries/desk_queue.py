"""The queue of the desk: what waits, the most pressing first, in tabs, filtered, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from civic.accounts.access import holds_anywhere
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.lib.phone import normalize
from requests_app import access, reference
from requests_app.enums import FINAL, Outcome, RequestState, Urgency
from requests_app.models import ServiceRequest

SOON = timedelta(hours=1)
PAGE = 50
EYE_SECONDS = 50
CALL_BACK_DAYS = 30
LEAD = 60  # characters of the text that may stand for a missing title

TABS: dict[str, str | Promise] = {
    "overdue": gettext_lazy("Overdue"),
    "soon": gettext_lazy("Due soon"),
    "new": pgettext_lazy("queue", "New"),
    "triage": gettext_lazy("To sort"),
    "callback": gettext_lazy("To call back"),
    "open": gettext_lazy("All open"),
}
OWN_TABS: dict[str, str | Promise] = {
    "open": pgettext_lazy("queue", "Open"),
    "closed": pgettext_lazy("queue", "Ended"),
}
IS_OPEN = ~Q(state__in=sorted(FINAL))
# A completed request waits for its resident, not for the desk.
PRESSING = IS_OPEN & ~Q(state=RequestState.COMPLETED)


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
class Row:
    """One line of the queue."""

    pk: int
    version: int
    title: str
    tone: str
    due_at: datetime | None
    state: str
    meta: str
    eye: str = ""


@dataclass(frozen=True)
class Page:
    """One page of the queue with the counts of all its tabs."""

    filters: Filters
    tabs: list[tuple[str, str | Promise, int | None]]
    waiting: int
    rows: list[Row]
    next_after: str
    read_at: datetime


def page(user: User, filters: Filters) -> Page:
    """Returns the page of the queue that `filters` ask for, of what `user` may list; one or two queries."""
    now = clock.now()
    staff = holds_anywhere(user, access.READERS)
    base = _narrow(access.listed_for(user), filters)
    counted = _counts(base, now) if staff else {}
    filters = _with_tab(filters, counted, staff=staff)
    found = _in_tab(base, filters, now)
    ordered = ("-pk",) if filters.tab == "closed" else ("act_by", "pk")
    values = list(
        _after(found, filters)
        .order_by(*ordered)
        .annotate(lead=Left("text", LEAD))
        .values(*COLUMNS)[: PAGE + 1]
    )
    eyes = _eyes(user, [line["pk"] for line in values[:PAGE]])
    rows = [_row(line, now, eyes) for line in values[:PAGE]]
    names = TABS if staff else OWN_TABS
    return Page(
        filters=filters,
        tabs=[(key, label, counted.get(key)) for key, label in names.items()],
        waiting=counted.get("waiting", 0),
        rows=rows,
        next_after=_cursor(values[PAGE - 1]) if len(values) > PAGE else "",
        read_at=now,
    )


COLUMNS = (
    "pk",
    "version",
    "state",
    "title",
    "lead",
    "category_id",
    "area_id",
    "urgency",
    "act_by",
    "round",
    "needed",
    "proxy__name",
)


def _with_tab(filters: Filters, counted: dict[str, int], *, staff: bool) -> Filters:
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


# How many of the open requests stand in each tab. The conditions are those of `_tab_q`, said once more because the
# ORM takes longer to build six filtered aggregates than PostgreSQL to answer them; a test holds them together.
COUNTS = """
    SELECT count(*) AS open,
        count(*) FILTER (WHERE state <> 'completed' AND act_by <= %s) AS overdue,
        count(*) FILTER (WHERE state <> 'completed' AND act_by > %s AND act_by <= %s) AS soon,
        count(*) FILTER (WHERE state = 'submitted' AND act_by > %s AND NOT needs_triage) AS new,
        count(*) FILTER (WHERE needs_triage) AS triage,
        count(*) FILTER (WHERE state <> 'completed' AND (act_by <= %s OR needs_triage OR state = 'submitted'))
            AS waiting,
        count(*) FILTER (WHERE state = 'completed' AND beneficiary_id IS NULL)
            + (SELECT count(*) FROM ({closed}) closed) AS callback
    FROM ({open}) open
"""


def _counts(base: QuerySet[ServiceRequest], now: datetime) -> dict[str, int]:
    """Returns how many wait in each tab, and in all that need the desk: exact, in one statement."""
    within = base.filter(IS_OPEN).values("state", "act_by", "needs_triage", "beneficiary_id")
    open_sql, open_values = within.query.sql_with_params()
    closed_sql, closed_values = base.filter(_closed_call_back(now)).values("pk").query.sql_with_params()
    soon = now + SOON
    statement = COUNTS.format(open=open_sql, closed=closed_sql)
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, now, soon, soon, soon, *closed_values, *open_values])
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _tab_q(tab: str, now: datetime) -> Q:
    """Returns the filter of a tab. Overdue, due soon, new and the rest do not overlap; triage stands across."""
    if tab == "overdue":
        return PRESSING & Q(act_by__lte=now)
    if tab == "soon":
        return PRESSING & Q(act_by__gt=now, act_by__lte=now + SOON)
    if tab == "new":
        return Q(state=RequestState.SUBMITTED, act_by__gt=now + SOON, needs_triage=False)
    if tab == "triage":
        return IS_OPEN & Q(needs_triage=True)
    if tab == "callback":
        return _open_call_back() | _closed_call_back(now)
    if tab == "closed":
        return ~IS_OPEN
    return IS_OPEN


def _open_call_back() -> Q:
    """Waiting for an answer that nobody can give online: a resident without an account."""
    return Q(state=RequestState.COMPLETED, beneficiary=None)


def _closed_call_back(now: datetime) -> Q:
    """Closed with a call-back asked for, or lately without any answer; each half has an index of its own."""
    lately = now - timedelta(days=CALL_BACK_DAYS)
    return Q(call_back_wanted=True, state=RequestState.CLOSED) | Q(
        state=RequestState.CLOSED, outcome=Outcome.UNRATED, closed_at__gte=lately
    )


def _in_tab(base: QuerySet[ServiceRequest], filters: Filters, now: datetime) -> QuerySet[ServiceRequest]:
    if not filters.q:
        return base.filter(_tab_q(filters.tab, now))
    exact = _exact(filters.q)
    if exact is not None:
        return base.filter(exact)  # a code or phone is looked for in every state
    within = base.filter(_tab_q(filters.tab, now))
    return within.filter(Q(title__icontains=filters.q) | Q(text__icontains=filters.q))


def _exact(q: str) -> Q | None:
    """Returns the filter of a whole code or phone number, or None for words."""
    typed = q.upper().replace(" ", "")
    if "-" in typed and typed.isascii() and any(sign.isalpha() for sign in typed):
        return Q(code__startswith=typed)
    try:
        hashed = keyed_hash(normalize(q))
    except ValueError:
        return None
    return Q(beneficiary_phone_hash=hashed) | (IS_OPEN & Q(contact_phone_hash=hashed))


def _after(found: QuerySet[ServiceRequest], filters: Filters) -> QuerySet[ServiceRequest]:
    """Continues behind the cursor "<microseconds>-<id>"; one that cannot be read starts from the beginning."""
    moment, _dash, pk = filters.after.partition("-")
    if not (moment.isdecimal() and pk.isdecimal() and len(moment) < 18 and len(pk) < 19):
        return found
    if filters.tab == "closed":
        return found.filter(pk__lt=int(pk))
    at = datetime.fromtimestamp(int(moment) / 1_000_000, tz=clock.now().tzinfo)
    return found.filter(Q(act_by__gt=at) | Q(act_by=at, pk__gt=int(pk)))


def _cursor(line: dict[str, Any]) -> str:
    whole = line["act_by"]
    return f"{int(whole.timestamp()) * 1_000_000 + whole.microsecond}-{line['pk']}"


def _row(line: dict[str, Any], now: datetime, eyes: dict[int, str]) -> Row:
    category = reference.snapshot().by_id.get(line["category_id"])
    area = areas.tree().by_id.get(line["area_id"])
    lead = line["lead"].strip().splitlines()
    state = line["state"]
    waits = state not in FINAL and state != RequestState.COMPLETED
    meta = [str(category or ""), area.label if area else ""]
    if state != RequestState.SUBMITTED:
        meta.insert(0, str(desk_state(state)))
    if line["round"] > 1:
        meta.append(_("round %(n)d") % {"n": line["round"]})
    if line["needed"] > 1:
        meta.append(_("%(n)d people") % {"n": line["needed"]})
    if line["proxy__name"]:
        meta.append(_("through %(name)s") % {"name": line["proxy__name"]})
    return Row(
        pk=line["pk"],
        version=line["version"],
        title=line["title"] or (lead[0] if lead else "") or str(category or ""),
        tone=_tone(line, now) if waits else "",
        due_at=line["act_by"] if waits else None,
        state=state,
        meta=" · ".join(filter(None, meta)),
        eye=eyes.get(line["pk"], ""),
    )


def _tone(line: dict[str, Any], now: datetime) -> str:
    if line["act_by"] <= now:
        return "red"
    return "amber" if line["act_by"] <= now + SOON else ""


DESK_STATES = {
    RequestState.SUBMITTED: gettext_lazy("To dispatch"),
    RequestState.OFFERED: gettext_lazy("Asking"),
    RequestState.ACCEPTED: gettext_lazy("Accepted"),
    RequestState.IN_SERVICE: gettext_lazy("In service"),
    RequestState.COMPLETED: gettext_lazy("Waiting for the rating"),
}


def desk_state(state: str) -> str | Promise:
    """Returns the state in the desk's words, which look from the other side than the resident's."""
    return DESK_STATES.get(RequestState(state)) or RequestState(state).label


# Who is looking at what: a hint in the cache, never more.


def look_at(user: User, request_id: int) -> str:
    """Notes that `user` has this request open; returns the name of a colleague who had it open before."""
    key = _eye_key(request_id)
    if cache.add(key, (user.pk, str(user)), EYE_SECONDS):
        return ""
    held = cache.get(key)
    if held is None or held[0] == user.pk:
        cache.set(key, (user.pk, str(user)), EYE_SECONDS)
        return ""
    return str(held[1])


def _eyes(user: User, ids: list[int]) -> dict[int, str]:
    keys = {_eye_key(pk): pk for pk in ids}
    found = cache.get_many(keys)
    return {keys[key]: name for key, (user_id, name) in found.items() if user_id != user.pk}


def _eye_key(request_id: int) -> str:
    return f"desk:eye:{request_id}"
