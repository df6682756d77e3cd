"""Putting a request to people: offers, the pool, and both anew when time or place change."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import AlreadyTaken, ValidationFailed
from requests_app import matching, messages, timing
from requests_app.access import leaders_of
from requests_app.effects import considering, parts, pooling
from requests_app.matching import Candidate
from requests_app.models import Assignment, Offer, Pool, ServiceRequest, TeamOffer, Waterfall
from requests_app.wordings_of_asking import start_of
from volunteers.enums import TeamState
from volunteers.models import Team, Volunteer

MAX_OFFERS = 50


def latest(request: ServiceRequest) -> datetime:
    """Returns until when anybody can be asked: the start of the service, or when it has to be done."""
    return request.agreed_start or request.preferred_end or request.due_at


def ask_named(change: Change) -> None:
    """Makes an offer to each of the volunteers whom the facts name. Raises AlreadyTaken or ValidationFailed for who
    cannot be asked."""
    ids = list(dict.fromkeys(change.fact("volunteers") or []))
    if not 1 <= len(ids) <= MAX_OFFERS:
        raise ValidationFailed.on("volunteers", _("Choose 1 to 50 volunteers, or open the pool."))
    waiting = parts.open_offers(change.case).filter(volunteer_id__in=ids).select_related("volunteer__user")
    if already := ", ".join(line.volunteer.user.name for line in waiting):
        raise AlreadyTaken(_("Already asked: %(names)s.") % {"names": already})
    compared = matching.compare(change.case, ids)
    able = {found.volunteer.pk: found.volunteer for found in compared}
    missing = [pk for pk in ids if pk not in able]
    if missing:
        # By name only where dispatchers know them: numbers must not tell who volunteers in another district.
        near = Volunteer.objects.filter(pk__in=missing, district_id=change.case.district_id)
        known = dict(near.values_list("pk", "user__name"))
        names = ", ".join(known.get(pk) or str(pk) for pk in missing)
        raise ValidationFailed.on(
            "volunteers",
            _("Cannot be asked (“Why not?” beside the candidates says why): %(names)s.") % {"names": names},
        )
    ask(change, [able[pk] for pk in ids], compared)


def ask(
    change: Change,
    people: list[Volunteer],
    compared: list[Candidate],
    *,
    waterfall: Waterfall | None = None,
) -> None:
    """Makes an offer to each of `people`, who were chosen among those `compared` (the best first), and keeps why it
    was them (considering.note)."""
    ranked = considering.note(change, people, compared)
    for volunteer in people:
        rank, found = ranked[volunteer.pk]
        why = {"rank": rank, "of": len(ranked), **considering.told_to_themselves(found)}
        _make_offer(change, volunteer, waterfall, score=found.score, reasons=why)


def _make_offer(change: Change, volunteer: Volunteer, waterfall: Waterfall | None, **why: Any) -> Offer:
    request = change.case
    minutes = waterfall.minutes if waterfall is not None else None
    expires = timing.offer_expires_at(change.at, request.urgency, latest(request), minutes)
    made = Offer(
        request=request,
        round=request.round,
        volunteer=volunteer,
        terms=request.terms,
        expires_at=expires,
        made_at=change.at,
        made_by_id=waterfall.opened_by_id if waterfall is not None else change.actor.pk,
        waterfall=waterfall,
        **why,
    )
    change.add(made)
    change.set_timer("expire_offer", expires, part_id=made.pk)
    messages.to_volunteer(change, "offer.made", volunteer, start=start_of(request), expires=expires)
    return made


def ask_named_team(change: Change) -> None:
    """Puts the request to the team that the facts name. Raises ValidationFailed, AlreadyTaken."""
    request = change.case
    if change.fact("volunteers") or change.fact("pool"):
        raise ValidationFailed.on("team", _("A team is asked by itself: name nobody, open no pool."))
    team = Team.objects.filter(pk=change.fact("team")).first()
    if team is None or not can_be_asked(request, team):
        raise ValidationFailed.on("team", _("Choose a team of this district."))
    if parts.open_team_offers(request).filter(team=team).exists():
        raise AlreadyTaken(_("Already asked: %(names)s.") % {"names": team.name})
    if not leaders_of(team):
        raise ValidationFailed.on("team", _("This team has no leader who could answer."))
    ask_team(change, team)


def can_be_asked(request: ServiceRequest, team: Team) -> bool:
    """Whether the team goes on and belongs to the district of the request."""
    return team.state == TeamState.ACTIVE and team.district_id == request.district_id


def ask_team(change: Change, team: Team) -> None:
    """Makes an offer to a team and tells its leaders."""
    request = change.case
    expires = timing.offer_expires_at(change.at, request.urgency, latest(request))
    made = TeamOffer(
        request=request,
        round=request.round,
        team=team,
        terms=request.terms,
        expires_at=expires,
        made_at=change.at,
        made_by_id=change.actor.pk,
    )
    change.add(made, team=team.pk)
    change.set_timer("expire_team_offer", expires, part_id=made.pk)
    start = start_of(request)
    messages.to_leaders(change, "team.offer_made", team, start=start, expires=expires)


def no_blame_until(line: Assignment) -> datetime:
    """Returns until when somebody whom a leader named may say no without it counting: as long as an offer runs."""
    return timing.offer_expires_at(line.accepted_at, line.request.urgency, line.agreed_start)


def open_pool(change: Change, closes_at: datetime) -> None:
    """Opens the request to every eligible volunteer of its district until then, and tells the best of them."""
    request = change.case
    if parts.open_pool(request) is not None:
        raise AlreadyTaken(_("The pool is open already."))
    pool = Pool(
        request=request,
        round=request.round,
        district_id=request.district_id,
        opened_at=change.at,
        closes_at=closes_at,
        opened_by_id=change.actor.pk,
    )
    change.add(pool)
    change.set_timer("close_pool", closes_at, part_id=pool.pk)
    pooling.tell_the_best(change, pool)


def reissue_offers(change: Change) -> None:
    """Replaces open offers, also those to teams, and the pool by new ones on the present terms; old ones answer
    version_conflict.

    Who may not be asked on those terms (another hour, further away, a team of another district) is told that the
    offer was withdrawn.
    """
    request = change.case
    stale = list(parts.open_offers(request).select_related("volunteer", "waterfall"))
    parts.withdraw_offers(change, tell=False)
    still = matching.able(request, [old.volunteer_id for old in stale]) if stale else set()
    for old in stale:
        if old.volunteer_id in still:
            _make_offer(change, old.volunteer, old.waterfall, score=old.score, reasons=old.reasons)
        else:
            messages.to_volunteer(change, "offer.withdrawn", old.volunteer)
    teams = [old.team for old in parts.open_team_offers(request).select_related("team")]
    parts.withdraw_team_offers(change, tell=False)
    for team in teams:
        if can_be_asked(request, team):
            ask_team(change, team)
        else:
            messages.to_leaders(change, "team.offer_withdrawn", team)
    if parts.open_pool(request) is not None:
        parts.close_pool(change)
        open_pool(change, latest(request))


def tell_when_nobody(change: Change) -> None:
    """Tells the dispatchers when nobody is left to answer. A waterfall that is going on asks the next, or tells them
    itself."""
    request = change.case
    if is_anybody_asked(request) or parts.open_waterfall(request) is not None:
        return
    if parts.open_pool(request) is None:
        messages.to_dispatchers(change, "desk.nobody")
    forget_passed_start(change)


def is_anything_open(request: ServiceRequest) -> bool:
    """Whether there is an offer, to a person or a team, or a pool that could be withdrawn."""
    return (
        parts.open_offers(request).exists()
        or parts.open_team_offers(request).exists()
        or parts.open_pool(request) is not None
    )


def is_anybody_asked(request: ServiceRequest) -> bool:
    """Whether somebody has accepted, or can still answer an offer, for a team too."""
    return (
        parts.open_offers(request).exists()
        or parts.active(request).exists()
        or parts.open_team_offers(request).exists()
    )


def forget_passed_start(change: Change) -> None:
    """A start that has passed while nobody accepted is none any more."""
    request = change.case
    if request.agreed_start is not None and request.agreed_start <= change.at:
        request.agreed_start, request.start_proposed = None, False
        request.terms += 1
