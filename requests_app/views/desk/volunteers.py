"""The volunteers of an area: who waits for approval, and deciding about them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import ReadPurpose
from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError, NotFound
from civic.lib.numbers import whole
from civic.shell import REGISTERS
from requests_app.forms.desk.volunteers import FORMS, PAPER_FORMS, CheckPaperForm
from requests_app.queries import desk_people
from requests_app.queries.desk_people import VolunteerPicture
from requests_app.views.desk.door import VOLUNTEERS, for_roles
from volunteers.actions import decide

LONGEST_Q = 80
ALL_FORMS = {**FORMS, **PAPER_FORMS}


@require_safe
@for_roles(VOLUNTEERS)
def index(request: HttpRequest) -> HttpResponse:
    """A list by state, the waiting ones first."""
    after = request.GET.get("after", "")
    page = desk_people.volunteer_page(
        request.user,  # type: ignore[arg-type]
        request.GET.get("state", ""),
        request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_Q],
        whole(after),
    )
    may_import = holds_anywhere(request.user, REGISTERS)
    context = {"page": page, "section": "volunteers", "may_import": may_import}
    return render(request, "requests_app/desk/volunteers.html", context)


@require_safe
@for_roles(VOLUNTEERS)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One volunteer with what can be decided."""
    picture = VolunteerPicture(request.user, pk)  # type: ignore[arg-type]
    return render(request, "requests_app/desk/volunteer.html", _context(picture))


@require_POST
@for_roles(VOLUNTEERS)
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the volunteer's number to whoever says why; the reading is logged."""
    picture = VolunteerPicture(request.user, pk)  # type: ignore[arg-type]
    said = {name: request.POST.get(name, "") for name in ("purpose", "note")}
    context = {**_context(picture), "phone": picture.unmask_phone(**said)}
    return render(request, "requests_app/desk/volunteer.html", context)


@require_http_methods(["POST"])
@for_roles(VOLUNTEERS)
def verb(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Decides about the registration or a paper; a refusal stands in the form."""
    picture = VolunteerPicture(request.user, pk)  # type: ignore[arg-type]
    if name not in ALL_FORMS:
        raise NotFound()
    form = ALL_FORMS[name](request.POST, volunteer=picture.volunteer)
    if not form.is_valid():
        return render(request, "requests_app/desk/volunteer.html", _context(picture, name, form), status=400)

    def act() -> str:
        actor: Any = request.user
        seen = form.cleaned_data["version"]
        return str(decide(picture.volunteer, name, actor=actor, expected_version=seen, **form.facts()).pk)

    try:
        do_once(request, act)
    except DomainError as refused:
        picture = VolunteerPicture(request.user, pk)  # type: ignore[arg-type]
        if name not in picture.verbs and not (name in PAPER_FORMS and picture.decides):
            raise
        show_refusal(form, refused)
        context = _context(picture, name, form)
        return render(request, "requests_app/desk/volunteer.html", context, status=refused.status)
    messages.success(request, form.told())
    return redirect("desk:volunteer", pk) if name in PAPER_FORMS else redirect("desk:volunteers")


def _context(picture: VolunteerPicture, name: str = "", form: Any = None) -> dict[str, Any]:
    forms = [
        {
            "name": each,
            "form": form if each == name else FORMS[each](volunteer=picture.volunteer, auto_id=f"{each}_%s"),
        }
        for each in picture.verbs
    ]
    return {
        "picture": picture,
        "volunteer": picture.volunteer,
        "forms": forms,
        "failed": form if name in PAPER_FORMS else None,
        "purposes": ReadPurpose.choices,
        "reason_field": CheckPaperForm(volunteer=picture.volunteer)["reason"],
        "section": "volunteers",
    }
