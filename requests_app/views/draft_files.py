"""Photos and the voice note of an unfinished request: taken with the form, or one by one by a script."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from civic.evidence import limits, owners, store
from civic.lib.errors import DomainError
from requests_app import drafts
from requests_app.drafts import Draft
from requests_app.views import draft_cookie

MOST_PHOTOS = 6


def take(request: HttpRequest, token: str | None) -> tuple[Draft, list[str]]:
    """Stores the files of a posted form in the draft and removes what was crossed out.

    Returns the draft and what was wrong with which file, in the reader's language.
    """
    problems: list[str] = []
    stored = [_store(request, "photo", each, problems) for each in request.FILES.getlist("photos_files")]
    voice = request.FILES.get("voice_file")
    heard = _store(request, "voice", voice, problems) if voice else None
    with drafts.editing(token, request.user) as draft:
        what = draft.answers.setdefault("what", {})
        photos = [*what.get("photos", []), *(str(each) for each in stored if each)]
        crossed_out = request.POST.get("remove_photo")
        what["photos"] = [each for each in photos if each != crossed_out][:MOST_PHOTOS]
        if heard:
            what["voice"] = str(heard)
        if "remove_voice" in request.POST:
            what.pop("voice", None)
    return draft, problems


@login_not_required
@require_POST
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    """Takes one file ("file") of `kind` and answers {id, url}; 4xx with {detail} when it is refused."""
    sent = request.FILES.get("file")
    if sent is None:
        return JsonResponse({"detail": _("There was no file.")}, status=400)
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    if kind == "photo" and len(draft.step("what").get("photos", [])) >= MOST_PHOTOS:
        return JsonResponse({"detail": _("Six photos are enough.")}, status=400)
    problems: list[str] = []
    stored = _store(request, kind, sent, problems)
    if stored is None:
        return JsonResponse({"detail": problems[0]}, status=400)
    with drafts.editing(token, request.user) as draft:
        what = draft.answers.setdefault("what", {})
        if kind == "photo":
            what["photos"] = [*what.get("photos", []), str(stored)]
        else:
            what["voice"] = str(stored)
    url = reverse("evidence:photo_thumb", args=[stored]) if kind == "photo" else ""
    answer = JsonResponse({"id": str(stored), "url": url})
    return draft_cookie.keep(request, answer, draft.token)


@login_not_required
@require_POST
def remove(request: HttpRequest, kind: str) -> HttpResponse:
    """Takes one photo ("id") or the voice note out of the draft; gone already is fine."""
    token = draft_cookie.token_of(request)
    if drafts.find(token, request.user):
        with drafts.editing(token, request.user) as draft:
            what = draft.answers.setdefault("what", {})
            if kind == "photo":
                what["photos"] = [each for each in what.get("photos", []) if each != request.POST.get("id")]
            else:
                what.pop("voice", None)
    return HttpResponse(status=204)


def shown(draft: Draft) -> dict[str, Any]:
    """Returns the stored photos and voice note of the draft, for a template."""
    return {"photos": drafts.photos(draft), "voice": drafts.voice(draft), "most_photos": MOST_PHOTOS}


def says_something(draft: Draft) -> bool:
    """Whether words or a voice note say what is needed; a photo alone does not."""
    return bool(draft.step("what").get("text")) or drafts.voice(draft) is not None


def _store(request: HttpRequest, kind: str, sent: Any, problems: list[str]) -> UUID | None:
    owner = owners.of(request, begin=True)
    try:
        limits.count_upload(request, owner)
        stored = (store.store_photo if kind == "photo" else store.store_voice)(sent, uploader=owner)
    except DomainError as error:
        problems.append(f"{sent.name}: {error}")
        return None
    return UUID(str(stored.pk))
