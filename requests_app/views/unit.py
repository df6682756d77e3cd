"""The page of a responsible unit: what was referred to it, its answer with photos, or giving it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from civic.accounts.access import holds_anywhere
from civic.accounts.enums import ReadPurpose, Role
from civic.accounts.models import User
from civic.areas import queries as areas
from civic.areas.models import AreaLevel
from civic.cases.posted import do_once, show_refusal
from civic.evidence import store
from civic.evidence.models import Photo
from civic.lib.errors import DomainError, NotAllowed, NotFound
from requests_app import access, actions
from requests_app.access import Sight
from requests_app.forms.unit import AnswerForm, ReturnForm
from requests_app.models import ServiceRequest
from requests_app.queries import approvals, referrals_shown
from requests_app.queries.approvals import Proposal
from requests_app.queries.referrals_shown import Hands
from requests_app.views.volunteer import photos

View = Callable[..., HttpResponse]


def units_only(view: View) -> View:
    """Lets a page be opened by who answers for a unit; which rows, is decided one by one. Raises NotAllowed."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not holds_anywhere(request.user, {Role.UNIT}):  # type: ignore[arg-type]
            raise NotAllowed(_("This page is for responsible units."))
        return view(request, *args, **kwargs)

    return guarded


@dataclass(frozen=True)
class Picture:
    """One referred request as its unit reads it."""

    request: ServiceRequest
    reader: User
    leads: bool

    @cached_property
    def hands(self) -> Hands:
        """Who has it, and what the desk wrote."""
        return referrals_shown.hands(self.request)

    @property
    def place_label(self) -> str:
        """The areas from the street down."""
        return areas.path_label(self.request.area_id, below=AreaLevel.DISTRICT)

    @property
    def photos(self) -> list[Photo]:
        """What came with it."""
        return list(store.photos_of(self.request.kind, self.request.pk))

    @property
    def voices(self) -> list[Any]:
        """Its voice notes."""
        return list(store.voices_of(self.request.kind, self.request.pk)) if self.request.voice_id else []

    @property
    def joined(self) -> int:
        """How many residents read the answer besides."""
        return self.request.joined.filter(state="merged").count()

    @cached_property
    def proposal(self) -> Proposal | None:
        """The answer that waits for a second person, if there is one."""
        return next(
            (each for each in approvals.of_request(self.request, self.reader) if each.is_answer), None
        )

    @property
    def may_return(self) -> bool:
        """Whether there is anybody to give it back to."""
        lies_with = self.hands.current
        return self.leads and lies_with is not None and not lies_with.unit.backstop


def _picture(user: User, pk: int) -> Picture:
    """Returns the request `pk` while it lies with a unit of `user`; raises NotFound."""
    found, seen = access.find(user, pk=pk)
    if seen != Sight.UNIT:
        raise NotFound()
    return Picture(found, user, "unit" in access.standing(found, user))


@require_safe
@units_only
def home(request: HttpRequest) -> HttpResponse:
    """What waits, the most urgent first, and what was answered or given back lately."""
    user: Any = request.user
    context: dict[str, Any] = {
        "waiting": referrals_shown.waiting_for(user),
        "ended": referrals_shown.ended_for(user),
    }
    context["mine"] = access.units_of(user)
    return render(request, "requests_app/unit/home.html", {**context, "section": "unit"})


@require_safe
@units_only
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with what is needed to answer it."""
    return _page(request, _picture(request.user, pk))  # type: ignore[arg-type]


@require_POST
@units_only
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the contact to whoever says why; the reading is logged."""
    picture = _picture(request.user, pk)  # type: ignore[arg-type]
    purpose = request.POST.get("purpose", "")
    contact = actions.unmask_phone(picture.request, actor=request.user, purpose=purpose)  # type: ignore[arg-type]
    return _page(request, picture, contact=contact)


@require_http_methods(["GET", "HEAD", "POST"])
@units_only
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to the resident, with photos; without script they are sent with the form, one step before."""
    if request.method != "POST":
        return redirect("unit:request", pk)
    picture = _picture(request.user, pk)  # type: ignore[arg-type]
    kept, problems = photos.take(request)
    form = AnswerForm(request.POST)
    if problems or "add_photos" in request.POST or "remove_photo" in request.POST:
        form = form if problems and form.is_valid() is not None else AnswerForm(initial=request.POST.dict())
        for problem in problems:
            form.add_error(None, problem)
        status = 400 if problems else 200
        return _page(request, picture, status, form=form, photos=photos.shown(request, kept))
    return _act(request, picture, "unit_reply", form, _("Answered. The resident has been told."), photos=kept)


@require_http_methods(["GET", "HEAD", "POST"])
@units_only
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Given back to the desk, with a reason."""
    if request.method != "POST":
        return redirect("unit:request", pk)
    picture = _picture(request.user, pk)  # type: ignore[arg-type]
    return _act(request, picture, "return", ReturnForm(request.POST), _("Given back to the desk."))


@require_POST
@units_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own answer taken back while it waits for a second person, to write it anew."""
    picture = _picture(request.user, pk)  # type: ignore[arg-type]
    if picture.proposal is None:
        return redirect("unit:request", pk)
    actor: Any = request.user
    actions.act(picture.request, "withdraw_proposal", actor=actor, approval=picture.proposal.pk)
    return redirect("unit:request", pk)


def _act(
    request: HttpRequest, picture: Picture, verb: str, form: forms.Form, thanks: str, **more: Any
) -> HttpResponse:
    """Performs a verb; a refusal comes back as words in its form, with everything typed kept."""
    status = 400
    if form.is_valid():
        facts = {**form.cleaned_data, **more}
        seen, actor = facts.pop("version"), request.user

        def act() -> str:
            done = actions.act(picture.request, verb, actor=actor, expected_version=seen, **facts)  # type: ignore[arg-type]
            return str(done.version)

        if actions.needs_approval(verb, facts):
            thanks = _("Put to a second person at the desk. The resident reads it once it is approved.")
        try:
            do_once(request, act)
        except DomainError as refused:
            show_refusal(form, refused)
            status = refused.status
        else:
            messages.success(request, thanks)
            return redirect("unit:home")
    shown = {"photos": photos.shown(request, more["photos"])} if "photos" in more else {}
    form_name = "return_form" if verb == "return" else "form"
    return _page(request, picture, status, **{form_name: form}, **shown)


def _page(request: HttpRequest, picture: Picture, status: int = 200, **more: Any) -> HttpResponse:
    version = {"version": picture.request.version}
    context = {
        "picture": picture,
        "case": picture.request,
        "form": AnswerForm(initial=version),
        "return_form": ReturnForm(initial=version),
        "purposes": ReadPurpose.choices,
        "section": "unit",
        **more,
    }
    return render(request, "requests_app/unit/request.html", context, status=status)


@require_POST
@units_only
def upload(request: HttpRequest) -> HttpResponse:
    """Takes one photo of an answer."""
    return photos.receive(request)


@require_POST
@units_only
def remove(request: HttpRequest) -> HttpResponse:
    """Takes one photo back that belongs to nothing yet."""
    return photos.drop(request)
