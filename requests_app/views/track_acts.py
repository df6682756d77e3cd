"""What the beneficiary or proxy does on the progress page: one page, one verb; the table decides."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from civic.lib import clock, spoken
from civic.lib.errors import DomainError
from civic.lib.numbers import whole
from requests_app import access, actions, progress, tracking, wished
from requests_app.access import Sight
from requests_app.effects.appealing import appeal_until
from requests_app.effects.ending import MAX_ROUNDS
from requests_app.enums import RequestState, Solved
from requests_app.forms.track import AppealForm, ChangeForm, ConcernForm, RateForm, ReasonForm
from requests_app.models import ServiceRequest

PAGES = ["GET", "POST"]
Facts = Callable[[Any, ServiceRequest], dict[str, Any]]
Step = tuple[str, dict[str, Any]]


def own_case(request: HttpRequest, code: str) -> ServiceRequest:
    """Returns the request of this code when it is the signed-in person's own; else there is none (404)."""
    case = tracking.by_code(code)
    if case is None or access.sight(case, request.user) != Sight.OWN:  # type: ignore[arg-type]
        raise Http404
    return case


def _page(
    request: HttpRequest,
    code: str,
    verb: str,
    form: forms.Form,
    thanks: str | Callable[[ServiceRequest], str],
    facts: Facts,
    also: Callable[[], list[Step]] = list,
    **more: Any,
) -> HttpResponse:
    """Shows the page of one verb, or performs it and what goes `also` with it, all or none, and says `thanks`; a
    refusal comes back as words beside the form. A page that is out of date leads to how the request stands now."""
    case = own_case(request, code)
    if not _may(request, case, verb):
        return _as_it_stands(request, case, verb)
    if request.method == "POST" and form.is_valid():
        told = thanks(case) if callable(thanks) else thanks
        try:
            actions.act_together(case, (verb, facts(form, case)), *also(), actor=request.user)  # type: ignore[arg-type]
        except DomainError as error:
            case = own_case(request, code)
            if not _may(request, case, verb):  # somebody else was faster
                return _as_it_stands(request, case, verb)
            form.add_error(None, str(error))
        else:
            messages.success(request, told)
            return redirect("track", case.code)
    context = {"case": case, "form": form, "dock": True, **more}
    status = 400 if form.errors else 200
    return render(request, f"requests_app/track_{verb}.html", context, status=status)


def _may(request: HttpRequest, case: ServiceRequest, verb: str) -> bool:
    mine = access.is_beneficiary(case, request.user)  # type: ignore[arg-type]
    return verb in progress.may(case, beneficiary=mine)


def _as_it_stands(request: HttpRequest, case: ServiceRequest, verb: str) -> HttpResponse:
    """Says why `verb` cannot be done any more, on the page that shows how the request stands."""
    if case.state == RequestState.CANCELLED:
        words = _("This request was cancelled already.")
    elif verb == "rate" and case.state == RequestState.CLOSED:
        words = _("You have answered already. Thank you!")
    else:
        words = _("This is not possible now. Here you see how it stands.")
    messages.info(request, words)
    return redirect("track", case.code)


@never_cache
@require_http_methods(PAGES)
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """评单: solved, stars, words."""
    form = RateForm(request.POST or None)

    def thanks(case: ServiceRequest) -> str:
        if form.cleaned_data["solved"] == Solved.NO and case.rounds_counted < MAX_ROUNDS:
            return _("Thank you for telling us. We arrange it again for you.")
        return _("Thank you. Your answer is kept.")

    return _page(request, code, "rate", form, thanks, lambda form, case: dict(form.cleaned_data))


@never_cache
@require_http_methods(PAGES)
def reopen(request: HttpRequest, code: str) -> HttpResponse:
    """重办: another round."""
    form = ReasonForm(request.POST or None)
    thanks = _("We try once more.")
    return _page(request, code, "reopen", form, thanks, lambda form, case: dict(form.cleaned_data))


@never_cache
@require_http_methods(PAGES)
def appeal(request: HttpRequest, code: str) -> HttpResponse:
    """申诉: somebody else looks at what was not taken on."""
    form = AppealForm(request.POST or None)
    thanks = _("Somebody else looks at it now. You get a message.")
    until = appeal_until(own_case(request, code))

    def facts(form: AppealForm, case: ServiceRequest) -> dict[str, Any]:
        return dict(form.cleaned_data)

    return _page(request, code, "appeal", form, thanks, facts, until=until)


@never_cache
@require_http_methods(PAGES)
def confidential(request: HttpRequest, code: str) -> HttpResponse:
    """保密: on when it is off, off when it is on."""
    on = request.POST.get("on") == "1"
    thanks = _("It is confidential from now on.") if on else _("It is not confidential any more.")
    form = forms.Form(request.POST or None)
    return _page(request, code, "confidential", form, thanks, lambda form, case: {"on": on})


@never_cache
@require_http_methods(PAGES)
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """No longer needed."""
    form = ReasonForm(request.POST or None)

    def thanks(case: ServiceRequest) -> str:
        if case.state in {RequestState.OFFERED, RequestState.ACCEPTED}:
            return _("Your request is cancelled. Everybody who was asked has been told.")
        return _("Your request is cancelled.")

    return _page(request, code, "cancel", form, thanks, lambda form, case: dict(form.cleaned_data))


@never_cache
@require_http_methods(PAGES)
def amend(request: HttpRequest, code: str) -> HttpResponse:
    """Another time."""
    case = own_case(request, code)
    form = ChangeForm(request.POST or None, initial=ChangeForm.now_of(case))
    thanks = _("The time is changed. Everybody concerned has been told.")

    def facts(form: ChangeForm, case: ServiceRequest) -> dict[str, Any]:
        return form.facts()

    accepted = progress.is_anybody_coming(case)
    return _page(request, code, "amend", form, thanks, facts, accepted=accepted, wanted=wished.in_words(case))


@never_cache
@require_http_methods(PAGES)
def concern(request: HttpRequest, code: str) -> HttpResponse:
    """A safety report, and never the same volunteer again when that is wished."""
    people = progress.had_a_part(own_case(request, code))
    form = ConcernForm(request.POST or None, people=people)

    def facts(form: ConcernForm, case: ServiceRequest) -> dict[str, Any]:
        return {"text": form.cleaned_data["text"], "volunteer": form.cleaned_data.get("volunteer")}

    def also() -> list[Step]:
        wished = form.cleaned_data.get("block")
        return [("block", {"volunteer": form.cleaned_data["volunteer"]})] if wished else []

    thanks = _("Thank you. The desk has been told at once and will call you.")
    return _page(request, code, "report_concern", form, thanks, facts, also, people=people)


@require_POST
def no_show(request: HttpRequest, code: str) -> HttpResponse:
    """Nobody came: half an hour after the agreed start at the earliest."""
    case = own_case(request, code)
    wanted = request.POST.get("assignment", "")
    try:
        actions.act(
            case,
            "report_no_show",
            actor=request.user,  # type: ignore[arg-type]
            assignment=whole(wanted),
        )
    except DomainError as error:
        if not _may(request, own_case(request, code), "report_no_show"):
            return _as_it_stands(request, own_case(request, code), "report_no_show")
        messages.error(request, str(error))
    else:
        messages.success(request, _("Thank you for telling us. The desk looks for somebody else."))
    return redirect("track", case.code)


@require_POST
def urge(request: HttpRequest, code: str) -> HttpResponse:
    """催办: whoever must act is reminded, once a day."""
    case = own_case(request, code)
    try:
        actions.act(case, "urge", actor=request.user)  # type: ignore[arg-type]
    except DomainError as error:
        if not case.is_open:
            return _as_it_stands(request, case, "urge")
        messages.info(request, str(error))
    else:
        messages.success(request, _("We have reminded them. You can do so again tomorrow."))
    return redirect("track", case.code)


@never_cache
def placed(request: HttpRequest, code: str) -> HttpResponse:
    """The confirmation: code, QR, what happens next and by when."""
    case = own_case(request, code)
    due = case.dispatch_due_at
    late = due <= clock.now()
    context = {
        "case": case,
        "due": "" if late else spoken.moment(due),
        "wanted": wished.in_words(case),
        "is_close": wished.is_before_dispatch(case),
    }
    return render(request, "requests_app/placed.html", context)
