"""Putting a request to a team, and its leader's answer: people who are named, or "not this time".

Who is named is told at once and may say no in the time of an offer without any blame
(docs/decisions/named-people-may-say-no.md).
"""

from copy import copy
from datetime import datetime

from django.utils.translation import gettext as _

from civic.cases.change import Change
from civic.lib.errors import AlreadyTaken, IllegalTransition, ValidationFailed, VersionConflict
from requests_app import matching, messages
from requests_app.access import led_teams, volunteer_of
from requests_app.effects import asking, considering, offering, parts
from requests_app.enums import OfferState, OfferVia
from requests_app.matching import Candidate
from requests_app.models import Assignment, Offer, TeamOffer
from volunteers.models import Team, Volunteer


def accept(change: Change) -> None:
    """The leader names one to as many people as are still needed; each has a slot and is told at once."""
    request = change.case
    taken = _open_one(change)
    if taken.terms != request.terms or change.fact("terms", request.terms) != request.terms:
        raise VersionConflict(_("Time or place has changed. Please read it again before you accept."))
    if taken.expires_at <= change.at:
        raise IllegalTransition(_("The time to answer has run out."))
    ids = list(dict.fromkeys(change.fact("members") or []))
    free = request.needed - parts.active(request).count()
    if free <= 0:
        raise AlreadyTaken(_("Somebody else was first. Thank you all the same."))
    if len(ids) > free:
        raise ValidationFailed.on(
            "members", _("Only %(free)s more can come: name fewer people.") % {"free": free}
        )
    start, minutes = offering.terms_of_acceptance(change)
    people, compared = _able(change, taken.team, ids, start)
    ranked = considering.note(change, people, compared)
    change.move(taken, OfferState.ACCEPTED, answered_at=change.at, answered_by_id=change.actor.pk)
    change.void_timers("expire_team_offer", part_id=taken.pk)
    for volunteer in people:
        rank, found = ranked[volunteer.pk]
        named = Offer(
            request=request,
            round=request.round,
            volunteer=volunteer,
            state=OfferState.ACCEPTED,
            via=OfferVia.TEAM,
            team_offer=taken,
            terms=request.terms,
            made_at=change.at,
            made_by_id=change.actor.pk,
            answered_at=change.at,
            score=found.score,
            reasons={"rank": rank, "of": len(ranked), **considering.told_to_themselves(found)},
        )
        change.add(named)
        offering.take_slot(change, named, start, minutes)
        if volunteer.user_id != change.actor.pk:
            messages.to_volunteer(change, "team.named", volunteer, start=start, team=taken.team.name)
    parts.stop_when_full(change)
    offering.tell_of_acceptance(change, start)


def decline(change: Change) -> None:
    """The team cannot; a reason is welcome, never asked for."""
    mine = _open_one(change)
    reason = str(change.fact("reason_code") or "")
    change.reason_code = reason
    change.move(
        mine,
        OfferState.DECLINED,
        answered_at=change.at,
        answered_by_id=change.actor.pk,
        reason_code=reason,
    )
    change.void_timers("expire_team_offer", part_id=mine.pk)
    messages.to_dispatchers(change, "desk.team_declined", team=mine.team.name)


def expire(change: Change) -> None:
    """The team did not answer in time: its leaders are told, the dispatchers when nobody is left to answer."""
    gone = TeamOffer.objects.select_related("team").get(pk=change.facts["timer"].part_id)
    if gone.state != OfferState.OPEN:
        raise IllegalTransition(_("This offer is no longer open."))
    change.move(gone, OfferState.EXPIRED, answered_at=change.at)
    messages.to_leaders(change, "team.offer_expired", gone.team)
    asking.tell_when_nobody(change)


def may_still_say_no(change: Change, line: Assignment) -> bool:
    """Whether `line` is of somebody whom another one named, within the time that an offer would have run."""
    made = line.offer
    if made.via != OfferVia.TEAM or made.made_by_id == line.volunteer.user_id:
        return False
    return change.at <= asking.no_blame_until(line)


def _open_one(change: Change) -> TeamOffer:
    """Returns the open offer to a team that the actor leads: the one named, or the only one."""
    volunteer = volunteer_of(change.actor)
    assert volunteer is not None
    found = parts.open_team_offers(change.case).filter(team__in=led_teams(volunteer))
    if change.fact("team_offer"):
        found = found.filter(pk=change.fact("team_offer"))
    lines = list(found.select_related("team")[:2])
    if not lines:
        if parts.active(change.case).count() >= change.case.needed:
            raise AlreadyTaken(_("Somebody else was first. Thank you all the same."))
        raise IllegalTransition(_("This offer is no longer open."))
    if len(lines) > 1:
        raise ValidationFailed.on("team_offer", _("More than one of your teams is asked: say which."))
    return lines[0]


def _able(
    change: Change, team: Team, ids: list[int], start: datetime
) -> tuple[list[Volunteer], list[Candidate]]:
    """Returns the named people, and everybody compared for a service that begins at `start`, the best first.

    Raises ValidationFailed for who is not of the team or may not be asked for this.

    The same rules as for whoever is asked by name. Which rule it is, is not told: it can be the resident's wish.
    """
    if not ids:
        raise ValidationFailed.on("members", _("Name at least one person."))
    members = Volunteer.objects.filter(pk__in=ids, memberships__team=team, memberships__state="member")
    known = {found.pk: found for found in members.select_related("user")}
    if len(known) != len(ids):
        raise ValidationFailed.on("members", _("Name people of the team."))
    as_agreed = copy(change.case)
    as_agreed.agreed_start = start  # where the leader proposes it, the request has none yet
    compared = matching.compare(as_agreed, ids)
    able = {found.volunteer.pk for found in compared}
    barred = [pk for pk in ids if pk not in able or offering.bar_to_serving(change.case, known[pk], start)]
    if barred:
        names = ", ".join(known[pk].user.name for pk in barred)
        raise ValidationFailed.on("members", _("Cannot be named for this: %(names)s.") % {"names": names})
    return [known[pk] for pk in ids], compared
