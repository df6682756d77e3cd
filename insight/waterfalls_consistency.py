"""What must agree about a request that is put to one after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from requests_app.enums import OfferState, WaterfallState
from requests_app.models import Offer, ServiceRequest, Waterfall


def faults_of_waterfalls(request: ServiceRequest, parts: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Yields what disagrees: a waterfall that goes on is one of an open request's present round and asks somebody, no
    more at a time than it may, on the same terms nobody twice; what is confidential has none.
    """
    waterfalls: Sequence[Waterfall] = parts["waterfall"]
    for waterfall in waterfalls:
        offers: list[Offer] = [each for each in parts["offer"] if each.waterfall_id == waterfall.pk]
        asked = [each for each in offers if each.state == OfferState.OPEN]
        if any(each.round != waterfall.round for each in offers):
            yield f"waterfall {waterfall.pk} asks in another round than its own"
        twice = Counter((each.volunteer_id, each.terms) for each in offers)
        if any(count > 1 for count in twice.values()):
            yield f"waterfall {waterfall.pk} asked somebody twice"
        if len(asked) > waterfall.width:
            yield f"waterfall {waterfall.pk} asks {len(asked)} people at a time instead of {waterfall.width}"
        if waterfall.state != WaterfallState.OPEN:
            continue
        if waterfall.round != request.round:
            yield f"waterfall {waterfall.pk} of round {waterfall.round} goes on in round {request.round}"
        if not asked:
            yield f"waterfall {waterfall.pk} goes on, but nobody is asked"
        if request.confidential:
            yield f"waterfall {waterfall.pk} goes on, but the request is confidential"
