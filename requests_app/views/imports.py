"""A backlog file on the desk: send it, look at what will become of it, start, watch, undo."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import file_digest
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.enums import Role
from civic.cases.posted import do_once
from civic.lib.conditional import unless_same
from civic.lib.errors import Conflict, DomainError
from requests_app.forms.imports import CorrectForm, UploadForm, refused_words
from requests_app.imports import actions
from requests_app.models import ImportBatch, ImportState
from requests_app.queries import imports as queries
from requests_app.views.desk.door import for_roles

dispatchers_only = for_roles({Role.DISPATCHER})
SECTION = {"section": "import"}


@require_safe
@dispatchers_only
def index(request: HttpRequest) -> HttpResponse:
    """The imports into one's areas, the newest first."""
    found = queries.page(request.user, request.GET.get("cursor", ""))  # type: ignore[arg-type]
    return render(request, "requests_app/imports/index.html", {"page": found, **SECTION})


@require_http_methods(["GET", "HEAD", "POST"])
@dispatchers_only
def new(request: HttpRequest) -> HttpResponse:
    """Asks for a file and what to assume of its rows; what is no table is refused in place."""
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)  # type: ignore[arg-type]
    if request.method != "POST" or not form.is_valid():
        status = 400 if form.is_bound else 200
        return render(request, "requests_app/imports/new.html", {"form": form, **SECTION}, status=status)
    given = form.cleaned_data
    sent = given["file"]

    def upload() -> int:
        actor: Any = request.user
        assumed = {"area": given["area"], "category": given["category"]}
        return actions.upload(actor=actor, file_name=sent.name, chunks=sent.chunks(), **assumed).pk

    try:
        # Going back and choosing another file is another upload, though the page may be the same.
        pk = do_once(request, upload, also=file_digest(sent.file, "sha256").hexdigest())
    except DomainError as refused:
        form.add_error(None, refused_words(refused))
        context = {"form": form, **SECTION}
        return render(request, "requests_app/imports/new.html", context, status=refused.status)
    return redirect("desk_imports:show", pk)


@require_safe
@dispatchers_only
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: being worked on, to be looked at, done or failed."""
    batch = queries.get(request.user, pk)  # type: ignore[arg-type]
    return respond(request, batch)


def respond(
    request: HttpRequest, batch: ImportBatch, form: CorrectForm | None = None, status: int = 200
) -> HttpResponse:
    """Returns the page for the state the import is in."""
    counts = queries.progress(batch)
    context: dict[str, Any] = {"batch": batch, "counts": counts, **SECTION}
    if batch.is_busy:
        return render(request, "requests_app/imports/busy.html", context)
    if batch.state == ImportState.FAILED:
        return render(request, "requests_app/imports/failed.html", context)
    context["rows"] = queries.RowPage(
        batch, counts, request.GET.get("tab", ""), request.GET.get("cursor", "")
    )
    if batch.state == ImportState.PREVIEW:
        form = form or CorrectForm(batch=batch, user=request.user)
        columns = queries.file_columns(batch)
        context |= {"form": form, "lines": form.lines(columns)}
        context["samples"] = {column.at: column.samples for column in columns}
        return render(request, "requests_app/imports/preview.html", context, status=status)
    return render(request, "requests_app/imports/done.html", context)


@require_safe
@dispatchers_only
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the job is, as the page polls it; says so when there is something new to look at."""
    batch = queries.get(request.user, pk)  # type: ignore[arg-type]
    counts = queries.progress(batch)
    context = {"batch": batch, "counts": counts}
    return unless_same(
        request,
        (batch.state, batch.done, counts.by_state),
        lambda: render(request, "requests_app/imports/_progress.html", context),
    )


@require_POST
@dispatchers_only
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Reads the rows anew with other columns, another area or kind of help."""
    batch = queries.get(request.user, pk)  # type: ignore[arg-type]
    form = CorrectForm(request.POST, batch=batch, user=request.user)
    if not form.is_valid():
        return respond(request, batch, form, status=400)
    area, category = form.cleaned_data["area"], form.cleaned_data["category"]
    try:
        actor: Any = request.user
        actions.correct(batch, actor=actor, chosen=form.chosen(), area=area, category=category)
    except Conflict as refused:
        messages.error(request, str(refused.detail))
    except DomainError as refused:
        form.add_error(None, refused_words(refused))
        return respond(request, batch, form, status=refused.status)
    else:
        messages.success(request, _("Every row was looked at again."))
    return redirect("desk_imports:show", pk)


@require_POST
@dispatchers_only
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins to add what can be added."""
    return _step(request, pk, actions.start)


@require_POST
@dispatchers_only
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins to cancel what nobody has touched."""
    return _step(request, pk, actions.undo)


def _step(request: HttpRequest, pk: int, act: Callable[..., ImportBatch]) -> HttpResponse:
    batch = queries.get(request.user, pk)  # type: ignore[arg-type]
    try:
        do_once(request, lambda: act(batch, actor=request.user).pk)
    except Conflict as refused:
        messages.error(request, str(refused.detail))
    return redirect("desk_imports:show", pk)


@require_POST
@dispatchers_only
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets an import that has added nothing."""
    batch = queries.get(request.user, pk)  # type: ignore[arg-type]
    try:
        actions.discard(batch, actor=request.user)  # type: ignore[arg-type]
    except Conflict as refused:
        messages.error(request, str(refused.detail))
        return redirect("desk_imports:show", pk)
    messages.success(request, _("The import was discarded; nothing of it is kept."))
    return redirect("desk_imports:index")
