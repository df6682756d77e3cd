"""The door of a confidential request: who opens it says why."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from civic.accounts.enums import ReadPurpose
from civic.lib.errors import ValidationFailed
from requests_app import access, actions, reference
from requests_app.queries import desk_request
from requests_app.views.desk.door import QUEUE, for_roles


def gate(request: HttpRequest, pk: int, *, status: int = 200, refused: str = "") -> HttpResponse:
    """Returns the page that asks why; it says no more than code, category, state and when the next step is due."""
    case = desk_request.sealed(request.user, pk)  # type: ignore[arg-type]
    context = {
        "section": "requests",
        "case": case,
        "category": reference.snapshot().by_id[case.category_id],
        "purposes": ReadPurpose.choices,
        "refused": refused,
    }
    return render(request, "requests_app/desk/sealed.html", context, status=status)


@require_safe
@for_roles(access.READERS)
def index(request: HttpRequest) -> HttpResponse:
    """The open confidential requests of one's areas that are closed to oneself: code, category, state, due."""
    context = {"section": "requests", "rows": desk_request.sealed_open(request.user)}  # type: ignore[arg-type]
    return render(request, "requests_app/desk/sealed_list.html", context)


@require_POST
@for_roles(QUEUE)
def open_sealed(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens it to whoever says why."""
    case = desk_request.sealed(request.user, pk)  # type: ignore[arg-type]
    sent = {name: request.POST.get(name, "") for name in ("purpose", "note")}
    try:
        actions.open_sealed(case, actor=request.user, **sent)  # type: ignore[arg-type]
    except ValidationFailed as refused:
        return gate(request, pk, status=400, refused=str(refused))
    return redirect("desk:request", pk)
