"""Auto-dispatch as data: which requests are put to people without a dispatcher, and where that is stopped."""

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from requests_app.models.parts import MOST_AT_ONCE, USUALLY_AT_ONCE
from requests_app.models.reference import Category

MOST_PATIENCE = 90  # percent: a pair that is found at the last moment leaves no time for a refusal


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class AutoDispatchRule(models.Model):
    """Whether new requests of `category` (without one, of any) in `area` and below it are dispatched by themselves.

    The most specific row decides: one for the category, or the nearest above it, comes before one for any; among those
    the nearest area. Where there is no row nothing is automatic.

    `patience` is how much of its time a request may wait, in percent, so that it is matched together with others: of
    the limit for its dispatch, as that clock runs, and of the time until it is wished to begin (asking.latest where no
    beginning is wished), whichever is over first. 0: it goes out at once, as an urgent one does in any case.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    on = models.BooleanField(_("on"), default=False)
    width = models.PositiveSmallIntegerField(
        _("asked at a time"),
        default=USUALLY_AT_ONCE,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_AT_ONCE)],
    )
    patience = models.PositiveSmallIntegerField(
        _("may wait (percent of its time)"), default=0, validators=[MaxValueValidator(MOST_PATIENCE)]
    )

    class Meta:
        verbose_name = _("rule of auto-dispatch")
        verbose_name_plural = _("rules of auto-dispatch")
        constraints = [
            # Fact: one answer to "is this automatic here"; no category counts as one.
            models.UniqueConstraint(
                fields=["area", "category"],
                nulls_distinct=False,
                name="auto_dispatch_rule_once",
                violation_error_message=_("There is a rule for this area and category already."),
            ),
            models.CheckConstraint(
                condition=Q(width__gte=1, width__lte=MOST_AT_ONCE), name="auto_dispatch_width"
            ),
            # Fact: whoever is asked last still has a tenth of the time.
            models.CheckConstraint(
                condition=Q(patience__gte=0, patience__lte=MOST_PATIENCE), name="auto_dispatch_patience"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area}: {self.category or '*'}"


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), append_only=True)
class AutoDispatchStop(models.Model):
    """The kill switch, thrown: nothing is dispatched by itself in `area` and below it, without one nowhere at all.

    It stands as long as the row does. Whoever has been asked may still answer; nobody further is asked.
    """

    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("stopped by")
    )

    class Meta:
        verbose_name = _("stop of auto-dispatch")
        verbose_name_plural = _("stops of auto-dispatch")
        constraints = [
            models.UniqueConstraint(fields=["area"], nulls_distinct=False, name="auto_dispatch_stop_once"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.area or '*'}"
