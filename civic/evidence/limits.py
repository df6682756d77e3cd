"""How many uploads a person, a browser session and an address may send in an hour: photos cost work to
redraw.
"""

import time
from typing import Final

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from civic.evidence.owners import Owner
from civic.lib.counts import count_up
from civic.lib.errors import TooMany

HOUR: Final = 3600
UPLOADS_AN_OWNER: Final = 120
# A whole community office, or a village behind one mobile gateway, may share an address.
UPLOADS_AN_ADDRESS: Final = 1200


def count_upload(request: HttpRequest, owner: Owner) -> None:
    """Counts one upload. Raises TooMany with the seconds until the hour is over."""
    mark = f"user:{owner.user_id}" if owner.user_id is not None else f"session:{owner.session_hash}"
    _count(mark, UPLOADS_AN_OWNER)
    _count(f"address:{get_adapter(request).get_client_ip(request)}", UPLOADS_AN_ADDRESS)


def _count(mark: str, allowed: int) -> None:
    hour, past = divmod(int(time.time()), HOUR)
    if count_up(f"evidence:uploads:{mark}:{hour}", HOUR) > allowed:
        raise TooMany(_("Too many uploads in a short time; please wait a little."), retry_after=HOUR - past)
