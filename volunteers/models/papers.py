"""What volunteers show about themselves, and what an area asks to see."""

from datetime import date

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from civic.accounts.fields import KeyedHashField
from civic.areas.models import Area
from civic.lib import clock
from civic.lib.fields import EncryptedTextField
from volunteers.enums import IdNumber
from volunteers.models.volunteer import Volunteer

SHORTEST_RADIUS_M, LONGEST_RADIUS_M = 200, 100_000


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class QualificationKind(models.Model):
    """Something that is shown by a paper: nurse, lawyer, electrician, driver. A retired kind takes no new papers."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    expires = models.BooleanField(_("runs out"), default=True, help_text=_("Then a date has to be given."))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("kind of qualification")
        verbose_name_plural = _("kinds of qualification")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name if (translation.get_language() or "zh").startswith("zh") else self.name_en


class Qualification(models.Model):
    """A paper of a volunteer. It counts once staff have checked it, until it runs out.

    The photo is evidence of the subject "qualification" with this row's key.
    """

    kind_of_evidence = "qualification"

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="qualifications", verbose_name=_("volunteer")
    )
    kind = models.ForeignKey(
        QualificationKind, models.PROTECT, related_name="+", db_index=False, verbose_name=_("kind")
    )
    number = EncryptedTextField(_("number"), blank=True, default="")
    expires_on = models.DateField(pgettext_lazy("a paper", "valid until"), null=True, blank=True)
    added_at = models.DateTimeField(_("added"), default=clock.now)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("checked by"),
    )

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            # Serves the rule "qualification" of matching; fact: one paper of a kind, a new one takes its place.
            models.UniqueConstraint(fields=["volunteer", "kind"], name="qualification_once"),
            models.CheckConstraint(
                condition=Q(checked_at=None, checked_by=None)
                | Q(checked_at__isnull=False, checked_by__isnull=False),
                name="qualification_checked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    def is_valid_on(self, day: date) -> bool:
        """Whether it is checked and not run out on `day`."""
        return self.checked_at is not None and (self.expires_on is None or self.expires_on >= day)


class Papers(models.Model):
    """What is asked of a volunteer once and read seldom: ID number, and for a minor who answers for them."""

    volunteer = models.OneToOneField(
        Volunteer, models.CASCADE, related_name="papers", verbose_name=_("volunteer")
    )
    id_number = EncryptedTextField(_("ID number"), blank=True, default="")
    # Fact: nobody registers twice under one ID number.
    id_number_hash = KeyedHashField(_("ID number hash"), source="id_number", unique=True, null=True)
    guardian_name = models.CharField(_("guardian's name"), max_length=80, blank=True, default="")
    guardian_phone = EncryptedTextField(_("guardian's phone"), blank=True, default="")

    class Meta:
        verbose_name = _("papers")
        verbose_name_plural = _("papers")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True)
class VolunteerTerms(models.Model):
    """What holds for the volunteers of `area` and below; without an area, wherever no other row fits."""

    area = models.ForeignKey(
        Area, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    id_number = models.CharField(
        _("ID number"), max_length=8, choices=IdNumber.choices, default=IdNumber.OPTIONAL
    )
    radius_m = models.PositiveIntegerField(
        _("radius in metres"),
        null=True,
        blank=True,
        help_text=_("For who named none of their own; empty: they are asked however far it is."),
        validators=[MinValueValidator(SHORTEST_RADIUS_M), MaxValueValidator(LONGEST_RADIUS_M)],
    )

    class Meta:
        verbose_name = _("terms for volunteers")
        verbose_name_plural = _("terms for volunteers")
        constraints = [
            # Fact: an area has one set of terms, and so has everywhere else.
            models.UniqueConstraint(
                fields=["area"],
                nulls_distinct=False,
                name="volunteer_terms_once",
                violation_error_message=_("There are terms for this area already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.area or '*'}"
