"""What somebody shows about themselves: qualifications, the ID number, for a minor the guardian, and the pledge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from civic.cases.posted import do_once, show_refusal
from civic.evidence import limits, owners, store
from civic.lib.errors import DomainError
from volunteers import actions, own_papers, queries
from volunteers.forms_of_profile import DropForm, GuardianForm, IdNumberForm, PaperForm
from volunteers.models import Volunteer
from volunteers.views.profile import PAGES, person

FORMS: dict[str, Any] = {"paper": PaperForm, "id_number": IdNumberForm, "guardian": GuardianForm}


@never_cache
@require_http_methods(PAGES)
def papers(request: HttpRequest) -> HttpResponse:
    """Shows what was given; keeps one thing more, or removes a qualification."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    if request.method != "POST":
        return _page(request, volunteer)
    what = request.POST.get("what", "")
    form = FORMS.get(what, DropForm)(request.POST, request.FILES)
    if what != "pledge" and not form.is_valid():
        return _page(request, volunteer, what, form, status=400)
    try:
        _keep(request, volunteer, what, form)
    except DomainError as refused:
        show_refusal(form, refused)
        return _page(request, volunteer, what, form, status=refused.status)
    messages.success(request, _("Kept."))
    return redirect("v:papers")


def _keep(request: HttpRequest, volunteer: Volunteer, what: str, form: Any) -> None:
    """Does the one thing the form is about, once. Raises what the actions raise."""
    user, given = person(request), form.cleaned_data if what != "pledge" else {}
    act: Callable[[], Volunteer]
    if what == "paper":
        owner = owners.of(request)
        limits.count_upload(request, owner)
        photo = store.store_photo(given.pop("photo"), uploader=owner)
        act = lambda: actions.show_paper(volunteer, actor=user, photo=photo.pk, **given)  # noqa: E731
    elif what == "id_number":
        act = lambda: actions.keep_id_number(volunteer, actor=user, typed=given["id_number"])  # noqa: E731
    elif what == "guardian":
        name, telephone = given["guardian_name"], given["guardian_phone"]
        act = lambda: actions.name_guardian(volunteer, actor=user, name=name, telephone=telephone)  # noqa: E731
    elif what == "pledge":
        act = lambda: actions.act(volunteer, "pledge", actor=user)  # noqa: E731
    else:
        act = lambda: actions.act(volunteer, "drop_paper", actor=user, paper=given["row"])  # noqa: E731
    do_once(request, lambda: act().version)


def _page(
    request: HttpRequest, volunteer: Volunteer, what: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    forms = {name: made() for name, made in FORMS.items()}
    if what in forms:
        forms[what] = form
    context = {
        "volunteer": volunteer,
        "mine": own_papers.of(volunteer),
        "forms": forms,
        "failed": form,
        "tab": "me",
    }
    return render(request, "volunteers/papers.html", context, status=status)
