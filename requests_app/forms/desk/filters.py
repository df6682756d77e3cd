"""The filters of the queue as they stand in the URL: what cannot be read is left out."""

from collections.abc import Mapping

from civic.lib.numbers import whole
from requests_app.queries.desk_queue import OWN_TABS, TABS, Filters

LONGEST_Q = 80


def read(query: Mapping[str, str]) -> Filters:
    """Returns the filters that a query string names; unknown values count as not given."""
    tab = query.get("tab", "")
    return Filters(
        tab=tab if tab in TABS or tab in OWN_TABS else "",
        category=query.get("category", "")[:32],
        area=_number(query.get("area", "")),
        urgency=query.get("urgency", "")[:10],
        batch=_number(query.get("batch", "")),
        q=query.get("q", "").replace("\x00", "").strip()[:LONGEST_Q],
        after=query.get("after", "")[:40],
    )


def _number(text: str) -> int | None:
    return whole(text)
