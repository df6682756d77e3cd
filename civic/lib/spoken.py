"""Times, spans and distances in the words people use, in the reader's language and zone."""

import re
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from civic.lib import clock

# A blank between two Chinese signs, tags aside: one that a value brought in where a number may stand as well.
BETWEEN_SIGNS = re.compile("(?<=[\u4e00-\u9fff，。；：！？）」”]) (?=(?:<[^>]*>)*[\u4e00-\u9fff（「“])")


DAYS_A_YEAR = 365


def gap() -> str:
    """Returns what stands between two sentences: a blank, and nothing in Chinese."""
    return "" if (get_language() or "zh").startswith("zh") else " "


def sentences(*parts: object) -> str:
    """Returns the parts that say something, one after the other."""
    return gap().join(text for part in parts if (text := str(part)))


def dotted(*parts: str) -> str:
    """Returns the parts that say something beside each other; no line begins with the dot between them."""
    return "\N{NO-BREAK SPACE}· ".join(filter(None, parts))


def closed_up(text: str) -> str:
    """Returns `text` without blanks between Chinese signs: "约定明天（周一）8:30" but "约定 3 月 8 日"."""
    return BETWEEN_SIGNS.sub("", text)


def period(length: timedelta) -> str:
    """Returns "3 years", "30 days" or "24 hours": how long something is kept, in the largest unit that is exact."""
    if length.days >= DAYS_A_YEAR and not (length % timedelta(days=DAYS_A_YEAR)):
        years = length.days // DAYS_A_YEAR
        return ngettext("%(n)d year", "%(n)d years", years) % {"n": years}
    if length.days > 1 and not (length % timedelta(days=1)):
        return ngettext("%(n)d day", "%(n)d days", length.days) % {"n": length.days}
    count = int(length.total_seconds() // 3600)
    return ngettext("%(n)d hour", "%(n)d hours", count) % {"n": count}


def day(at: datetime, *, weekday: bool = False) -> str:
    """Returns "today", "tomorrow (Wed)", "8 Jul" or "8 Jul 2025" for the local day of `at`."""
    local, today = localtime(at), localtime(clock.now())
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get((local.date() - today.date()).days)
    if near:
        if not weekday:
            return near
        both = {"day": near, "weekday": weekday_name(local)}
        return pgettext("day with weekday", "%(day)s (%(weekday)s)") % both
    words = _date(local)
    if not weekday or local.year != today.year:
        return words
    return pgettext("date with weekday", "%(weekday)s %(day)s") % {
        "day": words,
        "weekday": weekday_name(local),
    }


def _date(local: datetime) -> str:
    if local.year != localtime(clock.now()).year:
        return date_format(local, pgettext("date format", "j M Y"))
    return date_format(local, pgettext("date format", "j M"))


def weekday_name(local: date) -> str:
    """Returns the short name of a weekday: "Wed"."""
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[local.weekday()]


def moment(at: datetime, *, weekday: bool = False) -> str:
    """Returns day and time: "tomorrow (Wed) 8:30"."""
    words = day(at, weekday=weekday)
    return f"{words}{'' if words.endswith('）') else ' '}{clock_time(at)}"


def dated_moment(at: datetime) -> str:
    """Returns day and time without today or tomorrow: "8 Jul 8:30"."""
    return f"{_date(localtime(at))} {clock_time(at)}"


def on_paper(at: datetime) -> str:
    """Returns the whole date and the time, true on whatever day it is read: "Wed 8 Jul 2026 8:30"."""
    local = localtime(at)
    dated = {"day": date_format(local, pgettext("date format", "j M Y")), "weekday": weekday_name(local)}
    words = pgettext("date with weekday", "%(weekday)s %(day)s") % dated
    return f"{words}{'' if words.endswith('）') else ' '}{clock_time(at)}"


def limit(at: datetime, *, weekday: bool = False) -> str:
    """Returns until when there is time; at midnight the end of the last day that counts: "8 Dec 24:00"."""
    local = localtime(at)
    if (local.hour, local.minute) != (0, 0):
        return moment(at, weekday=weekday)
    words = day(local - timedelta(minutes=1), weekday=weekday)
    return f"{words}{'' if words.endswith('）') else ' '}24:00"


def clock_time(at: datetime) -> str:
    """Returns the local time of day: "8:30"."""
    return date_format(localtime(at), "G:i")


def exact(at: datetime) -> str:
    """Returns date, time with seconds and zone: "2026-07-08 14:20:31 CST", for hover and for print."""
    return localtime(at).strftime("%Y-%m-%d %H:%M:%S %Z")


def span(length: timedelta) -> str:
    """Returns the two largest units of a length, at least a minute: "1 h 14 min", "2 days 3 h"."""
    minutes = max(1, int(abs(length).total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    words = []
    if days:
        words.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
    if hours:
        words.append(_("%(n)d h") % {"n": hours})
    if left and not days:
        words.append(_("%(n)d min") % {"n": left})
    return " ".join(words[:2])


def words_of_time() -> dict[str, list[str]]:
    """Returns the words of `span` and of what is told from them, each for one and for several: the browser keeps
    lengths true in them while a page stays open (static/js/times.js)."""
    day = ("%(n)d day", "%(n)d days")
    alike = {"hour": _("%(n)d h"), "minute": _("%(n)d min"), "now": _("just now")}
    alike |= {"ago": _("%(span)s ago"), "ahead": _("in %(span)s")}
    return {"day": [ngettext(*day, 1), ngettext(*day, 2)]} | {
        name: [word, word] for name, word in alike.items()
    }


def minutes(count: int) -> str:
    """Returns a length given in minutes: "23 min", "1 h 14 min"."""
    return span(timedelta(minutes=count))


def hours(minutes: int) -> str:
    """Returns an expected length: "45 min", "2 h", "1.5 h"."""
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(n)s h") % {"n": f"{minutes / 60:.1f}".removesuffix(".0")}


def distance(metres: float) -> str:
    """Returns "600 m" or "1.2 km"; round beforehand (geo.rounded_distance_m) where the place is a secret."""
    if metres < 1000:
        return _("%(n)d m") % {"n": round(metres)}
    return _("%(n)s km") % {"n": f"{metres / 1000:.1f}".removesuffix(".0")}
