"""What requests are sorted by: categories and time limits. Data that a district edits."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from civic.worktime.clocks import Clock
from requests_app.enums import Sensitive, Step, Urgency


class Category(models.Model):
    """A kind of help. `skills` are ids of volunteers.Skill; a retired category takes no new requests."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("above")
    )
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    hint = models.CharField(_("hint"), max_length=80, blank=True)
    hint_en = models.CharField(_("English hint"), max_length=120, blank=True)
    icon = models.CharField(_("icon"), max_length=40, default="dots")
    summary = models.CharField(_("what volunteers read"), max_length=120)
    summary_en = models.CharField(_("what volunteers read, in English"), max_length=160)
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices, default=Urgency.NORMAL)
    sensitive = models.CharField(
        _("sensitive details"), max_length=12, choices=Sensitive.choices, blank=True, default=Sensitive.NONE
    )
    needs_insurance = models.BooleanField(_("needs insurance"), default=False)
    needs_vetting = models.BooleanField(_("needs vetting"), default=False)
    skills = ArrayField(models.IntegerField(), default=list, blank=True, verbose_name=_("skills"))
    minutes = models.PositiveSmallIntegerField(_("usual minutes"), default=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name if _in_chinese() else self.name_en

    @property
    def local_hint(self) -> str:
        """The hint in the language shown."""
        return self.hint if _in_chinese() else self.hint_en

    @property
    def local_summary(self) -> str:
        """The suggested public summary in the language shown."""
        return self.summary if _in_chinese() else self.summary_en


class TimeLimit(models.Model):
    """How long a step may take: for one category or, with none, for every other, by urgency."""

    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, verbose_name=_("category"))
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices)
    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    clock = models.CharField(_("clock"), max_length=16, choices=Clock.choices)
    amount = models.FloatField(_("hours or days"))

    class Meta:
        verbose_name = _("time limit")
        verbose_name_plural = _("time limits")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "urgency", "step"], nulls_distinct=False, name="time_limit_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="time_limit_positive"),
        ]

    def __str__(self) -> str:
        what = f"{self.category or '*'} {self.get_urgency_display()} {self.get_step_display()}"
        return f"{what}: {self.amount:g} {self.get_clock_display()}"


def _in_chinese() -> bool:
    return (translation.get_language() or "zh").startswith("zh")
