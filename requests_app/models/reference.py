"""What requests are sorted by: categories and time limits. Data that a district edits."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from civic.worktime.clocks import Clock
from requests_app.enums import Sensitive, Step, Urgency
from volunteers.models import QualificationKind, ServiceClass

MOST_UNITS = 1000  # hours or days


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
    qualification = models.ForeignKey(
        QualificationKind,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("qualification"),
        help_text=_("Only who has shown one that is checked and valid on the day is asked."),
    )
    service_class = models.ForeignKey(
        ServiceClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("service class"),
        help_text=_("Who chose it likes this kind of help."),
    )
    min_age = models.PositiveSmallIntegerField(
        _("minimum age"),
        null=True,
        blank=True,
        help_text=_("In years, on the day. Then nobody is asked whose date of birth is unknown."),
        validators=[MinValueValidator(14), MaxValueValidator(99)],
    )
    minutes = models.PositiveSmallIntegerField(_("usual minutes"), default=60)
    keywords = models.TextField(
        _("words that suggest it"),
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "One a line or with commas, in any language. They suggest this category at the desk as long as nothing has "
            "been learned from closed requests."
        ),
    )
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

    def told(self, summary: str) -> str:
        """Returns `summary` as volunteers read it: the desk's own words as they are, a suggestion of ours, whoever
        sent it off, in the language shown."""
        return self.local_summary if self.suggests(summary) else summary

    def told_in_both(self, summary: str) -> dict[str, str]:
        """Returns the same for a message, whose reader's language shows when it is read: {"zh", "en"}."""
        suggested = self.suggests(summary)
        return {"zh": self.summary if suggested else summary, "en": self.summary_en if suggested else summary}

    def suggests(self, summary: str) -> bool:
        """Whether `summary` is what stands there while nobody has written anything else."""
        return summary in ("", self.summary, self.summary_en)


class TimeLimit(models.Model):
    """How long a step may take. An empty column means any; of the rules that fit, the most specific holds:
    one for the category before others, then one for the answer class, then the urgency, then the nearest area.
    """

    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, verbose_name=_("category"))
    answer_class = models.SlugField(
        _("answer class"), max_length=16, blank=True, default="", db_index=False, help_text=_("Its code.")
    )
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices, blank=True, default="")
    area = models.ForeignKey(
        Area, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("area")
    )
    clock = models.CharField(_("clock"), max_length=16, choices=Clock.choices)
    amount = models.FloatField(_("hours or days"))

    class Meta:
        verbose_name = _("time limit")
        verbose_name_plural = _("time limits")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "urgency", "answer_class", "area", "step"],
                nulls_distinct=False,
                name="time_limit_once",
                violation_error_message=_("There is a limit for exactly this already."),
            ),
            # Fact: no limit of nothing, and none that reaches beyond the work calendar.
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, amount__lte=MOST_UNITS),
                name="time_limit_in_bounds",
                violation_error_message=_("A limit lies above 0 and is at most 1000 hours or days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holds_for}: {self.amount:g} {self.get_clock_display()}"

    @property
    def holds_for(self) -> str:
        """What the limit is for: its step, and whatever narrows it down."""
        fits = (self.category, self.answer_class, self.area)
        named = [str(each) for each in (*fits, self.urgency and self.get_urgency_display()) if each]
        return " · ".join([self.get_step_display(), *named])

    def clean(self) -> None:
        """Raises ValidationError for what can never fit: an answer class where nobody is referred to."""
        if self.answer_class and self.step not in {Step.ANSWER, Step.CLIMB}:
            raise ValidationError(
                {"answer_class": _("Answer classes concern the answer by a unit, and climbing.")}
            )


def _in_chinese() -> bool:
    return (translation.get_language() or "zh").startswith("zh")
