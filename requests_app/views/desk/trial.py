"""Trying other weights of matching on the dispatches of the past, and putting them in force."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from civic import shell
from civic.imports.forms import refused_words
from civic.lib.errors import DomainError, NotAllowed
from requests_app.actions import weights
from requests_app.forms.desk.trial import TrialForm, beginning
from requests_app.queries import trial as queries
from requests_app.views.desk.door import for_roles


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(shell.TRIAL)
def trial(request: HttpRequest) -> HttpResponse:
    """Shows what the weights asked for would have changed; posted, by whoever may, puts them in force."""
    user: Any = request.user
    sent = request.POST if request.method == "POST" else request.GET
    if request.method == "POST" and not weights.may_use(user):
        raise NotAllowed()
    if "months" not in sent:  # only looking, perhaps at another area
        return _page(request, TrialForm(user=user, initial=beginning(user, sent.get("area", ""))), None)
    form = TrialForm(sent, user=user)
    if not form.is_valid():
        return _page(request, form, None, status=400)
    area, given = form.cleaned_data["area"], form.weights()
    if request.method == "POST":
        try:
            weights.use(area, given, actor=user, url=request.path)
        except DomainError as refused:
            messages.error(request, " ".join(refused_words(refused)))
        else:
            messages.success(request, _("The weights are in force in %(area)s.") % {"area": area.label})
        return redirect(f"{reverse('desk:trial')}?area={area.pk}")
    return _page(request, form, queries.run(area, form.cleaned_data["months"], given))


def _page(
    request: HttpRequest, form: TrialForm, found: queries.Trial | None, status: int = 200
) -> HttpResponse:
    context = {
        "section": "trial",
        "form": form,
        "trial": found,
        "may_use": weights.may_use(request.user),  # type: ignore[arg-type]
    }
    return render(request, "requests_app/desk/trial.html", context, status=status)
