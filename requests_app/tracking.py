"""Finding requests as residents do: by tracking code, or all of one's own."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.lib import codes, spoken
from requests_app import access, wished
from requests_app.enums import OPEN, RequestState
from requests_app.models import ServiceRequest


@dataclass(frozen=True)
class Mine:
    """One of one's own requests in a list: what it is, how it stands, and the one thing to do."""

    request: ServiceRequest
    words: str
    action: str = ""
    action_url: str = ""


def by_code(code: str) -> ServiceRequest | None:
    """Returns the request with this tracking code in any usual notation, None when there is none."""
    stored = codes.read_tracking_code(code)
    if stored is None:
        return None
    return ServiceRequest.objects.select_related("category").filter(code=stored).first()


def mine(user: User, *, before: int | None = None, limit: int = 20) -> list[Mine]:
    """Returns the newest requests `user` is beneficiary or proxy of; `before` continues after that id."""
    found = ServiceRequest.objects.filter(access.own(user)).select_related("category").order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [told(request, user) for request in found[:limit]]


def open_ones(user: User, limit: int = 3) -> list[Mine]:
    """Returns the open requests of `user` for the home page: what waits for them first, then those with somebody who
    comes, the next first, then the newest."""
    found = ServiceRequest.objects.filter(access.own(user), state__in=OPEN).select_related("category")
    newest = sorted(found.order_by("-pk")[:20], key=_how_near)
    return [told(request, user) for request in newest[:limit]]


def _how_near(request: ServiceRequest) -> tuple[int, float]:
    start = request.agreed_start.timestamp() if request.agreed_start else 0.0
    if request.state == RequestState.COMPLETED:
        return 0, 0.0
    if request.state in {RequestState.IN_SERVICE, RequestState.ACCEPTED}:
        return 1, start
    return 2, 0.0


def told(request: ServiceRequest, user: User) -> Mine:
    """Returns one request in the words of a list."""
    if request.state == RequestState.COMPLETED and access.is_beneficiary(request, user):
        url = reverse("track_rate", args=[request.code])
        return Mine(request, _("It is done. Did it help?"), _("Rate"), url)
    if request.state == RequestState.ACCEPTED and request.agreed_start:
        when = spoken.moment(request.agreed_start, weekday=True)
        if request.start_proposed:
            said = _("A volunteer proposes %(when)s; the desk confirms it") % {"when": when}
            return Mine(request, spoken.closed_up(said))
        return Mine(request, spoken.closed_up(_("A volunteer comes %(when)s") % {"when": when}))
    placed = spoken.closed_up(_("Placed %(when)s") % {"when": spoken.moment(request.placed_at)})
    if request.state in {RequestState.SUBMITTED, RequestState.OFFERED}:
        wanted = spoken.closed_up(_("Wanted: %(when)s") % {"when": wished.in_words(request)})
        at_a_time = request.agreed_start or request.preferred_start
        return Mine(request, wanted if at_a_time else spoken.dotted(wanted, placed))
    return Mine(request, spoken.dotted(str(request.category), spoken.moment(request.placed_at)))
