"""Photos of a service: sent one by one by a script, or with the form; they stay the sender's until it is complete."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from civic.evidence import limits, owners, store
from civic.evidence.models import Photo
from civic.lib.errors import DomainError
from requests_app.forms.volunteer import MOST_PHOTOS
from requests_app.views.volunteer.door import volunteers_only
from volunteers.models import Volunteer


@require_POST
@volunteers_only
def upload(request: HttpRequest, volunteer: Volunteer) -> HttpResponse:
    """Takes one photo of a service."""
    return receive(request)


@require_POST
@volunteers_only
def remove(request: HttpRequest, volunteer: Volunteer) -> HttpResponse:
    """Takes one photo back that belongs to nothing yet."""
    return drop(request)


def receive(request: HttpRequest) -> HttpResponse:
    """Stores one photo ("file") and answers {id, url}; 4xx with {detail} when it is refused."""
    sent = request.FILES.get("file")
    if sent is None:
        return JsonResponse({"detail": _("There was no file.")}, status=400)
    try:
        limits.count_upload(request, owners.of(request))
        photo = store.store_photo(sent, uploader=owners.of(request))
    except DomainError as refused:
        return JsonResponse({"detail": str(refused)}, status=refused.status)
    return JsonResponse({"id": str(photo.pk), "url": photo.thumb_url})


def drop(request: HttpRequest) -> HttpResponse:
    """Takes one photo ("id") back that belongs to nothing yet; gone already is fine."""
    for photo in store.unattached(owners.of(request), _ids([request.POST.get("id", "")])):
        store.take_back(owners.of(request), photo)
    return HttpResponse(status=204)


def take(request: HttpRequest) -> tuple[list[str], list[str]]:
    """Returns the ids of the form's photos, those sent with it stored first, and what was wrong with which file."""
    kept, problems = [str(each) for each in _ids(request.POST.getlist("photos"))], []
    for sent in request.FILES.getlist("photos_files"):
        try:
            kept.append(str(store.store_photo(sent, uploader=owners.of(request)).pk))
        except DomainError as refused:
            problems.append(f"{sent.name}: {refused}")
    crossed_out = request.POST.get("remove_photo")
    return [each for each in dict.fromkeys(kept) if each != crossed_out][:MOST_PHOTOS], problems


def shown(request: HttpRequest, ids: list[str]) -> list[Photo]:
    """Returns the photos of these ids that are still the sender's, in order."""
    found = {str(photo.pk): photo for photo in store.unattached(owners.of(request), _ids(ids))}
    return [found[each] for each in ids if each in found]


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
