"""Why these people: what the candidates of a dispatch looked like, kept beside its line of the history."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from civic.cases.change import Change
from requests_app.enums import PassedOver
from requests_app.matching import Candidate, scores
from requests_app.matching.candidates import SHOWN
from requests_app.models import Considered, Pool
from volunteers.models import Volunteer


def note(
    change: Change,
    asked: Sequence[Volunteer],
    compared: Sequence[Candidate],
    *,
    pool: Pool | None = None,
    passed_over: Mapping[int, PassedOver] = MappingProxyType({}),
) -> dict[int, tuple[int, Candidate]]:
    """Keeps rank, parts and reasons of whoever is asked (of a `pool`: told) and of the best beside them; returns
    (rank, candidate) of everybody compared, by the volunteer's id. `compared` are those the choice was made among,
    the best first; `passed_over` says of some by id why they were not told although their rank would have done."""
    ranked = list(enumerate(compared, start=1))
    chosen = {person.pk for person in asked}
    Considered.objects.bulk_create(
        Considered(
            request=change.case,
            round=change.case.round,
            seq=change.seq,
            volunteer=found.volunteer,
            pool=pool,
            asked=found.volunteer.pk in chosen,
            passed_over=passed_over.get(found.volunteer.pk, ""),
            rank=rank,
            of=len(ranked),
            score=found.score,
            parts=found.parts,
            shares=dict(found.shares),
            reasons=found.reason_codes,
            at=change.at,
        )
        for rank, found in ranked
        if rank <= SHOWN or found.volunteer.pk in chosen or found.volunteer.pk in passed_over
    )
    return {found.volunteer.pk: (rank, found) for rank, found in ranked}


def told_to_themselves(found: Candidate) -> dict[str, Any]:
    """Returns what of a score stands in the offer, which its volunteer reads: nothing that residents said."""
    return {
        "parts": {name: value for name, value in found.parts.items() if name in scores.OWN_PARTS},
        "codes": [code for code in found.reason_codes if code not in scores.NOT_OWN],
    }
