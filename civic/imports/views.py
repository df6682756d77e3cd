"""A file on the desk: send it, look at what will become of it, start, watch, undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import file_digest
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.pages import for_roles
from civic.cases.posted import do_once
from civic.imports import actions
from civic.imports.forms import Correct, Upload, refused_words
from civic.imports.models import ImportState
from civic.imports.queries import Shown
from civic.lib.conditional import unless_same
from civic.lib.errors import Conflict, DomainError

NAMES = ("index", "new", "show", "progress", "correct", "start", "undo", "discard")


@dataclass(frozen=True)
class Templates:
    """The pages of one importer; each extends the page of that name in templates/imports/."""

    index: str
    new: str
    preview: str
    done: str


@dataclass(frozen=True)
class Pages:
    """The pages of one importer: a route for each of NAMES, in the namespace `namespace`."""

    shown: Shown[Any]
    upload_form: type[Upload]
    correct_form: type[Correct]
    templates: Templates
    namespace: str
    section: str  # of the console
    adding: str | Promise  # what the job says of itself
    undoing: str | Promise
    context: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        urls = {name: f"{self.namespace}:{name}" for name in NAMES}
        told = {"adding": self.adding, "undoing": self.undoing}
        object.__setattr__(self, "context", {"section": self.section, "urls": urls, "doing": told})

    def routes(self) -> list[URLPattern]:
        """Returns the routes, to be included under the namespace."""
        guard = for_roles(self.shown.importer.roles)
        return [
            path("", require_safe(guard(self.index)), name="index"),
            path("new/", require_http_methods(["GET", "HEAD", "POST"])(guard(self.new)), name="new"),
            path("<int:pk>/", require_safe(guard(self.show)), name="show"),
            path("<int:pk>/progress/", require_safe(guard(self.progress)), name="progress"),
            path("<int:pk>/correct/", require_POST(guard(self.correct)), name="correct"),
            path("<int:pk>/start/", require_POST(guard(self.start)), name="start"),
            path("<int:pk>/undo/", require_POST(guard(self.undo)), name="undo"),
            path("<int:pk>/discard/", require_POST(guard(self.discard)), name="discard"),
        ]

    def index(self, request: HttpRequest) -> HttpResponse:
        """The imports into one's areas, the newest first."""
        found = self.shown.page(request.user, request.GET.get("cursor", ""))  # type: ignore[arg-type]
        return render(request, self.templates.index, {"page": found, **self.context})

    def new(self, request: HttpRequest) -> HttpResponse:
        """Asks for a file and what to assume of its rows; what is no table is refused in place."""
        actor: Any = request.user
        form = self.upload_form(request.POST or None, request.FILES or None, user=actor)
        if request.method != "POST" or not form.is_valid():
            return self._new(request, form, 400 if form.is_bound else 200)
        sent = form.cleaned_data["file"]

        def upload() -> int:
            given: dict[str, Any] = {"actor": actor, "file_name": sent.name, "chunks": sent.chunks()}
            return actions.upload(self.shown.importer, **given, **form.assumed()).pk

        try:
            # Going back and choosing another file is another upload, though the page may be the same.
            pk = do_once(request, upload, also=file_digest(sent.file, "sha256").hexdigest())
        except DomainError as refused:
            form.add_error(None, refused_words(refused))
            return self._new(request, form, refused.status)
        return self._to(pk)

    def _new(self, request: HttpRequest, form: Upload, status: int) -> HttpResponse:
        return render(request, self.templates.new, {"form": form, **self.context}, status=status)

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One import: being worked on, to be looked at, done or failed."""
        return self._respond(request, self._get(request, pk))

    def _respond(
        self, request: HttpRequest, batch: Any, form: Correct | None = None, status: int = 200
    ) -> HttpResponse:
        """Returns the page for the state the import is in."""
        counts = self.shown.progress(batch)
        context: dict[str, Any] = {"batch": batch, "counts": counts, **self.context}
        if batch.is_busy:
            return render(request, "imports/busy.html", context)
        if batch.state == ImportState.FAILED:
            return render(request, "imports/failed.html", context)
        tab, cursor = request.GET.get("tab", ""), request.GET.get("cursor", "")
        context["rows"] = self.shown.rows_page(batch, counts, tab, cursor)
        if batch.state == ImportState.PREVIEW:
            actor: Any = request.user
            form = form or self.correct_form(batch=batch, user=actor)
            columns = self.shown.file_columns(batch)
            context |= {"form": form, "lines": form.lines(columns)}
            context["samples"] = {column.at: column.samples for column in columns}
            return render(request, self.templates.preview, context, status=status)
        return render(request, self.templates.done, context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the job is, as the page polls it; says so when there is something new to look at."""
        batch = self._get(request, pk)
        counts = self.shown.progress(batch)
        context = {"batch": batch, "counts": counts, **self.context}
        return unless_same(
            request,
            (batch.state, batch.done, counts.by_state),
            lambda: render(request, "imports/_progress.html", context),
        )

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reads the rows anew with other columns or other defaults."""
        batch, actor = self._get(request, pk), request.user
        form = self.correct_form(request.POST, batch=batch, user=actor)  # type: ignore[arg-type]
        if not form.is_valid():
            return self._respond(request, batch, form, status=400)
        given: dict[str, Any] = {"actor": actor, "chosen": form.chosen(), **form.assumed()}
        try:
            actions.correct(self.shown.importer, batch, **given)
        except Conflict as refused:
            messages.error(request, str(refused.detail))
        except DomainError as refused:
            form.add_error(None, refused_words(refused))
            return self._respond(request, batch, form, status=refused.status)
        else:
            messages.success(request, _("Every row was looked at again."))
        return self._to(pk)

    def start(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begins to add what can be added."""
        return self._step(request, pk, actions.start)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begins to take back what nobody has touched."""
        return self._step(request, pk, actions.undo)

    def _step(self, request: HttpRequest, pk: int, act: Callable[..., Any]) -> HttpResponse:
        batch = self._get(request, pk)
        try:
            do_once(request, lambda: act(self.shown.importer, batch, actor=request.user).pk)
        except Conflict as refused:
            messages.error(request, str(refused.detail))
        return self._to(pk)

    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forgets an import that has added nothing."""
        batch, actor = self._get(request, pk), request.user
        try:
            actions.discard(self.shown.importer, batch, actor=actor)  # type: ignore[arg-type]
        except Conflict as refused:
            messages.error(request, str(refused.detail))
            return self._to(pk)
        messages.success(request, _("The import was discarded; nothing of it is kept."))
        return redirect(f"{self.namespace}:index")

    def _get(self, request: HttpRequest, pk: int) -> Any:
        return self.shown.get(request.user, pk)  # type: ignore[arg-type]

    def _to(self, pk: Any) -> HttpResponse:
        return redirect(f"{self.namespace}:show", pk)
