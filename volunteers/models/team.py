"""Teams of volunteers in three tiers, who leads and who belongs to them, and which service classes there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager

from civic.areas.models import Area
from civic.cases.models import Case
from civic.lib import clock
from volunteers.enums import MembershipState, TeamRole, TeamState, TeamTier
from volunteers.models.volunteer import Volunteer

if TYPE_CHECKING:
    # treebeard carries no types; this is the part of it that is used here.
    class _Node(models.Model):
        steplen: ClassVar[int]
        path = models.CharField(max_length=255, unique=True)
        depth = models.PositiveIntegerField()
        numchild = models.PositiveIntegerField(default=0)

        class Meta:
            abstract = True

        @classmethod
        def _get_path(cls, path: str, depth: int, newstep: int) -> str: ...
        def _inc_path(self) -> str: ...

    _NodeManager = models.Manager
else:
    _Node, _NodeManager = MP_Node, MP_NodeManager


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class ServiceClass(models.Model):
    """A field of service that teams are for and volunteers choose: the eight of every district and its own ("8+N").

    A retired one is chosen no more.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("service class")
        verbose_name_plural = _("service classes")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name if (translation.get_language() or "zh").startswith("zh") else self.name_en


class Team(Case, _Node):
    """A corps, a team of a corps or a squad of a team, at home in one area, whose staff look after it.

    Rows come through `volunteers.team_actions`; the place in the tree never changes.
    """

    kind: ClassVar[str] = "team"
    steplen = 4

    name = models.CharField(_("name"), max_length=60)
    tier = models.CharField(_("tier"), max_length=8, choices=TeamTier.choices)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    city_id = models.BigIntegerField(null=True, editable=False)
    district_id = models.BigIntegerField(null=True, editable=False)
    street_id = models.BigIntegerField(null=True, editable=False)
    community_id = models.BigIntegerField(null=True, editable=False)
    grid_id = models.BigIntegerField(null=True, editable=False)
    # Ids of ServiceClass, of which none is ever deleted.
    service_classes = ArrayField(
        models.IntegerField(), default=list, blank=True, verbose_name=_("service classes")
    )
    about = models.CharField(_("about"), max_length=200, blank=True)
    founded_at = models.DateTimeField(_("founded"), default=clock.now)

    objects: ClassVar[models.Manager[Team]] = _NodeManager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            # The tier says the depth and the other way round: no squad below a squad.
            models.CheckConstraint(
                condition=Q(tier="corps", depth=1) | Q(tier="team", depth=2) | Q(tier="squad", depth=3),
                name="team_tier_is_depth",
            ),
            # Fact: two teams of an area that go on have two names.
            models.UniqueConstraint(
                fields=["area", "name"], condition=Q(state="active"), name="team_name_once"
            ),
        ]
        indexes = [
            # Serves the teams of a district, for its volunteers and at the desk.
            models.Index(fields=["district_id", "path"], name="team_by_district"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.state == TeamState.ACTIVE


class TeamMembership(models.Model):
    """One volunteer's belonging to a team: applied for, answered, ended. Coming again is another row."""

    team = models.ForeignKey(
        Team, models.PROTECT, related_name="memberships", db_index=False, verbose_name=_("team")
    )
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="memberships", db_index=False, verbose_name=_("volunteer")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=MembershipState.choices, default=MembershipState.APPLIED
    )
    role = models.CharField(_("role"), max_length=8, choices=TeamRole.choices, default=TeamRole.MEMBER)
    applied_at = models.DateTimeField(_("applied"))
    joined_at = models.DateTimeField(_("joined"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("team membership")
        verbose_name_plural = _("team memberships")
        constraints = [
            # Facts: nobody applies twice at a time, or for where they are. Serves the people of a team.
            models.UniqueConstraint(
                fields=["team", "volunteer"],
                condition=Q(state__in=["applied", "member"]),
                name="team_membership_once",
            ),
            # Fact: only a member leads.
            models.CheckConstraint(
                condition=Q(role="member") | Q(state="member"), name="team_leader_is_member"
            ),
        ]
        indexes = [
            # Serves a volunteer's own teams, and which of them they lead.
            models.Index(
                fields=["volunteer", "state"],
                condition=Q(state__in=["applied", "member"]),
                name="team_membership_mine",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_leader(self) -> bool:
        return self.role == TeamRole.LEADER and self.state == MembershipState.MEMBER
