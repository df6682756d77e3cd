"""What people say afterwards: ratings, safety concerns, and who shall not meet again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.enums import RatedVia, Solved
from requests_app.models.request import ServiceRequest
from volunteers.models import Volunteer


class Rating(models.Model):
    """The answer of one round: solved is one question, satisfied another. The words are a CaseText."""

    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        related_name="ratings",
        db_index=False,
        verbose_name=_("service request"),
    )
    round = models.PositiveSmallIntegerField(_("round"))
    solved = models.CharField(_("solved"), max_length=6, choices=Solved.choices)
    stars = models.PositiveSmallIntegerField(_("stars"), null=True, blank=True)
    via = models.CharField(_("way"), max_length=12, choices=RatedVia.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("done by")
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(fields=["request", "round"], name="rating_once_a_round"),
            models.CheckConstraint(
                condition=Q(stars=None) | Q(stars__gte=1, stars__lte=5), name="rating_stars_range"
            ),
            models.CheckConstraint(
                condition=Q(via="call_back") | Q(stars__isnull=False), name="rating_by_resident_has_stars"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Concern(models.Model):
    """A safety report of either side, for the dispatchers' eyes; its words are a CaseText."""

    request = models.ForeignKey(
        ServiceRequest, models.PROTECT, related_name="concerns", verbose_name=_("service request")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("done by")
    )
    seq = models.PositiveIntegerField(
        _("number of the line")
    )  # the history event beside which the words stand
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("safety report")
        verbose_name_plural = _("safety reports")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Block(models.Model):
    """This volunteer and this resident are never matched again, whoever asked for it."""

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="blocks", verbose_name=_("volunteer")
    )
    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("resident"),
    )
    phone_hash = models.CharField(_("phone hash"), max_length=64, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("done by")
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            # Serves matching and the guard of every offer.
            models.UniqueConstraint(
                fields=["volunteer", "resident", "phone_hash"], nulls_distinct=False, name="block_once"
            ),
        ]
        indexes = [models.Index(fields=["resident", "phone_hash"], name="block_by_resident")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class RequestDraft(models.Model):
    """An unfinished request, kept on the server from the first answer until it is placed or 30 days old."""

    token = models.CharField(max_length=64, unique=True)  # stands in a signed cookie of whoever began it
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    data = models.JSONField(default=dict)
    placed = models.ForeignKey(ServiceRequest, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(db_index=True)  # serves the clean-up
