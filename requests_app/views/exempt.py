"""The public page of what the rates leave out."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from requests_app.queries import exemptions


@login_not_required
@require_safe
def exempt(request: HttpRequest) -> HttpResponse:
    """How many requests count in no rate, for which reason, and each of them without anything personal."""
    counts = exemptions.counts()
    context = {
        "counts": counts,
        "total": sum(n for _code, _reason, n in counts),
        "page": exemptions.page(request.GET.get("cursor", "")),
        "days": exemptions.DAYS,
    }
    return render(request, "about/exempt.html", context)
