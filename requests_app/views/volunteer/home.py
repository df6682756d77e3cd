"""The first page: own offers as cards, the open pool near the volunteer; and the tasks of the days to come."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from civic.lib.conditional import tag_of, unless_same
from requests_app import access
from requests_app.enums import DeclineReason
from requests_app.queries import team_offers
from requests_app.queries import volunteer as pages
from requests_app.queries.volunteer_words import greeting
from requests_app.views.volunteer.door import person, volunteers_only
from volunteers import own_papers
from volunteers import queries as profiles
from volunteers.enums import VolunteerState
from volunteers.forms import AnswerForm
from volunteers.models import Volunteer

STANDING = {
    VolunteerState.APPLIED: "volunteers/waiting.html",
    VolunteerState.REFUSED: "volunteers/refused.html",
    VolunteerState.SUSPENDED: "volunteers/suspended.html",
    VolunteerState.ASKED_BACK: "volunteers/asked_back.html",
    VolunteerState.LAPSED: "volunteers/lapsed.html",
}


@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Shows what waits for an answer; who is not (yet) a volunteer reads what to do."""
    volunteer = access.volunteer_of(person(request))
    if volunteer is None:
        return render(request, "volunteers/welcome.html", {"tab": "offers"})
    if volunteer.state in STANDING:
        context = {"volunteer": volunteer, "tab": "offers", "late": profiles.decided_late(volunteer)}
        if volunteer.state == VolunteerState.APPLIED:
            context["needs_guardian"] = own_papers.lacks_guardian(volunteer)
        if volunteer.state == VolunteerState.ASKED_BACK:
            context |= {"asked_for": own_papers.asked_for(volunteer), "form": AnswerForm()}
        return render(request, STANDING[VolunteerState(volunteer.state)], context)
    shown = _home(request, volunteer)
    context = {
        **shown,
        "greeting": greeting(person(request)),
        "hours": profiles.hours(volunteer),
        "tab": "offers",
        "etag": tag_of(request, _standing(shown)),
    }
    return render(request, "requests_app/volunteer/home.html", context)


@login_not_required
def welcome(request: HttpRequest) -> HttpResponse:
    """Says what volunteering is before anybody signs in; who has done so is shown their own first page."""
    if request.user.is_authenticated:
        return redirect("v:home")
    return render(request, "volunteers/welcome.html", {"tab": "offers"})


@volunteers_only
def part(request: HttpRequest, volunteer: Volunteer) -> HttpResponse:
    """Returns the part of the first page that changes by itself; 304 while nothing did."""
    shown = _home(request, volunteer)
    template = "requests_app/volunteer/_home.html"
    return unless_same(request, _standing(shown), lambda: render(request, template, shown))


def _home(request: HttpRequest, volunteer: Volunteer) -> dict[str, Any]:
    everything = "all" in request.GET
    return {
        "volunteer": volunteer,
        "home": replace(pages.home(volunteer, everything=everything), for_teams=team_offers.tasks(volunteer)),
        "decline_reasons": DeclineReason.choices,
    }


def _standing(shown: dict[str, Any]) -> tuple[Any, ...]:
    """Returns what the changing part depends on, for its ETag."""
    return (shown["volunteer"].version, shown["home"].fingerprint())


@volunteers_only
def tasks(request: HttpRequest, volunteer: Volunteer) -> HttpResponse:
    """Shows what is under way, today and to come."""
    context = {"days": pages.days(volunteer), "volunteer": volunteer, "tab": "tasks"}
    return render(request, "requests_app/volunteer/tasks.html", context)
