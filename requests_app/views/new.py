"""A new request, one question a page. Answers are kept in a draft on the server; sign-in comes last."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from civic.evidence import owners
from civic.lib import phone
from civic.lib.errors import DomainError
from requests_app import drafts, reference
from requests_app.drafts import STEPS, Draft
from requests_app.enums import Sensitive
from requests_app.forms.new import CheckForm, WhatForm, WhenForm, WhoForm
from requests_app.views import draft_cookie, draft_files, draft_words

PAGES = ["GET", "POST"]


def step_context(request: HttpRequest, step: str, draft: Draft, **more: Any) -> dict[str, Any]:
    """Returns what every page of the journey shows: where one stands and the way back. The kind of help is the first
    step, chosen here or on the home page; whoever has not signed in goes one step further: to the phone number."""
    place = STEPS.index(step)
    number, total = place + 2, len(STEPS) + 1 + (not request.user.is_authenticated)
    back = reverse(f"new_{STEPS[place - 1]}") if place else reverse("new_kinds")
    return {
        "step": number,
        "steps": range(1, total + 1),
        "total": total,
        "back": back,
        "draft": draft,
        "dock": True,
        "returns": draft.missing == "check",
        **more,
    }


def onward(step: str, draft: Draft) -> str:
    """Returns the URL after `step`: back to the check when everything else is answered, else the next page."""
    if draft.missing == "check":
        return reverse("new_check")
    return reverse(f"new_{STEPS[STEPS.index(step) + 1]}")


def kept(request: HttpRequest, draft: Draft, url: str) -> HttpResponse:
    """Returns the redirect to `url` that also keeps the draft's cookie."""
    return draft_cookie.keep(request, redirect(url), draft.token)


@never_cache
@login_not_required
def start(request: HttpRequest) -> HttpResponse:
    """Shows the kinds of help; a tile of the home page skips them. Whoever has begun already is asked which is meant:
    to go on with that, or a new one."""
    code = request.GET.get("category", "")
    draft = drafts.find(draft_cookie.token_of(request), request.user)
    if draft and draft.words():
        return render(request, "requests_app/new_begun.html", {"draft": draft, "category": code})
    return redirect(_first_page(code)) if code else kinds(request)


def _first_page(code: str) -> str:
    """Returns where a new request begins: what it is about, once the kind of help is chosen."""
    return f"{reverse('new_what')}?{urlencode({'category': code})}" if code else reverse("new_kinds")


@never_cache
@login_not_required
def kinds(request: HttpRequest) -> HttpResponse:
    """Shows the kinds of help as tiles."""
    draft = drafts.find(draft_cookie.token_of(request), request.user)
    context = step_context(request, "what", draft, categories=reference.top_level())
    context |= {"step": 1, "back": reverse("home"), "dock": False}
    return render(request, "requests_app/new_kinds.html", context)


@never_cache
@login_not_required
@require_http_methods(PAGES)
def what(request: HttpRequest) -> HttpResponse:
    """Asks what it is about: words, a voice note, photos."""
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    answered = draft.step("what")
    code = request.GET.get("category") or answered.get("category", "")
    form = WhatForm(request.POST or None, initial={"category": code, "text": answered.get("text", "")})
    if request.method == "POST":
        # Files that came without JavaScript are stored whatever else is wrong: nobody picks them twice.
        draft, problems = draft_files.take(request, token)
        if form.is_valid() and not problems:
            with drafts.editing(draft.token, request.user) as draft:
                draft.answers["what"] = {**draft.step("what"), **form.cleaned_data}
            if not draft_files.says_something(draft):
                form.add_error("text", _("Please write, say or show in a few words what it is about."))
        for problem in problems:
            form.add_error(None, problem)
        if form.is_valid():
            again = "add_photos" in request.POST or "remove_photo" in request.POST
            return kept(request, draft, reverse("new_what") if again else onward("what", draft))
    category = reference.category(form["category"].value() or "")
    if category is None and not form.is_bound:
        return redirect("new_kinds")
    context = step_context(request, "what", draft, form=form, category=category)
    context |= draft_files.shown(draft)
    response = render(request, "requests_app/new_what.html", context, status=400 if form.errors else 200)
    return draft_cookie.keep(request, response, draft.token) if draft else response


@login_not_required
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps what is being typed, whole or not, so that a call or an empty battery loses nothing; no answer."""
    form = WhatForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["text"]:
        return HttpResponse(status=204)
    with drafts.editing(draft_cookie.token_of(request), request.user) as draft:
        draft.answers["what"] = {**draft.step("what"), **form.cleaned_data}
    return draft_cookie.keep(request, HttpResponse(status=204), draft.token)


@never_cache
@login_not_required
@require_http_methods(PAGES)
def when(request: HttpRequest) -> HttpResponse:
    """Asks for the time."""
    return _simple(request, "when", WhenForm, {"when": "soon", **WhenForm.soonest()})


@never_cache
@login_not_required
@require_http_methods(PAGES)
def who(request: HttpRequest) -> HttpResponse:
    """Asks whom it is for."""
    name = request.user.name if request.user.is_authenticated else ""
    return _simple(request, "who", WhoForm, {"who": "self", "name": name, "headcount": 1})


def _simple(request: HttpRequest, step: str, form_class: type[Any], initial: dict[str, Any]) -> HttpResponse:
    """One page of one form."""
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    form = form_class(request.POST or None, initial={**initial, **draft.step(step)})
    if request.method == "POST" and form.is_valid():
        with drafts.editing(token, request.user) as draft:
            draft.answers[step] = {name: _plain(value) for name, value in form.cleaned_data.items()}
        return kept(request, draft, onward(step, draft))
    status = 400 if form.errors else 200
    return render(
        request, f"requests_app/new_{step}.html", step_context(request, step, draft, form=form), status=status
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


@never_cache
@login_not_required
@require_http_methods(PAGES)
def check(request: HttpRequest) -> HttpResponse:
    """Shows all answers for a last look, asks for consent, then sends; strangers confirm their phone first."""
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    if not draft and drafts.placed_by(token):
        return redirect("new_send")
    if not draft or draft.missing != "check":
        return redirect(draft.page if draft else "new")
    sensitive = draft.category.sensitive or Sensitive.NONE
    form = CheckForm(request.POST or None, kind=sensitive)
    if request.method == "POST" and form.is_valid():
        with drafts.editing(token, request.user) as draft:
            draft.answers["check"] = {"terms": True, "sensitive": bool(form.cleaned_data.get("sensitive"))}
        if request.user.is_authenticated:
            return send(request)
        return redirect(f"{reverse('account_login')}?next={reverse('new_send')}")
    context = step_context(
        request, "check", draft, form=form, rows=draft_words.rows(draft), **draft_files.shown(draft)
    )
    if request.user.is_authenticated:
        context["my_phone"] = phone.mask(request.user.phone)
    return render(request, "requests_app/new_check.html", context, status=400 if form.errors else 200)


@never_cache
@login_required
def send(request: HttpRequest) -> HttpResponse:
    """Places the request that was confirmed on the check page (by POST, in this browser), exactly once."""
    token = draft_cookie.token_of(request)
    draft = drafts.find(token, request.user)
    if draft and not draft.step("check"):
        return redirect("new_check")
    try:
        placed = drafts.place(token, actor=request.user, uploader=owners.of(request))  # type: ignore[arg-type]
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("new_check")
    if placed is None:
        return redirect("new")
    return redirect("placed", placed.code)


@login_not_required
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Forgets the unfinished request; with `anew` another one begins at once, of the `category` chosen."""
    drafts.drop(draft_cookie.token_of(request), request.user)
    if "anew" in request.POST:
        response = redirect(_first_page(request.POST.get("category", "")))
    else:
        messages.success(request, _("Forgotten. You can start again whenever you like."))
        response = redirect("home")
    response.delete_cookie(draft_cookie.COOKIE)
    return response
