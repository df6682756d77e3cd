"""A request put to a whole team: its leader answers by naming people, or says that the team cannot."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.enums import OfferState
from requests_app.models.never_pooled import NO_TEAM_WHILE_CONFIDENTIAL
from requests_app.models.request import ServiceRequest
from volunteers.models import Team


class TeamOffer(models.Model):
    """A request put to one team, on the terms (time and place) it then had."""

    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        related_name="team_offers",
        db_index=False,
        verbose_name=_("service request"),
    )
    round = models.PositiveSmallIntegerField(_("round"))
    team = models.ForeignKey(
        Team, models.PROTECT, related_name="offers", db_index=False, verbose_name=_("team")
    )
    state = models.CharField(_("state"), max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    terms = models.PositiveSmallIntegerField(_("version of time and place"))
    expires_at = models.DateTimeField(_("open until"))
    made_at = models.DateTimeField(_("offered on"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("offered by"),
    )
    answered_at = models.DateTimeField(_("answered on"), null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("answered by"),
    )
    reason_code = models.CharField(_("reason"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("offer to a team")
        verbose_name_plural = _("offers to teams")
        constraints = [
            # Fact: one open offer a team and request.
            models.UniqueConstraint(
                fields=["request", "team"], condition=Q(state="open"), name="team_offer_open_once"
            ),
        ]
        indexes = [
            # Serves the parts of a request, every round.
            models.Index(fields=["request", "round"], name="team_offer_by_request"),
            # Serves what waits for a leader, and who may read a request.
            models.Index(fields=["team", "request"], name="team_offer_by_team"),
        ]
        triggers = [NO_TEAM_WHILE_CONFIDENTIAL]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
