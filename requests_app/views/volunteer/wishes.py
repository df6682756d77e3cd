"""How far, how often and for what somebody wants to be asked, and in which languages they can help."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError
from requests_app.forms.wishes import WishesForm
from requests_app.views.volunteer.door import person, volunteers_only
from volunteers import actions
from volunteers.models import Volunteer


@require_http_methods(["GET", "HEAD", "POST"])
@volunteers_only
def wishes(request: HttpRequest, volunteer: Volunteer) -> HttpResponse:
    """Shows and keeps the wishes."""
    form, status = WishesForm(request.POST or None, volunteer=volunteer), 200
    if request.method == "POST" and form.is_valid():
        try:
            do_once(
                request, lambda: actions.update(volunteer, actor=person(request), **form.wishes()).version
            )
        except DomainError as refused:
            show_refusal(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Kept."))
            return redirect("v:wishes")
    elif form.errors:
        status = 400
    return render(request, "requests_app/volunteer/wishes.html", {"form": form, "tab": "me"}, status=status)
