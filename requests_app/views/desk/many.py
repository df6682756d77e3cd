"""A step on many requests of the queue at once, and taking back what was just done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from civic.accounts.enums import Role
from civic.cases.posted import do_once
from civic.lib import codes
from civic.lib.errors import NotFound, ValidationFailed
from civic.shell import safe_next
from requests_app import actions
from requests_app.actions import undo as undoing
from requests_app.actions.many import MOST, Result, Seen, each
from requests_app.forms.desk import many as forms
from requests_app.models import ServiceRequest
from requests_app.queries import desk_many
from requests_app.views.desk.door import for_roles

dispatchers_only = for_roles({Role.DISPATCHER})


def chosen_in(request: HttpRequest) -> list[Seen]:
    """Returns what was chosen; raises ValidationFailed for nothing and for too many."""
    sent = request.POST if request.method == "POST" else request.GET
    found = forms.chosen(sent.getlist("chosen"))
    if not 1 <= len(found) <= MOST:
        raise ValidationFailed(_("Choose 1 to %(n)d requests in the queue.") % {"n": MOST})
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@dispatchers_only
def many(request: HttpRequest, name: str) -> HttpResponse:
    """Asks once what the step needs, then takes it on each by itself and says of each what became of it."""
    chosen = chosen_in(request)
    if name not in forms.FORMS:
        raise NotFound()
    found = desk_many.found(request.user, [pk for pk, _version in chosen])  # type: ignore[arg-type]
    form = forms.FORMS[name](request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {
            "form": form,
            "chosen": chosen,
            "requests": [found[pk] for pk, _version in chosen if pk in found],
            "heading": form.heading,
        }
        return _page(request, "_many", context, status=400 if form.is_bound else 200)
    actor: Any = request.user

    def step(case: ServiceRequest, seen: int) -> int:
        return actions.act(case, form.verb, actor=actor, expected_version=seen, **form.facts()).version

    return told(request, str(form.heading), each(chosen, found, once_each(request, step)))


@require_POST
@dispatchers_only
def undo(request: HttpRequest) -> HttpResponse:
    """Takes back one's own last step on each of the chosen, as long as nothing has happened since."""
    chosen = chosen_in(request)
    found = desk_many.found(request.user, [pk for pk, _version in chosen])  # type: ignore[arg-type]
    actor: Any = request.user

    def step(case: ServiceRequest, seen: int) -> int:
        return undoing.undo(case, actor=actor, version=seen).version

    results = each(chosen, found, once_each(request, step))
    if not request.htmx or "panel" in request.POST:  # type: ignore[attr-defined]
        return told(request, _("Undo"), results, again=False, back=safe_next(request, ""))
    [result] = results[:1]
    words = _("Undone.") if result.done else _("Not undone: %(why)s") % {"why": result.why_not}
    toast = {"value": words, "tone": "" if result.done else "error"}
    response = trigger_client_event(HttpResponse(), "civic:toast", toast)
    return trigger_client_event(response, "desk:moved", {"ids": [result.pk]})


def offered(request: HttpRequest, done: dict[int, int]) -> list[str]:
    """Returns "<number>:<version>" of those of `done` that the reader can take back."""
    return [f"{pk}:{done[pk]}" for pk in undoing.undoable(done, request.user)]  # type: ignore[arg-type]


def toast_with_undo(request: HttpRequest, words: str, pk: int, version: int) -> dict[str, Any]:
    """Returns what the page needs to show `words`, and a button that takes the step back where that is possible."""
    able = offered(request, {pk: version})
    if not able:
        return {"value": words}
    return {"value": words, "undo": {"word": _("Undo"), "chosen": able[0], "form_key": codes.token()}}


def once_each(
    request: HttpRequest, step: Callable[[ServiceRequest, int], int]
) -> Callable[[ServiceRequest, int], int]:
    """Returns `step` with a key of its own for each request: a form sent twice takes no step twice."""
    return lambda case, seen: int(do_once(request, lambda: step(case, seen), also=str(case.pk)))


def told(
    request: HttpRequest, heading: str, results: list[Result], *, again: bool = True, back: str = ""
) -> HttpResponse:
    """Says of each what became of it; `again` offers to take back what can be, `back` is where one came from."""
    lines = desk_many.told(request.user, results)  # type: ignore[arg-type]
    done = {each.pk: each.version for each in results if each.done}
    context = {
        "heading": heading,
        "failed": [line for line in lines if not line.result.done],
        "done": [line for line in lines if line.result.done],
        "undoable": offered(request, done) if again else [],
        "back": back,
    }
    response = _page(request, "_many_done", context)
    return trigger_client_event(response, "desk:moved", {"ids": list(done)}, after="swap")


def _page(request: HttpRequest, part: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Returns the contents of the dialog, or a page of its own where there is no script."""
    dialog = bool(request.htmx)  # type: ignore[attr-defined]
    section = "alike" if context.get("back") else "requests"
    context |= {"dialog": dialog, "section": section, "action": request.path}
    template = f"requests_app/desk/{part if dialog else 'many'}.html"
    return render(request, template, context, status=status)
