"""Why these people: what the candidates of a dispatch looked like, kept beside its line of the history."""

from collections.abc import Sequence
from typing import Any

from civic.cases.change import Change
from requests_app.matching import Candidate, scores
from requests_app.matching.candidates import SHOWN
from requests_app.models import Considered
from volunteers.models import Volunteer


def note(
    change: Change, asked: Sequence[Volunteer], compared: Sequence[Candidate]
) -> dict[int, tuple[int, Candidate]]:
    """Keeps rank, parts and reasons of whoever is asked and of the best beside them; returns (rank, candidate) of
    everybody compared, by the volunteer's id. `compared` are those the choice was made among, the best first."""
    ranked = list(enumerate(compared, start=1))
    chosen = {person.pk for person in asked}
    Considered.objects.bulk_create(
        Considered(
            request=change.case,
            round=change.case.round,
            seq=change.seq,
            volunteer=found.volunteer,
            asked=found.volunteer.pk in chosen,
            rank=rank,
            of=len(ranked),
            score=found.score,
            parts=found.parts,
            shares=dict(found.shares),
            reasons=found.reason_codes,
            at=change.at,
        )
        for rank, found in ranked
        if rank <= SHOWN or found.volunteer.pk in chosen
    )
    return {found.volunteer.pk: (rank, found) for rank, found in ranked}


def told_to_themselves(found: Candidate) -> dict[str, Any]:
    """Returns what of a score stands in the offer, which its volunteer reads: nothing that residents said."""
    return {
        "parts": {name: value for name, value in found.parts.items() if name in scores.OWN_PARTS},
        "codes": [code for code in found.reason_codes if code not in scores.NOT_OWN],
    }
