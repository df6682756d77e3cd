"""What matching keeps: how much each part of a score weighs in an area."""

from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.areas.models import Area

HEAVIEST = 100.0
WEIGHED = ("distance", "skill", "continuity", "acceptance", "reliability", "fairness")
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
