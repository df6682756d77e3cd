"""Every verb of the desk: a small form in a dialog, or on a page of its own where there is no script."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import reswap, retarget, trigger_client_event

from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError, IllegalTransition, NotAllowed, NotFound, VersionConflict
from requests_app import actions
from requests_app.forms.desk.base import VerbForm
from requests_app.forms.desk.verbs import FORMS
from requests_app.queries.desk_request import Picture
from requests_app.queries.desk_verbs import VERBS
from requests_app.views.desk.door import QUEUE, for_roles
from requests_app.views.desk.many import toast_with_undo
from requests_app.views.desk.queue import SUGGESTED, kept_params, respond


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(QUEUE)
def verb(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Asks what a verb needs and performs it; a refusal stands in the form, with everything typed kept."""
    if name not in FORMS:
        raise NotFound()
    picture = Picture(request.user, pk)  # type: ignore[arg-type]
    if not picture.verbs and not picture.can.barred:  # somebody who may look, such as an auditor
        raise NotAllowed()
    if request.method == "POST":
        return _perform(request, picture, name)
    if name == "offer":
        return redirect(_page_of(request, pk))
    if name not in picture.verbs:
        refused = (
            NotAllowed(picture.can.barred[name])
            if name in picture.can.barred
            else IllegalTransition(
                _("This step is not possible now. Please look at the present state again.")
            )
        )
        return _form_page(request, picture, name, None, status=refused.status, refused=refused)
    form = FORMS[name](picture=picture)
    form.prefill(*(request.GET.get(each, "") for each in SUGGESTED))
    return _form_page(request, picture, name, form)


def _perform(request: HttpRequest, picture: Picture, name: str) -> HttpResponse:
    form = FORMS[name](request.POST, picture=picture)
    if not form.is_valid():
        return _refused(request, picture, name, form, status=400)

    def act() -> str:
        seen = form.cleaned_data["version"]
        actor: Any = request.user
        done = actions.act(
            picture.request, form.row or name, actor=actor, expected_version=seen, **form.facts()
        )
        return str(done.version)

    try:
        version = int(do_once(request, act))
    except VersionConflict as conflict:
        return _explain(request, picture, name, int(form.cleaned_data["version"]), conflict)
    except DomainError as refused:
        show_refusal(form, refused)
        return _refused(request, picture, name, form, status=refused.status)
    return _done(request, picture.request.pk, name, version, form.told())


def _done(request: HttpRequest, pk: int, name: str, version: int, words: str) -> HttpResponse:
    """Back to the request, as it now stands, with `words`; a step with an opposite can be undone for a while."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, words)
        return redirect(_page_of(request, pk))
    response = respond(request, Picture(request.user, pk))  # type: ignore[arg-type]
    if request.htmx.target != "work":  # type: ignore[attr-defined]
        # From the dialog. Not for a form inside #work, which may be gone from the page by the time of the answer.
        response = reswap(retarget(response, "#work"), "innerHTML")
    trigger_client_event(response, "civic:toast", toast_with_undo(request, words, pk, version))
    return trigger_client_event(response, "desk:done", {"verb": name}, after="swap")


def _explain(
    request: HttpRequest, picture: Picture, name: str, seen: int, conflict: VersionConflict
) -> HttpResponse:
    """Somebody was faster: shows what changed since, and the form as it was filled in, ready to be sent again."""
    now = Picture(request.user, picture.request.pk)  # type: ignore[arg-type]
    moved = now.moved_since(seen)
    if moved:
        conflict = VersionConflict(_("Your step was not taken."), title=moved[-1].in_short)
    data = request.POST.copy()
    data["version"] = str(now.request.version)
    form = FORMS[name](data, picture=now)
    if name in now.verbs:
        form.is_valid()
        return _refused(request, now, name, form, status=409, conflict=conflict, moved=moved)
    return _form_page(request, now, name, None, status=409, refused=conflict, moved=moved)


def _refused(
    request: HttpRequest, picture: Picture, name: str, form: VerbForm, *, status: int, **more: Any
) -> HttpResponse:
    if name == "offer":
        return respond(request, picture, status=status, offer_form=form, **more)
    return _form_page(request, picture, name, form, status=status, **more)


def _form_page(
    request: HttpRequest, picture: Picture, name: str, form: VerbForm | None, status: int = 200, **more: Any
) -> HttpResponse:
    """The form as the contents of the dialog, or as a page."""
    if name == "offer" and form is None:  # nothing to fill in any more: the request itself says why
        return respond(request, picture, status=status, **more)
    said = form or FORMS[name]
    context = {
        "picture": picture,
        "case": picture.request,
        "form": form,
        "heading": said.heading,
        "explains": said.explains,
        "submit": said.submit,
        "verb": VERBS[name],
        "back": _page_of(request, picture.request.pk),
        "section": "requests",
        "action": request.get_full_path(),
        **more,
    }
    dialog = bool(request.htmx)  # type: ignore[attr-defined]
    template = "requests_app/desk/_verb.html" if dialog else "requests_app/desk/verb.html"
    return render(request, template, {**context, "dialog": dialog}, status=status)


def _page_of(request: HttpRequest, pk: int) -> str:
    return reverse("desk:request", args=[pk]) + kept_params(request)
