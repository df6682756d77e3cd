"""What waits for a second person: for me, by me, and what was decided."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from civic import shell
from requests_app.queries import approvals
from requests_app.views.desk.door import for_roles


@require_safe
@for_roles(shell.APPROVALS)
def index(request: HttpRequest) -> HttpResponse:
    """One box of proposals, each with what it would do, why, and the way to decide."""
    box = request.GET.get("box", "")
    box = box if box in approvals.BOXES else approvals.BOXES[0]
    page = approvals.page(request.user, box, request.GET.get("cursor", ""))  # type: ignore[arg-type]
    labels = {"waiting": _("Waiting for me"), "proposed": _("Proposed by me"), "decided": _("Decided")}
    context = {
        "section": "approvals",
        "box": box,
        "tabs": [(name, labels[name]) for name in approvals.BOXES],
        "waiting": approvals.box(request.user, "waiting").count(),  # type: ignore[arg-type]
        "page": page,
    }
    return render(request, "requests_app/desk/approvals.html", context)
