"""How far a waterfall is, for the desk: whom it has asked, and who would be next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from requests_app import auto_dispatch, matching
from requests_app.models import Offer, ServiceRequest, Waterfall
from requests_app.queries import parts_shown
from volunteers.models import Volunteer


@dataclass(frozen=True)
class InTurn:
    """A waterfall that goes on: how many it has `asked`, whom it would ask `next` if it were now; `is_held` where the
    kill switch keeps it from asking anybody further."""

    waterfall: Waterfall
    asked: int
    next: list[Volunteer]
    is_held: bool


def in_turn(request: ServiceRequest, offers: Sequence[Offer]) -> InTurn | None:
    """Returns the waterfall of `request` that goes on; `offers` are those of the round."""
    waterfall = parts_shown.waterfall(request)
    if waterfall is None:
        return None
    held = auto_dispatch.is_held(waterfall, request)
    found = [] if held else matching.fresh(request, waterfall.width)[: waterfall.width]
    asked = sum(offer.waterfall_id == waterfall.pk for offer in offers)
    return InTurn(waterfall, asked, [each.volunteer for each in found], held)
