"""The filters of the queue as they stand in the URL: what cannot be read is left out."""

from collections.abc import Mapping

from requests_app.queries.desk_queue import OWN_TABS, TABS, Filters

LONGEST_Q = 80


def read(query: Mapping[str, str]) -> Filters:
    """Returns the filters that a query string names; unknown values count as not given."""
    tab, area = query.get("tab", ""), query.get("area", "")
    return Filters(
        tab=tab if tab in TABS or tab in OWN_TABS else "",
        category=query.get("category", "")[:32],
        area=int(area) if area.isascii() and area.isdecimal() and len(area) < 19 else None,
        urgency=query.get("urgency", "")[:10],
        q=query.get("q", "").replace("\x00", "").strip()[:LONGEST_Q],
        after=query.get("after", "")[:40],
    )
