"""Becoming a volunteer, one's profile, and one's record of hours."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from civic.accounts.actions import give_consent, update_profile, withdraw_consent
from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import User
from civic.accounts.queries import has_consent
from civic.areas import queries as areas
from civic.areas.locate import locate
from civic.areas.models import Area, AreaLevel
from civic.cases.posted import do_once, show_refusal
from civic.lib.errors import DomainError
from civic.lib.numbers import whole
from volunteers import actions, queries
from volunteers.enums import VolunteerState
from volunteers.forms import AnswerForm, PointForm, ProfileForm, RegisterForm
from volunteers.models import Volunteer

PAGES = ["GET", "HEAD", "POST"]
PLACE = "volunteer_place"  # in the session: where somebody who registers is, until they have


def person(request: HttpRequest) -> User:
    """Returns the signed-in person; every page here asks for sign-in."""
    assert isinstance(request.user, User)
    return request.user


@never_cache
@require_http_methods(PAGES)
def register(request: HttpRequest) -> HttpResponse:
    """Asks where somebody lives, then who they are and what they can do; they wait for approval then."""
    if queries.own_profile(person(request)) is not None:
        return redirect("v:home")
    area = _area(request)
    if area is None:
        return render(request, "volunteers/register_where.html", {"tab": "offers"})
    trail = areas.tree().lineage(area.pk)[1:]
    if area.level not in {AreaLevel.COMMUNITY, AreaLevel.GRID}:
        context = {"area": area, "trail": trail, "choices": queries.below(area), "tab": "offers"}
        return render(request, "volunteers/register_where.html", context)
    community = queries.community_of(area)
    grid = area.pk if area.level == AreaLevel.GRID else None
    initial = {"name": person(request).name, "grid": grid}
    form = RegisterForm(request.POST or None, community=community, initial=initial)
    status = 400 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            do_once(request, lambda: _register(request, form, community).pk)
        except DomainError as refused:
            show_refusal(form, refused)
            status = refused.status
        else:
            request.session.pop(PLACE, None)
            messages.success(request, _("Thank you! Your registration has arrived."))
            return redirect("v:home")
    context = {
        "form": form,
        "community": community,
        "tiles": queries.skill_tiles(),
        "chosen": form.chosen(),
        "here": request.session.get(PLACE, {}).get("area") == area.pk,
        "dock": True,
    }
    return render(request, "volunteers/register.html", context, status=status)


def _area(request: HttpRequest) -> Area | None:
    """Returns the area chosen by link, found by the phone, or the home area; the city when asked for all."""
    chosen = queries.usable(request.GET.get("in"))
    if chosen is not None:
        return chosen
    if "all" in request.GET:
        return areas.city()
    found = queries.usable(request.session.get(PLACE, {}).get("area"))
    return found or queries.usable(person(request).home_area_id) or areas.city()


def _register(request: HttpRequest, form: RegisterForm, community: Area) -> Volunteer:
    given, user = form.cleaned_data, person(request)
    area = queries.usable(given.get("grid")) or community
    place = request.session.get(PLACE, {})
    here = queries.usable(place.get("area"))
    if here is not None and queries.community_of(here) == community:
        point = (place["lat"], place["lon"])
        area = here if given.get("grid") is None else area
    else:
        point = queries.point_of(area) or (None, None)
    made = actions.register(
        actor=user,
        name=given["name"],
        area=area,
        skills=given["skills"],
        service_classes=given["service_classes"],
        lat=point[0],
        lon=point[1],
        birth_date=given["birth_date"],
        about=given["about"],
    )
    give_consent(user, ConsentPurpose.TERMS, settings.CONSENT_VERSION)
    _keep_public_name(user, wanted=given["public_name"])
    if user.home_area_id is None:
        update_profile(user, home_area=area)
    return made


def _keep_public_name(user: User, *, wanted: bool) -> None:
    if wanted:
        give_consent(user, ConsentPurpose.PUBLIC_NAME, settings.CONSENT_VERSION)
    else:
        withdraw_consent(user, ConsentPurpose.PUBLIC_NAME)


@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Takes the phone's position: while registering it says where one lives, later it moves the profile's point."""
    form, volunteer = PointForm(request.POST), queries.own_profile(person(request))
    back = "v:register" if volunteer is None else "v:profile"
    found = locate(form.cleaned_data["lat"], form.cleaned_data["lon"]) if form.is_valid() else None
    if found is None:
        messages.error(request, _("This place lies outside the areas we serve. Please choose from the list."))
        return redirect(back)
    point = {name: round(form.cleaned_data[name], 5) for name in ("lat", "lon")}
    if volunteer is None:
        request.session[PLACE] = {"area": found.pk, **point}
        return redirect(back)
    if areas.tree().scopes[found.pk].district_id != volunteer.district_id:
        messages.error(
            request, _("This place lies in another district. To move there, please call the desk.")
        )
        return redirect(back)
    return _change(request, volunteer, _("Kept: distances are counted from here now."), **point)


@never_cache
@require_http_methods(PAGES)
def profile(request: HttpRequest) -> HttpResponse:
    """Shows number, standing and settings; keeps skills, words and whether residents read the name."""
    user = person(request)
    volunteer = queries.own_profile(user)
    if volunteer is None:
        return redirect("v:home")
    initial = {
        "skills": volunteer.skills,
        "service_classes": volunteer.service_classes,
        "about": volunteer.about,
        "public_name": has_consent(user, ConsentPurpose.PUBLIC_NAME, settings.CONSENT_VERSION),
    }
    form = ProfileForm(request.POST or None, initial=initial)
    status = 400 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            do_once(request, lambda: _keep(user, volunteer, form.cleaned_data))
        except DomainError as refused:
            show_refusal(form, refused)
            status = refused.status
        else:
            messages.success(request, _("Kept."))
            return redirect("v:profile")
    context = {
        "volunteer": volunteer,
        "standing": VolunteerState(volunteer.state).label,
        "place": areas.path_label(volunteer.area_id, below=AreaLevel.DISTRICT),
        "form": form,
        "tiles": queries.skill_tiles(),
        "chosen": form.chosen(),
        "editable": volunteer.state != VolunteerState.REFUSED,
        "tab": "me",
    }
    return render(request, "volunteers/profile.html", context, status=status)


def _keep(user: User, volunteer: Volunteer, given: dict[str, Any]) -> int:
    _keep_public_name(user, wanted=given["public_name"])
    kept = {name: given[name] for name in ("skills", "service_classes", "about")}
    return actions.update(volunteer, actor=user, **kept).version


@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Stops or starts offers; what was accepted stays."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    active = request.POST.get("active") == "1"
    thanks = (
        _("Welcome back. You are asked again.")
        if active
        else _("Paused. Nobody asks you until you start again.")
    )
    return _change(request, volunteer, thanks, active=active)


def _change(request: HttpRequest, volunteer: Volunteer, thanks: str, **changes: Any) -> HttpResponse:
    try:
        do_once(request, lambda: actions.update(volunteer, actor=person(request), **changes).version)
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, thanks)
    return redirect("v:profile")


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Says that somebody who was asked after a year wants to go on, or comes back from rest."""
    return _own_verb(request, "stay", _("Welcome back. You are asked again."))


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Says that what staff asked for is there now."""
    form = AnswerForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    return _own_verb(request, "answer", _("Thank you! Your community looks at it again."), words=words)


def _own_verb(request: HttpRequest, verb: str, thanks: str, **facts: Any) -> HttpResponse:
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    try:
        do_once(request, lambda: actions.act(volunteer, verb, actor=person(request), **facts).version)
    except DomainError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, thanks)
    return redirect("v:home")


@never_cache
def record(request: HttpRequest) -> HttpResponse:
    """Shows hours that count, hours that wait, and every service record."""
    volunteer = queries.own_profile(person(request))
    if volunteer is None:
        return redirect("v:home")
    typed = request.GET.get("before", "")
    lines, older = queries.records(volunteer, before=whole(typed))
    context = {
        "volunteer": volunteer,
        "hours": queries.hours(volunteer),
        "lines": lines,
        "older": f"?before={older}" if older else "",
        "newer": request.path if typed else "",
        "tab": "record",
    }
    return render(request, "volunteers/record.html", context)
