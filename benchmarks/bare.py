"""The bare equivalents: one INSERT, or the same rows through `.values()`; no sign-in, no scope, no rules.

Served twice: under /bare/ as views of this project, behind its middleware, and under /naked/ without any.
"""

import json

from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from requests_app.api.shapes import LISTED
from requests_app.models import ServiceRequest


class BareRow(models.Model):
    """What a placed request comes down to when nothing follows from it."""

    title = models.CharField(max_length=200)
    text = models.TextField()
    lat = models.FloatField()
    lon = models.FloatField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "benchmarks"
        db_table = "bench_bare"
        managed = False


def insert(request: HttpRequest) -> JsonResponse:
    """Inserts the body as one row and answers its id."""
    body = json.loads(request.body)
    place = body["location"]
    made = BareRow.objects.create(title=body["title"], text=body["text"], lat=place["lat"], lon=place["lon"])
    return JsonResponse({"id": made.pk}, status=201)


def rows(request: HttpRequest, district: int) -> JsonResponse:
    """Returns 50 rows of a district, the newest first."""
    found = ServiceRequest.objects.filter(district_id=district).order_by("-id").values(*LISTED)[:50]
    return JsonResponse(list(found), safe=False)


def queue(request: HttpRequest, district: int) -> JsonResponse:
    """Returns the 50 most pressing open rows of a district."""
    found = ServiceRequest.objects.filter(
        district_id=district, state__in=["submitted", "offered", "accepted", "in_service", "completed"]
    ).order_by("act_by", "id")
    return JsonResponse(list(found.values(*LISTED)[:50]), safe=False)


def row(request: HttpRequest, pk: int) -> JsonResponse:
    """Returns one whole row."""
    return JsonResponse(ServiceRequest.objects.filter(pk=pk).values()[0])


VIEWS = [
    path("insert/", csrf_exempt(login_not_required(insert))),
    path("rows/<int:district>/", login_not_required(rows)),
    path("queue/<int:district>/", login_not_required(queue)),
    path("row/<int:pk>/", login_not_required(row)),
]
urlpatterns = [path("bare/", include(VIEWS)), path("naked/", include(VIEWS)), path("", include("civic.urls"))]
