"""Keeping and deleting views of the queue; both lead back to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from civic.lib.errors import DomainError
from requests_app import access
from requests_app.actions import saved_views as actions
from requests_app.forms.desk.saved_views import KeepForm, kept_query
from requests_app.queries import saved_views
from requests_app.views.desk.door import for_roles


def views_context(request: HttpRequest, query: str) -> dict[str, Any]:
    """Returns what the queue's head shows of the views, `query` being that of the filters now."""
    user: Any = request.user
    now = kept_query(query)
    shown = saved_views.views_for(user)
    return {
        "lines": [
            {
                "view": view,
                "own": view.owner_id == user.pk,
                "url": f"?{view.query}",
                "here": view.query == now,
            }
            for view in shown
        ],
        "here": next((view.name for view in shown if view.query == now), ""),
        "form": KeepForm(user=user, initial={"query": now}),
        "query": now,
    }


@require_POST
@for_roles(access.READERS)
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps the filters that were shown; the same name again replaces them."""
    user: Any = request.user
    form = KeepForm(request.POST, user=user)
    if not form.is_valid():
        messages.error(request, " ".join(str(word) for found in form.errors.values() for word in found))
        return _back(kept_query(request.POST.get("query", "")[:500]))
    given = form.cleaned_data
    try:
        view = actions.keep(user, name=given["name"], query=given["query"], area_id=given["area"])
    except DomainError as refused:
        messages.error(
            request, str(refused.detail or " ".join(map(str, (refused.errors or {}).get("name", []))))
        )
        return _back(given["query"])
    messages.success(request, _("Kept as “%(name)s”.") % {"name": view.name})
    return _back(view.query)


@require_POST
@for_roles(access.READERS)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Deletes one of one's own views."""
    actions.drop(request.user, pk)  # type: ignore[arg-type]
    messages.success(request, _("The view has been deleted."))
    return _back(kept_query(request.POST.get("query", "")[:500]))


def _back(query: str) -> HttpResponse:
    return redirect(reverse("desk:queue") + (f"?{query}" if query else ""))
