"""What staff found about requests that look alike: told apart, or one common problem for a service project."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from civic.areas.models import Area
from requests_app.models.reference import Category
from requests_app.models.request import ServiceRequest

MAX_TITLE = 80


class ToldApart(models.Model):
    """Requests that look alike and are not about the same thing: no two of them are put side by side again."""

    requests = ArrayField(models.BigIntegerField(), verbose_name=_("service requests"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("requests told apart")
        verbose_name_plural = _("requests told apart")
        constraints = [
            # Fact: it takes two to be told apart.
            models.CheckConstraint(
                condition=Q(requests__len__gte=2),
                name="told_apart_several",
            ),
        ]
        indexes = [
            # Serves the groups of a district: what is known of the requests that look alike.
            GinIndex(fields=["requests"], name="told_apart_requests"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class ServiceProject(models.Model):
    """A common problem, proposed as a project that teams could carry out; its requests go their own ways.

    The title is staff's, never the words of a resident. Rule: common requests are collected into service projects.
    """

    title = models.CharField(_("title"), max_length=MAX_TITLE)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("area"))
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="+", db_index=False, verbose_name=_("category")
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed on"))
    requests = models.ManyToManyField(  # type: ignore[var-annotated]
        ServiceRequest,
        through="requests_app.ProjectRequest",
        related_name="projects",
        verbose_name=_("service requests"),
    )

    class Meta:
        verbose_name = _("service project")
        verbose_name_plural = _("service projects")

    def __str__(self) -> str:
        return self.title


class ProjectRequest(models.Model):
    """A request that speaks for a project."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="+", db_index=False)
    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("request of a project")
        verbose_name_plural = _("requests of projects")
        constraints = [
            # Fact: a request speaks for a project once; serves the list of a project's requests.
            models.UniqueConstraint(fields=["project", "request"], name="project_request_once"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
