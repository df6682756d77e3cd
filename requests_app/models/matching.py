"""What matching keeps: how much each part of a score weighs in an area, and why somebody was asked."""

from typing import Any

import pghistory
import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.areas.models import Area
from civic.lib.append_only import NO_TRUNCATE
from requests_app.enums import PassedOver
from requests_app.models.parts import Pool
from requests_app.models.request import ServiceRequest
from volunteers.models import Volunteer

HEAVIEST = 100.0
WEIGHED = ("distance", "skill", "continuity", "acceptance", "reliability", "fairness", "language")
_none_below_zero = Q(*((f"{name}__gte", 0) for name in WEIGHED))
_one_above_zero = Q(*((f"{name}__gt", 0) for name in WEIGHED), _connector=Q.OR)


def _weight(name: Any, default: float) -> Any:
    in_bounds = [MinValueValidator(0.0), MaxValueValidator(HEAVIEST)]
    return models.FloatField(name, default=default, validators=in_bounds)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class MatchingWeights(models.Model):
    """How much each part of a score weighs in `area` and below; without an area, wherever no other row fits.

    Only their proportions count. Where there is no row at all, the defaults of the columns hold.
    """

    area = models.ForeignKey(
        Area, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    distance = _weight(pgettext_lazy("score", "Distance"), 30.0)
    skill = _weight(pgettext_lazy("score", "Skill"), 20.0)
    continuity = _weight(pgettext_lazy("score", "Knows each other"), 15.0)
    acceptance = _weight(pgettext_lazy("score", "Likely to accept"), 10.0)
    reliability = _weight(pgettext_lazy("score", "Reliable"), 10.0)
    fairness = _weight(pgettext_lazy("score", "Balance"), 15.0)
    language = _weight(pgettext_lazy("score", "Language"), 10.0)

    class Meta:
        verbose_name = _("weights of matching")
        verbose_name_plural = _("weights of matching")
        constraints = [
            # Fact: an area has one set of weights, and so has everywhere else.
            models.UniqueConstraint(
                fields=["area"],
                nulls_distinct=False,
                name="matching_weights_once",
                violation_error_message=_("There are weights for this area already."),
            ),
            # Fact: a score is a share of something.
            models.CheckConstraint(
                condition=_none_below_zero & _one_above_zero,
                name="matching_weights_weigh",
                violation_error_message=_("No weight is negative, and one at least is above 0."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.area or '*'}"

    def by_part(self) -> dict[str, float]:
        """Returns the weights by the names of the parts."""
        return {name: getattr(self, name) for name in WEIGHED}

    def clean(self) -> None:
        """Raises ValidationError when nothing weighs anything."""
        if not any(value for value in self.by_part().values()):
            raise ValidationError(_("No weight is negative, and one at least is above 0."))


DEFAULT_WEIGHTS = MatchingWeights().by_part()
TOLD = Q(pool__isnull=False, asked=True)  # of whoever was told of a pool


class Considered(models.Model):
    """Somebody who stood among the candidates when a request was dispatched, asked or not: rank and reasons then.

    Written with the history event `seq`, never changed; removed with the people of the request, once it is over. The
    distance is one of the parts, coarse and from a blurred point. `rank` is among the `of` who were compared.

    With a `pool`, `asked` says that they were told of it; `passed_over` says why somebody whose rank would have done
    was not. Its rows are also what the notices of a week are counted by.
    """

    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        related_name="considered",
        db_index=False,
        verbose_name=_("service request"),
    )
    round = models.PositiveSmallIntegerField(_("round"))
    seq = models.PositiveIntegerField(_("number of the line"))
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="considered", db_index=False, verbose_name=_("volunteer")
    )
    pool = models.ForeignKey(
        Pool, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("open pool")
    )
    asked = models.BooleanField(_("asked"))
    passed_over = models.CharField(
        _("why they were not told"), max_length=8, choices=PassedOver.choices, blank=True, default=""
    )
    rank = models.PositiveSmallIntegerField(_("rank"))
    of = models.PositiveSmallIntegerField(_("candidates compared"))
    score = models.FloatField(_("score"))
    parts = models.JSONField(_("parts of the score"))
    shares = models.JSONField(_("shares of the parts"))
    reasons = models.JSONField(_("reasons"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("considered candidate")
        verbose_name_plural = _("considered candidates")
        constraints = [
            # Fact: a dispatch ranks nobody twice, whether it asks or tells; serves "why this person" of a request.
            models.UniqueConstraint(
                fields=["request", "seq", "volunteer", "pool"], nulls_distinct=False, name="considered_once"
            ),
            # Fact: nobody is told twice of one round of a request, however often its pool opens.
            models.UniqueConstraint(
                fields=["request", "round", "volunteer"], condition=TOLD, name="told_once"
            ),
        ]
        indexes = [
            # Serves the copy of one's own data.
            models.Index(fields=["volunteer", "-at"], name="considered_by_volunteer"),
            # Serves the notices that somebody has had within a week.
            models.Index(fields=["volunteer", "at"], condition=TOLD, name="considered_told"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update),
            NO_TRUNCATE,
            pgtrigger.Trigger(
                name="kept_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT FROM requests_app_servicerequest WHERE id = OLD.request_id AND closed_at IS NULL
                    ) THEN
                        RAISE EXCEPTION 'What led to a dispatch is kept while the request is open.';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
