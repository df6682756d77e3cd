"""Filling in the desk's forms as a browser would."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from civic.lib import codes
from requests_app.models import ServiceRequest


def url_of(request: ServiceRequest, verb: str) -> str:
    return reverse("desk:verb", args=[request.pk, verb])


def send(client: Client, request: ServiceRequest, verb: str, **typed: Any) -> HttpResponse:
    """Posts the form of a verb as a browser would, with a key of its own unless given."""
    request = ServiceRequest.objects.get(pk=request.pk)
    data = {"version": request.version, "form_key": codes.token(), **typed}
    return client.post(url_of(request, verb), data)


def state_of(request: ServiceRequest) -> str:
    return ServiceRequest.objects.get(pk=request.pk).state


def local(moment: Any) -> str:
    return localtime(moment).strftime("%Y-%m-%dT%H:%M")


def amended(request: ServiceRequest, **changes: Any) -> dict[str, Any]:
    """Returns the amend form as the page filled it in, with `changes`."""
    request.refresh_from_db()
    kept = {
        "title": request.title,
        "text": request.text,
        "category": request.category.code,
        "urgency": request.urgency,
        "area": request.area_id,
        "address": request.address,
        "door_note": request.door_note,
        "preferred_start": local(request.preferred_start) if request.preferred_start else "",
        "preferred_end": local(request.preferred_end) if request.preferred_end else "",
        "agreed_start": local(request.agreed_start) if request.agreed_start else "",
        "expected_minutes": request.expected_minutes,
        "headcount": request.headcount,
        "public_summary": request.public_summary,
        "contact_name": request.contact_name,
        "contact_phone": "",
    }
    return kept | changes
