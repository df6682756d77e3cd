"""Whether a flow leaves as little open as any flow can, without solving for it: what could still be moved.

A slot left open could be served if from its request a way leads to a volunteer with room, along free arcs forward and
taken ones backward: each request on the way passes its volunteer on and takes the next. It is worth moving, too, where
such a way ends at a request of less urgency that is served.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from requests_app.planning.problem import Flags, Ints


class Arcs(NamedTuple):
    """Arcs as columns: from `requests` to `volunteers`, whether each is `taken`, and its group of overlapping tasks, of
    which a volunteer takes one (-1: none)."""

    requests: Ints
    volunteers: Ints
    taken: Flags
    groups: Ints


def serves_most(arcs: Arcs, left: Ints, room: Ints, urgencies: Ints) -> bool:
    """Returns whether no other flow leaves less open, weighed by urgency.

    `left` says how many slots each request has open in this flow, `room` how many tasks each volunteer can take yet.
    """
    held = _of_groups(arcs)
    held[arcs.groups[arcs.taken & (arcs.groups >= 0)]] = True
    barred = held[arcs.groups]
    for urgency in np.unique(urgencies[left > 0]).tolist():
        requests, volunteers = _reached(arcs, barred, (left > 0) & (urgencies >= urgency), len(room))
        served = np.zeros_like(requests)
        served[arcs.requests[arcs.taken]] = True
        if (room[volunteers] > 0).any() or (requests & served & (urgencies < urgency)).any():
            return False
    return True


def _reached(arcs: Arcs, barred: Flags, start: Flags, people: int) -> tuple[Flags, Flags]:
    """Returns which requests and which volunteers ways from the requests in `start` lead to.

    Through a group that is taken (`barred`) a way leads only to the request that holds it.
    """
    requests, volunteers, groups = start.copy(), np.zeros(people, np.bool_), _of_groups(arcs)
    while True:
        before = int(requests.sum())
        ahead = requests[arcs.requests] & ~arcs.taken
        volunteers[arcs.volunteers[ahead & ~barred]] = True
        groups[arcs.groups[ahead & barred]] = True
        back = arcs.taken & (volunteers[arcs.volunteers] | groups[arcs.groups])
        requests[arcs.requests[back]] = True
        if int(requests.sum()) == before:
            return requests, volunteers


def _of_groups(arcs: Arcs) -> Flags:
    """Returns a flag for each group, down; the last, at place -1, is that of no group and stays so."""
    return np.zeros(int(arcs.groups.max(initial=-1)) + 2, np.bool_)
