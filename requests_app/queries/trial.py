"""The dry run of other weights as its page shows it: what they would have changed, row by row and in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Avg, BooleanField, ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from civic.areas import queries as areas
from civic.areas.models import Area
from civic.lib import clock, spoken
from requests_app import reference
from requests_app.enums import OfferState, OfferVia
from requests_app.matching import dry_run
from requests_app.matching.dry_run import Answers, Figures, Line, Outcome
from requests_app.matching.scores import PARTS
from requests_app.models import Considered, Offer

MONTH = timedelta(days=365) / 12
NEW_FOR = timedelta(days=90)  # since they applied
MUCH_M, MUCH_MINUTES, MUCH = 10, 0.5, 0.0005  # less is no difference to speak of
REFUSED = (OfferState.DECLINED, OfferState.EXPIRED)


@dataclass(frozen=True)
class Row:
    """One line of the comparison, in words."""

    label: str
    now: str
    then: str
    sentence: str


@dataclass(frozen=True)
class Trial:
    """A dry run: what it looked at, and its lines; no lines where there was nothing to look at."""

    outcome: Outcome | None
    rows: list[Row]


def run(area: Area, months: int, weights: Mapping[str, float]) -> Trial:
    """Returns what `weights` in `area` would have changed in its dispatches of the last `months`; two statements.

    Only requests that are closed and whose people are not forgotten yet are looked at, and no confidential one.
    """
    since = clock.now() - months * MONTH
    lines = _lines(area, since)
    places = {line.area for line in lines}
    now = {place: reference.weights(place) for place in places}
    then = {place: now[place] if _has_own_below(place, area) else weights for place in places}
    outcome = dry_run.replay(lines, now, then, _answers(area, since))
    return Trial(outcome, [] if outcome is None else _rows(outcome))


def _has_own_below(place: int, area: Area) -> bool:
    """Whether weights of an area below `area` hold at `place`: those of `area` do not reach it."""
    below = areas.tree().lineage(place)[
        areas.tree().lineage(area.pk).index(areas.tree().by_id[area.pk]) + 1 :
    ]
    return any(each.pk in reference.snapshot().weights for each in below)


def _lines(area: Area, since: object) -> list[Line]:
    kept = Considered.objects.filter(
        pool=None,  # whoever was told of a pool was not asked
        **{f"request__{area.level}_id": area.pk},
        request__closed_at__gte=since,
        request__anonymised_at=None,
        request__confidential=False,
    ).annotate(
        newcomer=ExpressionWrapper(
            Q(volunteer__applied_at__gt=F("at") - NEW_FOR), output_field=BooleanField()
        ),
        **{f"part_{name}": _part(name) for name in PARTS},
    )
    columns = (
        *("request_id", "seq", "volunteer_id", "volunteer__number", "request__code", "request__area_id"),
        *("newcomer", *(f"part_{name}" for name in PARTS)),
    )
    return [Line._make((*row[:7], row[7:])) for row in kept.values_list(*columns).iterator(chunk_size=20_000)]


def _part(name: str) -> Coalesce:
    """A part of a kept score; one that there was not yet told nobody apart."""
    return Coalesce(Cast(KeyTextTransform(name, "parts"), FloatField()), Value(1.0))


def _answers(area: Area, since: object) -> Answers:
    """Returns how long answers to direct offers took in `area`, in minutes on average."""
    took = Coalesce("answered_at", "expires_at") - F("made_at")
    found = Offer.objects.filter(
        **{f"request__{area.level}_id": area.pk}, request__closed_at__gte=since, via=OfferVia.DIRECT
    ).aggregate(
        yes=Avg(took, filter=Q(state=OfferState.ACCEPTED)),
        no=Avg(took, filter=Q(state__in=REFUSED)),
    )
    minutes = {name: None if span is None else span / timedelta(minutes=1) for name, span in found.items()}
    return Answers(**minutes)


def _rows(outcome: Outcome) -> list[Row]:
    now, then = outcome.now, outcome.then
    return [
        _differ(outcome),
        _row(
            _("How far away the first choice lives (median)"),
            [_metres(now.distance_m), _metres(then.distance_m)],
            then.distance_m - now.distance_m,
            MUCH_M,
            lambda by: (_("%(by)s nearer") if by < 0 else _("%(by)s farther")) % {"by": _metres(abs(by))},
        ),
        _minutes(now, then),
        _row(
            _("Nobody of the first three says yes"),
            [_percent(now.unserved), _percent(then.unserved)],
            then.unserved - now.unserved,
            MUCH,
            lambda by: _fewer_or_more(
                by, _("%(n)s points fewer stay unserved"), _("%(n)s points more stay unserved")
            ),
        ),
        _row(
            _("Share of the busiest tenth"),
            [_percent(now.top_share), _percent(then.top_share)],
            then.top_share - now.top_share,
            MUCH,
            lambda by: _fewer_or_more(
                by, _("%(n)s points less go to the busiest"), _("%(n)s points more go to the busiest")
            ),
        ),
        _row(
            _("Unevenness (0 is even)"),
            [f"{now.gini:.3f}", f"{then.gini:.3f}"],
            then.gini - now.gini,
            MUCH,
            lambda by: _("spread more evenly") if by < 0 else _("spread less evenly"),
        ),
        _row(
            _("Share of newcomers"),
            [_percent(now.newcomers), _percent(then.newcomers)],
            then.newcomers - now.newcomers,
            MUCH,
            lambda by: _fewer_or_more(
                by, _("%(n)s points fewer go to newcomers"), _("%(n)s points more go to newcomers")
            ),
        ),
    ]


def _row(label: str, shown: list[str], by: float, much: float, words: Callable[[float], str]) -> Row:
    """Returns a line; `words` say what a difference `by` of at least `much` means."""
    return Row(label, shown[0], shown[1], words(by) if abs(by) >= much else _("no difference"))


def _differ(outcome: Outcome) -> Row:
    share = _percent(outcome.differ / outcome.dispatches)
    words = ngettext(
        "%(n)d dispatch would have had another first choice",
        "%(n)d dispatches would have had another first choice",
        outcome.differ,
    ) % {"n": outcome.differ}
    sentence = words if outcome.differ else _("no difference")
    return Row(_("Other first choices"), "–", f"{outcome.differ} ({share})", sentence)


def _minutes(now: Figures, then: Figures) -> Row:
    label = _("Expected time until somebody accepts")
    if now.minutes is None or then.minutes is None:
        return Row(label, "–", "–", _("too few answers to tell from"))
    return _row(
        label,
        [_span(now.minutes), _span(then.minutes)],
        then.minutes - now.minutes,
        MUCH_MINUTES,
        lambda by: (_("%(by)s sooner") if by < 0 else _("%(by)s later")) % {"by": _span(abs(by))},
    )


def _fewer_or_more(by: float, fewer: str, more: str) -> str:
    return (fewer if by < 0 else more) % {"n": f"{abs(by) * 100:.1f}"}


def _metres(metres: float) -> str:
    return spoken.distance(round(metres))


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%"


def _span(minutes: float) -> str:
    return spoken.minutes(round(minutes))
