"""Weighing: requests that wait under auto-dispatch are matched together, so that each gets whom the others need less.

People are matched as they come (requests_app.planning.online): the best matching of everything that waits is found
when a request is due, and only what is due is settled by it. It leaves as few of them without anybody as can be, and
among these matchings has the highest scores.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from requests_app.matching import pairs
from requests_app.models import ServiceRequest
from requests_app.planning import online


def first_asked(
    requests: Sequence[ServiceRequest], due: Collection[int], now: datetime
) -> Mapping[int, list[int]]:
    """Returns for those of `requests` (by id) that are `due` the ids of whom the best matching of all gives them.

    Each volunteer is given to one of them, as many as are needed to each. A due one for whom anybody may be asked is
    never left out: it cannot wait for a later moment.
    """
    book = pairs.book(requests, {}, now)
    slots = {request.pk: request.needed for request in requests}
    served = sum(slots.values()) + 1  # worth more than all scores together, each of which is 1 at most
    columns = zip(book.places.tolist(), book.volunteers.tolist(), book.marks.scores.tolist(), strict=True)
    worth = {}
    for place, volunteer, score in columns:
        request = requests[place].pk
        worth[request, volunteer] = served * (2 if request in due else 1) + score / pairs.GRAIN
    found = defaultdict(list)
    for request, volunteer in online.settled(worth, due, slots=slots):
        found[request].append(volunteer)
    return found
