"""The progress page: by code and the last four digits of the phone, or signed in with everything one may do."""

import io
from typing import Any

import segno
from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods

from civic.evidence import store
from civic.lib import clock, codes, phone
from civic.lib.conditional import unless_same
from requests_app import access, limiter, progress, tracking
from requests_app.access import Sight
from requests_app.forms.track import CodeForm, DigitsForm
from requests_app.models import ServiceRequest
from requests_app.queries import referrals_shown, work_shown

SEEN = "tracked"
SEEN_SECONDS = 3600
MOST_SEEN = 10
MOST_TYPED = 40


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Asks for the code, or shows the one typed before to be changed; the digits are asked for on the next page."""
    form = CodeForm(request.POST or None, initial={"code": request.GET.get("code", "")[:MOST_TYPED]})
    if request.method == "POST" and form.is_valid():
        return redirect("track", form.cleaned_data["code"])
    return render(request, "requests_app/track_find.html", {"form": form}, status=400 if form.errors else 200)


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def track(request: HttpRequest, code: str) -> HttpResponse:
    """Shows the progress to the owner, or the timeline to whoever knows code and digits; else asks for them."""
    case = tracking.by_code(code)
    context = _context(request, case)
    if context is not None:
        return render(request, "requests_app/track.html", context)
    if case is not None and access.sight(case, request.user) == Sight.STAFF:  # type: ignore[arg-type]
        return redirect("desk:request", case.pk)
    return _ask_digits(request, codes.read_tracking_code(code) or code[:24], case)


@never_cache
@login_not_required
def part(request: HttpRequest, code: str) -> HttpResponse:
    """Returns the part of the page that changes by itself; 304 while nothing did."""
    case = tracking.by_code(code)
    context = _context(request, case)
    if case is None or context is None:
        raise Http404
    shown = (case.version, case.state, context["owner"], f"{clock.now():%Y%m%d%H}")
    return unless_same(request, shown, lambda: render(request, "requests_app/_track.html", context))


def _context(request: HttpRequest, case: ServiceRequest | None) -> dict[str, Any] | None:
    """Returns what the page shows to this reader, None when they have to prove themselves first."""
    if case is None:
        return None
    owner = request.user.is_authenticated and access.sight(case, request.user) == Sight.OWN
    if not owner and not _has_proved(request, case.code):
        return None
    mine = owner and access.is_beneficiary(case, request.user)  # type: ignore[arg-type]
    told = progress.of(case, owner=owner, beneficiary=mine)
    asked = _evidence(case, told) if owner else {}
    return {"progress": told, "case": case, "owner": owner, "beneficiary": mine, **asked}


def _evidence(case: ServiceRequest, told: progress.Progress) -> dict[str, Any]:
    """Returns photos and voice notes; what came from a responsible unit stands beside its answer, what volunteers
    took of their work beside what they did."""
    photos, units = store.photos_of(case.kind, case.pk), referrals_shown.members(case)
    asked, works = work_shown.split([each for each in photos if each.uploader_id not in units], told.parts)
    return {
        "photos": asked,
        "works": [(work.by(told.named), work) for work in works],
        "answer_photos": [each for each in photos if each.uploader_id in units],
        "voices": store.voices_of(case.kind, case.pk),
    }


def _ask_digits(request: HttpRequest, code: str, case: ServiceRequest | None) -> HttpResponse:
    """Takes the digits. A code that does not exist answers like one whose digits are wrong."""
    form = DigitsForm(request.POST or None)
    status = 400 if form.errors else 200
    tries = {
        limiter.DIGITS_OF_CODE: code,
        limiter.DIGITS_FROM_ADDRESS: get_adapter().get_client_ip(request),
    }
    if limiter.is_locked(tries):
        return _locked(request, code)
    if request.method == "POST" and form.is_valid():
        if case is not None and form.cleaned_data["digits"] in _digits_of(case):
            _remember(request, case.code)
            return redirect("track", case.code)
        if limiter.count_wrong(tries):
            return _locked(request, code)
        form.add_error(
            "digits",
            _("Code and digits do not belong together. Please check both; above you can change the code."),
        )
        status = 403
    return render(request, "requests_app/track_digits.html", {"form": form, "code": code}, status=status)


def _locked(request: HttpRequest, code: str) -> HttpResponse:
    response = render(request, "requests_app/track_locked.html", {"code": code}, status=429)
    response["Retry-After"] = str(limiter.DIGITS_OF_CODE.seconds)
    return response


def _digits_of(case: ServiceRequest) -> set[str]:
    return {phone.last4(number) for number in (case.beneficiary_phone, case.contact_phone) if number}


def _remember(request: HttpRequest, code: str) -> None:
    """Keeps in the session that this code was proved, for an hour; the last ten."""
    seen = dict(request.session.get(SEEN, {}))
    seen.pop(code, None)
    seen[code] = clock.now().timestamp()
    request.session[SEEN] = dict(list(seen.items())[-MOST_SEEN:])


def _has_proved(request: HttpRequest, code: str) -> bool:
    at = request.session.get(SEEN, {}).get(code)
    return at is not None and clock.now().timestamp() - at < SEEN_SECONDS


@login_not_required
@cache_control(max_age=86400, private=True)
def qr(request: HttpRequest, code: str) -> HttpResponse:
    """Returns the QR code of a progress page's address as SVG; it says nothing that the address does not."""
    stored = codes.read_tracking_code(code)
    if stored is None:
        raise Http404
    return _square(request.build_absolute_uri(reverse("track", args=[stored])))


@never_cache
def door_qr(request: HttpRequest, code: str) -> HttpResponse:
    """Returns, to the owner alone, the QR code that checks a volunteer in: their page with the code filled in."""
    case = tracking.by_code(code)
    if case is None or access.sight(case, request.user) != Sight.OWN:  # type: ignore[arg-type]
        raise Http404
    return _square(
        request.build_absolute_uri(f"{reverse('v:check_in', args=[case.pk])}?code={case.check_in_code}")
    )


def _square(address: str) -> HttpResponse:
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", border=0, dark="#1b2430", svgclass=None, lineclass=None
    )
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
