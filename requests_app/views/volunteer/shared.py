"""A task that a team mate passed on: their link leads to the pool, to one's own task, or says who can offer it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civic.lib.errors import AlreadyTaken, NotFound
from requests_app import sharing
from requests_app.queries import volunteer_shared, volunteer_task
from requests_app.views.volunteer.door import person, volunteers_only
from volunteers.models import Volunteer


@require_safe
@volunteers_only
def shared(request: HttpRequest, volunteer: Volunteer, token: str) -> HttpResponse:
    """Leads to the task where it can be taken, else shows its summary. Raises NotFound for what is not for them."""
    pk = sharing.request_id_of(token)
    if pk is None:
        raise NotFound(_("This link is older than a week, or it is not whole. Please ask for a new one."))
    if volunteer_task.find(person(request), volunteer, pk) is not None:
        return redirect("v:task", pk)
    card = volunteer_shared.find(volunteer, pk)
    if card is None:
        raise NotFound(_("This one is not for you, or it is settled by now. Thank you all the same."))
    if volunteer_shared.is_full(card):
        refused = AlreadyTaken(_("Somebody has taken it already. Thank you all the same."))
        return render(request, "requests_app/volunteer/gone.html", {"refused": refused, "tab": "offers"})
    return render(request, "requests_app/volunteer/shared.html", {"card": card, "tab": "offers"})
