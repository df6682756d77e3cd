"""The tree of areas: city > district > street > community > grid, each with an optional boundary.

Rows change only through `civic.areas.actions`; whatever writes them, a trigger puts a new token into
`AreaGeneration`, by which every process notices that its picture of the tree is old
(`civic.areas.queries`).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager

if TYPE_CHECKING:
    # treebeard carries no types; this is the part of it that is used here.
    class _Node(models.Model):
        steplen: ClassVar[int]
        path = models.CharField(max_length=255, unique=True)
        depth = models.PositiveIntegerField()
        numchild = models.PositiveIntegerField(default=0)

        class Meta:
            abstract = True

    class _NodeManager(models.Manager["Area"]):
        def add_root(self, create_kwargs: dict[str, Any]) -> Area: ...
        def add_child(self, target: Area, create_kwargs: dict[str, Any]) -> Area: ...
else:
    _Node, _NodeManager = MP_Node, MP_NodeManager


class AreaLevel(models.TextChoices):
    """The five levels, highest first; their order here is the order of the tree."""

    CITY = "city", pgettext_lazy("area level", "City")
    DISTRICT = "district", pgettext_lazy("area level", "District")
    STREET = "street", pgettext_lazy("area level", "Street")
    COMMUNITY = "community", pgettext_lazy("area level", "Community")
    GRID = "grid", pgettext_lazy("area level", "Grid")

    @property
    def depth(self) -> int:
        """1 for the city to 5 for a grid; the same number as the node's depth in the tree."""
        return LEVELS.index(self) + 1

    @property
    def child(self) -> AreaLevel | None:
        """The level below, None below a grid."""
        return LEVELS[self.depth] if self.depth < len(LEVELS) else None


LEVELS: tuple[AreaLevel, ...] = tuple(AreaLevel)


# Every change of areas, by whatever means, leaves a new token behind: a token, not a counter, because a
# counter that is rolled back comes again with other contents.
NEW_GENERATION = pgtrigger.Trigger(
    name="new_generation",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
    func="""
        INSERT INTO areas_areageneration (id, token) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET token = EXCLUDED.token;
        RETURN NULL;
    """,
)


@pghistory.track(exclude=["path", "depth", "numchild"], append_only=True)
class Area(_Node):
    """One area. `boundary` is a GeoJSON Polygon or MultiPolygon (WGS-84, longitude first) or None while
    nobody has drawn it; `centre_lat` and `centre_lon` follow from it and may be typed in where there is
    none.
    """

    steplen = 4

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=AreaLevel.choices)
    boundary = models.JSONField(_("boundary"), null=True, blank=True)
    centre_lat = models.FloatField(
        _("latitude of the centre"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    centre_lon = models.FloatField(
        _("longitude of the centre"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    desk_phone = models.CharField(_("desk phone"), max_length=32, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects: ClassVar[_NodeManager] = _NodeManager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        constraints = [
            # The level says the depth and the other way round: no street below a grid, whatever moves nodes
            # about.
            models.CheckConstraint(
                condition=Q(level="city", depth=1)
                | Q(level="district", depth=2)
                | Q(level="street", depth=3)
                | Q(level="community", depth=4)
                | Q(level="grid", depth=5),
                name="area_level_is_depth",
            ),
            # One installation serves one city: requests nobody could place hang on it.
            models.UniqueConstraint(fields=["level"], condition=Q(level="city"), name="area_one_city"),
            models.CheckConstraint(
                condition=Q(centre_lat__isnull=True, centre_lon__isnull=True)
                | Q(
                    centre_lat__isnull=False,
                    centre_lon__isnull=False,
                    centre_lat__range=(-90, 90),
                    centre_lon__range=(-180, 180),
                ),
                name="area_centre_on_earth",
            ),
        ]
        triggers = [NEW_GENERATION]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language; Chinese where no English one is known."""
        if self.name_en and not (get_language() or "zh").startswith("zh"):
            return self.name_en
        return self.name


class AreaGeneration(models.Model):
    """The single row whose `token` changes with every change of areas, in the same transaction."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="area_generation_single_row")]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.token)
