"""How many an open pool tells, and how often anybody is told: what an area says of it."""

from typing import Any

import pghistory
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area

MOST_TOLD, MOST_A_WEEK = 200, 50


def _count(name: Any, default: int, most: int) -> Any:
    return models.PositiveSmallIntegerField(name, default=default, validators=[MaxValueValidator(most)])


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class PoolNotices(models.Model):
    """Whom a pool tells, for requests in `area` and below; without an area, wherever no other row fits.

    The best `per_place` candidates for each free place are told, `most` together; 0 tells nobody. `per_week` is how
    many such notices somebody who lives in the area gets in 7 days. Where there is no row the defaults hold.
    """

    area = models.ForeignKey(
        Area, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    per_place = _count(_("told for each free place"), 10, MOST_TOLD)
    most = _count(_("told at most"), 30, MOST_TOLD)
    per_week = _count(_("notices for one person in 7 days"), 5, MOST_A_WEEK)

    class Meta:
        verbose_name = _("notices of open pools")
        verbose_name_plural = _("notices of open pools")
        constraints = [
            # Fact: an area says it once, and so does everywhere else.
            models.UniqueConstraint(
                fields=["area"],
                nulls_distinct=False,
                name="pool_notices_once",
                violation_error_message=_("This area has its own numbers already."),
            ),
            # Fact: a pool compares no more people than it can rank in one look.
            models.CheckConstraint(
                condition=Q(per_place__lte=MOST_TOLD, most__lte=MOST_TOLD, per_week__lte=MOST_A_WEEK),
                name="pool_notices_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.area or '*'}"

    def told(self, places: int) -> int:
        """Returns how many a pool with so many free `places` tells."""
        return min(self.per_place * places, self.most)
