"""What every page of a volunteer stands on: who is asking, which task is meant, explaining a refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from civic.accounts.models import User
from civic.cases.posted import do_once
from civic.lib.errors import DomainError, NotFound
from requests_app import access, actions, sharing
from requests_app.access import Sight
from requests_app.enums import DeclineReason
from requests_app.queries import volunteer_task
from requests_app.queries.volunteer_task import Task
from volunteers.models import Volunteer

View = Callable[..., HttpResponse]


def person(request: HttpRequest) -> User:
    """Returns the signed-in person; every page here asks for sign-in."""
    assert isinstance(request.user, User)
    return request.user


def volunteers_only(view: View) -> View:
    """Gives the view the volunteer's profile; who has none is led to the first page, which says what to do.

    Nothing of these pages is kept by browsers or proxies.
    """

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        volunteer = access.volunteer_of(person(request))
        if volunteer is None:
            return redirect("v:home")
        return view(request, volunteer, *args, **kwargs)

    return guarded


def task_of(request: HttpRequest, volunteer: Volunteer, pk: int) -> Task:
    """Returns the request `pk` as it was put to the volunteer. Raises NotFound for any other."""
    found = volunteer_task.find(person(request), volunteer, pk)
    if found is None:
        raise NotFound()
    return found


def perform(request: HttpRequest, pk: int, *steps: tuple[str, dict[str, Any]]) -> None:
    """Performs the verbs (each with its facts) on the request for the signed-in volunteer, all or none, once a form.

    Raises NotFound for a request they do not see, and what `actions.act` raises.
    """

    def act() -> int:
        done = access.visible_to(person(request)).only("id", "state").filter(pk=pk).first()
        if done is None:
            raise NotFound()
        return actions.act_together(done, *steps, actor=person(request)).version

    do_once(request, act)


def share_link(request: HttpRequest, pk: int) -> str:
    """Returns the link by which somebody passes the request `pk` on."""
    return request.build_absolute_uri(reverse("v:shared", args=[sharing.token_of(pk)]))


def show_task(
    request: HttpRequest,
    task: Task,
    *,
    refused: DomainError | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Returns the task's page; personal details are read, and the reading logged, only for who serves."""
    contact = None
    if task.serves:
        contact = actions.open_contact(task.whole, actor=person(request), seen=Sight.TASK)
    context = {
        "task": task,
        "case": task.request,
        "part": task.part,
        "card": task.card,
        "contact": contact,
        "decline_reasons": DeclineReason.choices,
        "refused": refused,
        "share": share_link(request, task.request.pk) if task.may_be_shared else "",
        "dock": task.stage in {"accepted", "in_service"},
        "tab": "tasks" if task.serves else "offers",
        **more,
    }
    return render(request, "requests_app/volunteer/task.html", context, status=status)
