"""Every route of the API, wired here and nowhere else: /api/v1/, its schema and its documentation."""

from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from civic import openapi, problems  # noqa: F401  # openapi registers itself with drf-spectacular
from civic.areas import api as areas
from civic.cases import api as cases
from civic.lib.errors import NotFound
from insight import api as insight
from insight.privacy import api as privacy

app_name = "api"


@login_not_required
def schema(request: HttpRequest) -> HttpResponseBase:
    """Returns the OpenAPI description in the language of the request."""
    return HttpResponse(_schema(get_language() or settings.LANGUAGE_CODE), "application/vnd.oai.openapi+json")


@cache
def _schema(language: str) -> bytes:
    """Returns the description in `language`: it says the same as long as the process lives."""
    with override(language):
        described: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
        return OpenApiJsonRenderer().render(described)


@login_not_required
def docs(request: HttpRequest) -> HttpResponseBase:
    """Shows the schema with what can be tried out; all files are our own, no inline script or style."""
    return render(request, "api/docs.html")


@csrf_exempt
@login_not_required
def nothing_here(_request: HttpRequest, **_kwargs: Any) -> HttpResponseBase:
    """Answers what has no route: a program wants a problem document, not a page."""
    return problems.document(NotFound(_("There is no such address. Addresses end with a slash.")))


urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", schema, name="schema"),
    path("docs/", docs, name="docs"),
    path(
        "v1/",
        include(
            [
                path("", include("requests_app.api.urls")),
                path("", include("volunteers.api_urls")),
                path("me/access/", privacy.Readings.as_view(), name="readings"),
                path("areas/", areas.Areas.as_view(), name="areas"),
                path("grids/locate/", areas.Locate.as_view(), name="locate"),
                path("workflows/", cases.Workflows.as_view(), name="workflows"),
                path("stats/rates/", insight.Rates.as_view(), name="rates"),
            ]
        ),
    ),
    re_path(r"", nothing_here, name="nothing_here"),
]
