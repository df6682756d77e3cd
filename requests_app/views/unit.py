"""The page of a responsible unit: what was referred to it, its answer with photos, more time, or giving it back."""

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
from django.utils.translation import gettext_lazy
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
from requests_app.forms.desk.fields import to_minute
from requests_app.forms.unit import AnswerForm, MoreTimeForm, ReturnForm
from requests_app.models import ServiceRequest
from requests_app.queries import approvals, referrals_shown
from requests_app.queries.approvals import Proposal
from requests_app.queries.referrals_shown import Hands
from requests_app.views.volunteer import photos

View = Callable[..., HttpResponse]
# What the page calls the form of a verb; the answer's is simply its form.
FORMS = {"return": "return_form", "extend": "more_time_form"}
# What is said when a verb was put to a second person instead of being done.
WAITS = {
    "unit_reply": gettext_lazy(
        "Put to a second person at the desk. The resident reads it once it is approved."
    ),
    "extend": gettext_lazy(
        "Put to a second person at the desk. Until they approve, the present limit holds."
    ),
}


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

    @cached_property
    def later_limit(self) -> Proposal | None:
        """The later limit that was proposed while it lay with this unit: it waits, or how it ended."""
        lies_with = self.hands.current
        if lies_with is None:
            return None
        return approvals.later_limit(self.request, self.reader, since=lies_with.referred_at)

    def own_proposal(self, pk: str) -> Proposal | None:
        """The waiting proposal `pk`, as a form names it, if the reader made it."""
        waiting = [each for each in (self.proposal, self.later_limit) if each and each.waits and each.is_own]
        return next((each for each in waiting if str(each.pk) == pk), None)

    @property
    def may_ask_for_time(self) -> bool:
        """Whether this unit answers, and no later limit waits for approval yet."""
        return self.leads and not (self.later_limit and self.later_limit.waits)

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


@require_http_methods(["GET", "HEAD", "POST"])
@units_only
def more_time(request: HttpRequest, pk: int) -> HttpResponse:
    """A later limit put to a second person at the desk; until then the present one holds."""
    if request.method != "POST":
        return redirect("unit:request", pk)
    picture = _picture(request.user, pk)  # type: ignore[arg-type]
    return _act(request, picture, "extend", MoreTimeForm(request.POST), "")


@require_POST
@units_only
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own proposal taken back while it waits for a second person: an answer to write anew, a later limit."""
    picture = _picture(request.user, pk)  # type: ignore[arg-type]
    found = picture.own_proposal(request.POST.get("approval", ""))
    if found is not None:
        actions.act(picture.request, "withdraw_proposal", actor=picture.reader, approval=found.pk)
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

        waits = actions.needs_approval(verb, facts)
        if waits:
            thanks = str(WAITS[verb])
        try:
            do_once(request, act)
        except DomainError as refused:
            show_refusal(form, refused)
            status = refused.status
        else:
            messages.success(request, thanks)
            return redirect("unit:request", picture.request.pk) if waits else redirect("unit:home")
    shown = {"photos": photos.shown(request, more["photos"])} if "photos" in more else {}
    return _page(request, picture, status, **{FORMS.get(verb, "form"): form}, **shown)


def _page(request: HttpRequest, picture: Picture, status: int = 200, **more: Any) -> HttpResponse:
    version, lies_with = {"version": picture.request.version}, picture.hands.current
    limit = {"due_at": to_minute(lies_with.due_at)} if lies_with is not None else {}
    context = {
        "picture": picture,
        "case": picture.request,
        "form": AnswerForm(initial=version),
        "return_form": ReturnForm(initial=version),
        "more_time_form": MoreTimeForm(initial=version | limit),
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
