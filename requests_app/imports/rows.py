"""What one row of a file says, in the shape of a placement."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from civic.accounts.access import held
from civic.accounts.enums import Role
from civic.areas.names import Names
from civic.lib.clock import is_plausible
from civic.lib.phone import normalize
from civic.lib.text import clean
from requests_app import reference
from requests_app.actions.place import MAX_TEXT, MAX_TITLE, Placement
from requests_app.models import ImportBatch

CHINESE_DATE = re.compile(r"^\s*(\d{4})[年/.\-](\d{1,2})[月/.\-](\d{1,2})日?[ T]*(.*)$")
CLOCK = re.compile(r"^(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})秒?)?")


# What a column of states says of what is over, word for word: "未办结" holds "办结" and is not.
OVER = frozenset(
    {
        "已办结",
        "办结",
        "已结",
        "已结案",
        "结案",
        "已完成",
        "完成",
        "已关闭",
        "关闭",
        "已答复",
        "已回复",
        "已解决",
    }
    | {"closed", "done", "finished", "completed", "resolved", "answered"}
)


@dataclass
class Reading:
    """A row as understood: the wish, when it was received, why it cannot be added, what was assumed.

    With `closed_at` it was over in the earlier system then, with the answer `reply` if one was given.
    """

    wish: Placement
    received_at: datetime | None
    closed_at: datetime | None = None
    reply: str = ""
    problems: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)


def names_for(batch: ImportBatch) -> Names:
    """Returns the communities and grids that the rows of `batch` may name: those of whoever imports it."""
    return Names(row.area_id for row in held(batch.by) if row.role == Role.DISPATCHER)


def read(batch: ImportBatch, cells: list[str], *, names: Names, now: datetime) -> Reading:
    """Returns what a row says under the batch's columns and defaults. Never raises for what a cell holds."""
    cell = {target: cells[at].strip() for target, at in batch.columns.items() if at < len(cells)}
    problems: list[str] = []
    assumed: list[str] = []
    title, text = cell.get("title", ""), cell.get("text", "")
    if len(title) > MAX_TITLE:
        title, text = "", f"{title}\n{text}"
    title, text = _clean(title, MAX_TITLE, problems), _clean(text, MAX_TEXT, problems, multiline=True)
    if not title and not text and not problems:
        problems.append(_("There is neither a subject nor a text."))
    phone = cell.get("contact_phone", "")
    if phone:
        try:
            normalize(phone)
        except ValueError:
            assumed.append(_("The phone number cannot be read; it stays in the original row."))
            phone = ""
    received, closed = _received_and_closed(cell, now, assumed)
    reply = _clean(cell.get("reply", ""), MAX_TEXT, problems, multiline=True) if closed is not None else ""
    wish = Placement(
        category=_category(batch, cell.get("category", ""), assumed),
        area=_area(batch, names, cell.get("area", ""), assumed),
        title=title,
        text=text,
        address=_clean(cell.get("address", ""), 200, problems),
        contact_name=_clean(cell.get("contact_name", ""), 80, problems),
        contact_phone=phone,
    )
    return Reading(wish, received, closed, reply, problems, assumed)


def keys(batch: ImportBatch, lines: list[list[str]], seen: Counter[str]) -> list[tuple[str, bool]]:
    """Returns the key of each row, the same whenever the same file comes again into the same area, and whether this
    file has said the same before.

    Rows with a number are known by it; others by what they say and how often that stood in the file before.
    """
    found = []
    for cells in lines:
        number = cells[batch.columns["number"]].strip() if _has_number(batch, cells) else ""
        words = json.dumps([cell.strip() for cell in cells], ensure_ascii=False)
        text = f"number:{number}" if number else f"row:{words}"
        seen[text] += 1
        told = f"{batch.area_id}|{text}|{seen[text]}|{words if number else ''}"
        found.append((hashlib.sha256(told.encode()).hexdigest(), seen[text] > 1))
    return found


def _has_number(batch: ImportBatch, cells: list[str]) -> bool:
    return "number" in batch.columns and batch.columns["number"] < len(cells)


def _received_and_closed(
    cell: dict[str, str], now: datetime, assumed: list[str]
) -> tuple[datetime | None, datetime | None]:
    """Returns when it was received (None: now) and when it was closed in the earlier system (None: it is open)."""
    received = _moment(cell.get("received_at", ""))
    if received is not None and received > now:
        why, received = _("The date lies in the future: received today."), None
    elif received is None or not is_plausible(received):
        why, received = _("No readable date: received today."), None
    else:
        why = ""
    closed = _moment(cell.get("closed_at", ""))
    if closed is not None and (closed > now or not is_plausible(closed)):
        assumed.append(_("The date of closing cannot be right."))
        closed = None
    if closed is None and cell.get("status", "").lower() not in OVER:
        assumed += [why] if why else []
        return received, None
    if closed is None:
        assumed.append(_("When it was closed is not known: taken as closed on the day it was received."))
        closed = received or now
    if received is None or received > closed:
        assumed.append(_("When it was received is not known: taken as received on the day it was closed."))
        received = closed
    return received, closed


def _clean(value: str, most: int, problems: list[str], *, multiline: bool = False) -> str:
    try:
        return clean(value, most, multiline=multiline)
    except ValueError as error:
        problems.append(str(error.args[0]))
        return ""


def _area(batch: ImportBatch, names: Names, said: str, assumed: list[str]) -> int:
    """Returns the area that the row names, else the batch's: a name nobody knows loses no request."""
    if not said:
        return batch.area_id
    found, reason = names.find(said)
    if found is None:
        assumed.append(reason)
        return batch.area_id
    return found.pk


def _category(batch: ImportBatch, name: str, assumed: list[str]) -> str:
    if name:
        for category in reference.in_force():
            if name in {category.code, category.name, category.name_en}:
                return category.code
        assumed.append(
            _("Unknown kind of help “%(name)s”: “%(used)s” is used.") % {"name": name, "used": batch.category}
        )
    return batch.category.code


def _moment(value: str) -> datetime | None:
    """Reads 2019/2/28 11:25:05, 2019-02-28, 2019年2月28日 11时25分 and ISO texts, in local time."""
    try:
        exact = parse_datetime(value)
    except ValueError:
        return None
    if exact is not None and timezone.is_aware(exact):
        return exact
    matched = CHINESE_DATE.match(value)
    if matched is None:
        return None
    year, month, day = (int(part) for part in matched.groups()[:3])
    clock = CLOCK.match(matched[4])
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    try:
        return timezone.make_aware(datetime(year, month, day, hour, minute, second))
    except ValueError:
        return None
