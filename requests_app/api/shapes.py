"""What the API shows of a request, by how much the caller may see (access.Sight). Written by hand: a list of
200 rows costs one pass over dictionaries.

Phones are whole only for whom the request belongs to and for who serves it (whose reading is logged); staff
see them masked, and in triage at the city no name either. A volunteer who has not accepted sees `summary`:
nothing that leads to a door.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from civic.areas import queries as areas
from civic.evidence.models import Photo
from civic.lib.phone import mask
from requests_app import reference
from requests_app.access import Sight
from requests_app.matching import Candidate, Verdict
from requests_app.matching.rule import CLOSED
from requests_app.matching.scores import OWN_PARTS
from requests_app.models import Category, Referral, ServiceRequest, TeamOffer, Waterfall
from requests_app.queries.parts_shown import PART, Happened
from requests_app.queries.volunteer import from_centre
from volunteers.models import Volunteer

# Columns of a list's row. `opening` is the beginning of the text, which stands in for a missing title.
LISTED = (
    "id", "code", "state", "version", "category_id", "urgency", "source", "title", "headcount", "needed",
    "round", "area_id", "needs_triage", "preferred_start", "preferred_end", "agreed_start", "start_proposed",
    "expected_minutes", "placed_at", "received_at", "dispatch_due_at", "due_at", "act_by", "closed_at",
    "outcome", "call_back_wanted",
)  # fmt: skip


def listed(row: Mapping[str, Any], opening: str) -> dict[str, Any]:
    """Returns one row of a list, from a mapping of LISTED."""
    category = category_of(row["category_id"])
    return {
        "id": row["id"],
        "code": row["code"],
        "state": row["state"],
        "version": row["version"],
        "category": category.code,
        "urgency": row["urgency"],
        "source": row["source"],
        "title": row["title"],
        "headline": row["title"] or opening or str(category),
        "headcount": row["headcount"],
        "needed": row["needed"],
        "round": row["round"],
        "area": area_of(row["area_id"]),
        "needs_triage": row["needs_triage"],
        "preferred_start": row["preferred_start"],
        "preferred_end": row["preferred_end"],
        "agreed_start": row["agreed_start"],
        "start_proposed": row["start_proposed"],
        "expected_minutes": row["expected_minutes"],
        "created_at": row["placed_at"],
        "received_at": row["received_at"],
        "dispatch_due_at": row["dispatch_due_at"],
        "due_at": row["due_at"],
        "act_by": row["act_by"],
        "closed_at": row["closed_at"],
        "outcome": row["outcome"],
        "call_back_wanted": row["call_back_wanted"],
    }


def whole(
    request: ServiceRequest,
    seen: Sight,
    *,
    photos: Iterable[Photo] = (),
    helpers: Iterable[Mapping[str, Any]] = (),
    named: frozenset[int] = frozenset(),
) -> dict[str, Any]:
    """Returns a request as its people (OWN) and, without offers and pool, staff (STAFF) see it.

    `helpers` are rows of parts_shown.helpers; `named` the ids of users who agreed to be named to residents.
    """
    own = seen == Sight.OWN
    nameless = not own and request.needs_triage and request.district_id is None
    shown = listed(request.__dict__, "")
    shown["headline"] = request.headline
    shown |= {
        "description": request.text,
        "public_summary": request.public_summary,
        "skills": [skill.code for skill in reference.named_skills(reference.skills_of(request))],
        "terms": request.terms,
        "voice": request.voice_id,
        "photos": [photo(each) for each in photos],
        "location": location_of(request),
        "address": "" if nameless else request.address,
        "door_note": "" if nameless else request.door_note,
        "contact": _person("" if nameless else request.contact_name, request.contact_phone, own=own),
        "beneficiary": _person(
            "" if nameless else request.beneficiary_name, request.beneficiary_phone, own=own
        ),
        "speaks": request.speaks,
        "on_behalf_reason": request.on_behalf_reason,
        "placed_by_proxy": request.proxy_id is not None,
        "original_due_at": request.original_due_at,
        "paused_until": request.paused_until,
        "assignments": [part(each, name=each["volunteer__user_id"] in named) for each in helpers],
    }
    if own:
        shown["check_in_code"] = request.check_in_code
    return shown


def for_staff(
    request: ServiceRequest,
    *,
    photos: Iterable[Photo],
    asked: Iterable[Mapping[str, Any]],
    teams: Iterable[TeamOffer],
    pool: Mapping[str, Any] | None,
    waterfall: Waterfall | None,
) -> dict[str, Any]:
    """Returns a request as staff see it; `asked` are rows of parts_shown.asked, `pool` is what its pool() says."""
    rows = list(asked)
    shown = whole(request, Sight.STAFF, photos=photos)
    shown["assignments"] = [part(each, "assignment__") for each in rows if each["assignment__id"]]
    shown["offers"] = [
        offer(each) | {"volunteer": person(each)} for each in rows if each["round"] == request.round
    ]
    shown["team_offers"] = [team_offer(each) for each in teams]
    shown["pool"] = pool
    shown["waterfall"] = waterfall and {
        "width": waterfall.width,
        "answer_minutes": waterfall.minutes,
        "automatic": waterfall.is_automatic,
        "opened_at": waterfall.opened_at,
    }
    return shown


def for_unit(
    request: ServiceRequest, referrals: Sequence[Referral], photos: Iterable[Photo]
) -> dict[str, Any]:
    """Returns a referred request as its unit sees it: what it needs to answer, phones masked."""
    shown = whole(request, Sight.UNIT, photos=photos)
    return shown | {"referrals": [referral(each) for each in referrals]}


def in_other_hands(request: ServiceRequest, referrals: Sequence[Referral]) -> dict[str, Any]:
    """Returns, for staff, which units have or had the request in this round, and what it is joined to."""
    return {"referrals": [referral(each) for each in referrals], "merged_into": request.merged_into_id}


def referral(line: Referral) -> dict[str, Any]:
    """Returns one referral; `assisting` are ids of units."""
    return {
        "id": line.pk,
        "state": line.state,
        "unit": {"id": line.unit_id, "name": str(line.unit)},
        "assisting": line.assisting,
        "answer_class": line.answer_class.code,
        "result": line.result,
        "referred_at": line.referred_at,
        "due_at": line.due_at,
        "ended_at": line.ended_at,
    }


def moved_on(request: ServiceRequest) -> dict[str, Any]:
    """Returns what remains to be said to a unit about a request that it answered or returned."""
    return {
        "id": request.pk,
        "code": request.code,
        "state": request.state,
        "version": request.version,
    }


def task(
    request: ServiceRequest, volunteer: Volunteer, own_part: Mapping[str, Any], photos: Iterable[Photo]
) -> dict[str, Any]:
    """Returns a request as whoever serves it sees it, until it is closed; the caller logs the reading."""
    return summary(request, volunteer) | {
        "headline": request.headline,
        "title": request.title,
        "description": request.text,
        "voice": request.voice_id,
        "photos": [photo(each) for each in photos],
        "location": location_of(request),
        "address": request.address,
        "door_note": request.door_note,
        "contact": _person(request.contact_name, request.contact_phone, own=True),
        "beneficiary": _person(request.beneficiary_name, request.beneficiary_phone, own=True),
        "assignment": part(own_part),
    }


def summary(request: ServiceRequest, volunteer: Volunteer) -> dict[str, Any]:
    """Returns what a volunteer reads before accepting; the distance is from the centre of the grid."""
    grid = area_of(request.grid_id or request.area_id)
    return {
        "id": request.pk,
        "state": request.state,
        "version": request.version,
        "category": category_of(request.category_id).code,
        "urgency": request.urgency,
        "public_summary": request.public_summary,
        "headcount": request.headcount,
        "grid": grid,
        "distance_m": from_centre(request, volunteer),
        "preferred_start": request.preferred_start,
        "preferred_end": request.preferred_end,
        "agreed_start": request.agreed_start,
        "start_proposed": request.start_proposed,
        "expected_minutes": request.expected_minutes,
        "terms": request.terms,
        "due_at": request.due_at,
    }


def offer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an offer by itself, from a row with the columns parts_shown.OFFER."""
    return {name: row[name] for name in ("id", "state", "terms", "made_at", "expires_at")}


def team_offer(made: TeamOffer) -> dict[str, Any]:
    """Returns an offer to a team by itself."""
    return {
        "id": made.pk,
        "state": made.state,
        "terms": made.terms,
        "made_at": made.made_at,
        "expires_at": made.expires_at,
        "team": {"id": made.team_id, "name": made.team.name},
    }


def part(row: Mapping[str, Any], prefix: str = "", *, name: bool = True) -> dict[str, Any]:
    """Returns somebody's part in a request, from a row with the columns PART (prefixed) and PERSON."""
    return {each: row[prefix + each] for each in PART} | {"volunteer": person(row, name=name)}


def person(row: Mapping[str, Any], *, name: bool = True) -> dict[str, Any]:
    """Returns a volunteer by id and public number, with the name where it may be told; from PERSON."""
    return {
        "id": row["volunteer_id"],
        "number": row["volunteer__number"],
        "name": row["volunteer__user__name"] if name else "",
    }


def event(happened: Happened) -> dict[str, Any]:
    """Returns one line of a history; the text of an erased one is null."""
    line = happened.event
    return {
        "seq": line.seq,
        "round": line.round,
        "at": line.at,
        "verb": line.verb,
        "from_state": line.from_state,
        "to_state": line.to_state,
        "actor_role": line.actor_role,
        "actor": happened.actor,
        "reason_code": line.reason_code,
        "facts": happened.facts,
        "texts": happened.texts,
    }


def candidate(found: Candidate) -> dict[str, Any]:
    """Returns somebody who can be asked, with what speaks for them."""
    return {
        "volunteer": {
            "id": found.volunteer.pk,
            "number": found.volunteer.number,
            "name": found.volunteer.user.name,
        },
        "score": found.score,
        "parts": found.parts,
        "distance_m": found.distance_m,
        "reasons": [str(each) for each in found.reasons],
    }


def verdict(found: Verdict, *, own: bool) -> dict[str, Any]:
    """Returns why somebody would be asked or why not. Themselves (`own`) are not told what a resident thinks of them:
    neither the part "continuity" nor the score it could be reckoned from."""
    rated = found.candidate
    parts = (
        {name: each for name, each in rated.parts.items() if not own or name in OWN_PARTS} if rated else None
    )
    return {
        "volunteer": {
            "id": found.volunteer.pk,
            "number": found.volunteer.number,
            "name": found.volunteer.user.name,
        },
        "eligible": found.eligible,
        "barred_by": [
            {"code": CLOSED if own and rule.private else rule.code, "words": str(rule.told(own=own))}
            for rule in found.barred_by
        ],
        "rank": found.rank,
        "of": found.of,
        "score": rated.score if rated and not own else None,
        "parts": parts,
        "shares": dict(rated.shares) if rated and not own else None,
        "distance_m": rated.distance_m if rated else None,
        "reasons": [str(each) for each in rated.reasons_told(own=own)] if rated else [],
        "pool": found.of_pool and {"told": found.of_pool.told, "why_not": found.of_pool.why_not},
    }


def category(kind: Category) -> dict[str, Any]:
    """Returns a kind of help as it can be asked for."""
    return {
        "code": kind.code,
        "name": str(kind),
        "hint": kind.local_hint,
        "summary": kind.local_summary,
        "parent": kind.parent.code if kind.parent is not None else None,
        "urgency": kind.urgency,
        "sensitive": kind.sensitive,
        "needs_insurance": kind.needs_insurance,
        "needs_vetting": kind.needs_vetting,
        "expected_minutes": kind.minutes,
        "icon": kind.icon,
    }


def category_of(category_id: int) -> Category:
    """Returns the category; one made in another process a moment ago is looked up again."""
    found = reference.snapshot().by_id.get(category_id)
    if found is None:
        reference.forget()
        found = reference.snapshot().by_id[category_id]
    return found


def area_of(area_id: int) -> dict[str, Any]:
    """Returns an area as other objects refer to it."""
    found = areas.fresh_if_unknown(area_id).by_id[area_id]
    return {"id": found.pk, "code": found.code, "name": found.label, "level": found.level}


def location_of(request: ServiceRequest) -> dict[str, float] | None:
    """Returns {lat, lon}, or None for a request without a point."""
    if request.lat is None or request.lon is None:
        return None
    return {"lat": request.lat, "lon": request.lon}


def _person(name: str, phone: str, *, own: bool) -> dict[str, str]:
    return {"name": name, "phone": phone if own else mask(phone)}


def photo(each: Photo) -> dict[str, Any]:
    """Returns where a photo is fetched."""
    return {"id": each.pk, "url": each.get_absolute_url(), "thumb_url": each.thumb_url}
