"""The bare equivalents: one INSERT, or the same rows through `.values()`; no sign-in, no scope, no rules."""

import json

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from requests_app.api.shapes import LISTED
from requests_app.models import ServiceRequest


def insert(request: HttpRequest) -> JsonResponse:
    """Inserts the body as one row and answers its id."""
    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_bare (title, text, lat, lon, at) VALUES (%s, %s, %s, %s, now()) RETURNING id",
            [body["title"], body["text"], body["location"]["lat"], body["location"]["lon"]],
        )
        (pk,) = cursor.fetchone()
    return JsonResponse({"id": pk}, status=201)


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


urlpatterns = [
    path("bare/insert/", insert),
    path("bare/rows/<int:district>/", rows),
    path("bare/queue/<int:district>/", queue),
    path("bare/row/<int:pk>/", row),
]
