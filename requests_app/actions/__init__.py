"""What is done with requests: `place_request` opens one, `act` performs a verb of the table, `act_together` several."""

from requests_app.actions.act import act, act_together, needs_approval
from requests_app.actions.place import Placement, place_request
from requests_app.actions.reading import open_contact, open_sealed, unmask_phone

__all__ = [
    "Placement",
    "act",
    "act_together",
    "needs_approval",
    "open_contact",
    "open_sealed",
    "place_request",
    "unmask_phone",
]
