"""Whether a flow leaves as little open as any flow can, without solving for it: what could still be moved.

A slot left open could be served if from its request a way leads to a volunteer with room, along free arcs forward and
taken ones backward: each request on the way passes its volunteer on and takes the next. It is worth moving, too, where
such a way ends at a request of less urgency that is served.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from requests_app.planning.problem import Flags, Ints, counted
from requests_app.planning.tree import Tree


class Flow(NamedTuple):
    """A flow: its arcs lead from `requests` to the heads of `tree`, and the `taken` ones carry it."""

    requests: Ints
    taken: Flags
    tree: Tree


def serves_most(flow: Flow, left: Ints, urgencies: Ints) -> bool:
    """Returns whether no other flow leaves less open, weighed by urgency.

    `left` says how many slots each request has open in this flow.
    """
    people, rooms, above, heads = flow.tree
    carried = counted(heads[flow.taken], above)
    served = np.zeros_like(left, np.bool_)
    served[flow.requests[flow.taken]] = True
    for urgency in np.unique(urgencies[left > 0]).tolist():
        requests, nodes = _reached(flow, carried, (left > 0) & (urgencies >= urgency))
        free = nodes & (carried < rooms)
        if free[:people].any() or (requests & served & (urgencies < urgency)).any():
            return False
    return True


def _reached(flow: Flow, carried: Ints, start: Flags) -> tuple[Flags, Flags]:
    """Returns which requests and which nodes ways from the requests in `start` lead to.

    A way leads on from a node that has room, and from any node back to what it carries.
    """
    _people, rooms, above, heads = flow.tree
    inner = np.flatnonzero(above >= 0)
    outer, has_room, carries = above[inner], (carried < rooms)[inner], carried[inner] > 0
    requests, nodes = start.copy(), np.zeros(len(above), np.bool_)
    while True:
        before = int(requests.sum()) + int(nodes.sum())
        nodes[heads[requests[flow.requests] & ~flow.taken]] = True
        nodes[outer[nodes[inner] & has_room]] = True
        nodes[inner[nodes[outer] & carries]] = True
        requests[flow.requests[flow.taken & nodes[heads]]] = True
        if int(requests.sum()) + int(nodes.sum()) == before:
            return requests, nodes
