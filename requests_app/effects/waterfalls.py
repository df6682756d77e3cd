"""One after another: the best candidates are asked a few at a time, the next as soon as an offer ends unaccepted.

What goes on by itself happens in the transaction of the answer or the expiry that made room (`go_on`, which the write
door calls), so whoever is killed in between has done neither.
"""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import AlreadyTaken, ValidationFailed
from requests_app import auto_dispatch, matching, messages
from requests_app.effects import asking, parts
from requests_app.enums import OfferState, WaterfallEnd
from requests_app.matching import Candidate
from requests_app.models import Offer, ServiceRequest, Waterfall
from requests_app.models.parts import MOST_AT_ONCE, USUALLY_AT_ONCE
from volunteers.models import Volunteer

SHORTEST, LONGEST = 5, 24 * 60  # minutes to answer


def take_over(change: Change) -> None:
    """Ends the waterfall that the kill switch holds, so that a dispatcher can begin one; whom it has asked may still
    answer."""
    waterfall = parts.open_waterfall(change.case)
    if waterfall is not None and auto_dispatch.is_held(waterfall, change.case):
        parts.close_waterfall(change)


def begin_by_hand(change: Change) -> None:
    """A dispatcher has the best asked, `width` at a time, each for `answer_minutes` or the usual time."""
    width, minutes = change.fact("width", USUALLY_AT_ONCE), change.fact("answer_minutes")
    if not 1 <= width <= MOST_AT_ONCE:
        raise ValidationFailed.on("width", _("1 to 5 people can be asked at a time."))
    if minutes is not None and not SHORTEST <= minutes <= LONGEST:
        raise ValidationFailed.on("answer_minutes", _("Between 5 minutes and 24 hours."))
    if change.fact("volunteers") or change.fact("pool") or change.fact("team"):
        raise ValidationFailed.on(
            "mode", _("Whoever is best is asked one after another: name nobody, open no pool.")
        )
    if parts.open_waterfall(change.case) is not None:
        raise AlreadyTaken(_("People are being asked one after another already."))
    if not begin(change, width=width, minutes=minutes):
        raise ValidationFailed.on("mode", _("There is nobody who could be asked now."))


def begin(change: Change, *, width: int, minutes: int | None = None, first: Collection[int] = ()) -> bool:
    """Begins a waterfall and asks the first; returns whether there was anybody to ask. Nothing is kept otherwise.

    The volunteers `first` (ids) come before the best, as far as they may be asked.
    """
    request = change.case
    found = matching.fresh(request, width)
    if not found:
        return False
    waterfall = Waterfall(
        request=request,
        round=request.round,
        width=width,
        minutes=minutes,
        opened_at=change.at,
        opened_by_id=change.actor.pk,
    )
    change.add(waterfall)
    change.record(width=width)
    _ask(change, waterfall, found, width, first)
    return True


def go_on(change: Change) -> None:
    """After any step in which an offer ended: asks as many as there is room for, or ends the waterfall when the last
    of its offers is gone and nobody is left. Then the dispatchers are told, once."""
    ended = any(
        "offer" in line and line["from"] == OfferState.OPEN for line in change.recorded.get("parts", ())
    )
    waterfall = parts.open_waterfall(change.case) if ended else None
    if waterfall is None:
        return
    asked = offers_of(waterfall).filter(state=OfferState.OPEN).count()
    room = waterfall.width - asked
    found = _next(change, waterfall, room) if room > 0 else []
    if found:
        people = _ask(change, waterfall, found, room)
        change.record(asked_next=[each.pk for each in people])
    elif not asked:
        parts.close_waterfall(change, WaterfallEnd.NOBODY)
        change.record(asked_all=True)
        tell_over(change)
        if not asking.is_anybody_asked(change.case):
            asking.forget_passed_start(change)


def tell_over(change: Change) -> None:
    """Tells the dispatchers that nobody is left to ask."""
    free = change.case.needed - parts.active(change.case).count()
    messages.to_dispatchers(change, "desk.waterfall_over", free=str(free))


def offers_of(waterfall: Waterfall) -> QuerySet[Offer]:
    """Returns every offer of the waterfall, through the index of its request's parts."""
    found = Offer.objects.filter(request=waterfall.request_id, round=waterfall.round, waterfall=waterfall)
    return found.order_by("pk")


def _next(change: Change, waterfall: Waterfall, count: int) -> list[Candidate]:
    """Returns those among whom the next `count` are chosen; none when it is too late, or stopped."""
    request: ServiceRequest = change.case
    if asking.latest(request) <= change.at:
        return []
    if auto_dispatch.is_held(waterfall, request):
        return []
    return matching.fresh(request, count)


def _ask(
    change: Change, waterfall: Waterfall, found: list[Candidate], count: int, first: Collection[int] = ()
) -> list[Volunteer]:
    people = sorted((each.volunteer for each in found), key=lambda each: each.pk not in first)[:count]
    asking.ask(change, people, found, waterfall=waterfall)
    return people
