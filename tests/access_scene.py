"""Who knocks in the access table, what stands behind the doors, and what an answer counts as."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from PIL import Image

from civic.accounts.enums import Role
from civic.accounts.models import ApiToken, User
from civic.evidence import store
from civic.lib import clock
from civic.notify.models import Message
from requests_app import actions
from requests_app.actions import alike
from requests_app.models import (
    Category,
    ImportBatch,
    ImportState,
    Plan,
    PlanState,
    ServiceRequest,
    TeamOffer,
)
from tests.cast import Cast
from tests.requests_app.teams import team_of
from volunteers.models import RegisterImport

GROUPS = (
    "admin/",
)  # Django's own patterns, one line for all of them; their models have a table of their own


def routes() -> list[str]:
    """Returns every pattern of the product, in the order they are tried."""
    found: dict[str, None] = {}

    def walk(resolver: Any, prefix: str) -> None:
        for each in resolver.url_patterns:
            text = prefix + str(each.pattern)
            group = next((name for name in GROUPS if text.startswith(name)), None)
            if isinstance(each, URLResolver) and group is None:
                walk(each, text)
            elif isinstance(each, URLPattern | URLResolver):
                found[f"{group}..." if group else text] = None

    walk(get_resolver(), "")
    return list(found)


class Scene:
    """One request of the resident, offered to the volunteer; people who have to do with it and who have not."""

    def __init__(self, cast: Cast) -> None:
        start = clock.now() + timedelta(days=1)
        self.photo = self._photo(cast.resident)
        self.request: ServiceRequest = cast.place(photos=[str(self.photo)], preferred_start=start)
        actions.act(
            self.request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=start
        )
        self.team = team_of(cast, cast.volunteer, area=cast.community)  # led by "asked"
        actions.act(self.request, "offer", actor=cast.dispatcher, team=self.team.pk)
        self.team_offer = TeamOffer.objects.get(request=self.request)
        self.message = Message.objects.filter(user=cast.resident).earliest("pk")
        self.batch = ImportBatch.objects.create(
            area=cast.community,
            category=Category.objects.get(code="errand"),
            by=cast.dispatcher,
            file_name="积压.xlsx",
            state=ImportState.PREVIEW,
            created_at=clock.now(),
        )
        self.register = RegisterImport.objects.create(
            area=cast.community,
            by=cast.dispatcher,
            file_name="台账.xlsx",
            enter_as="applied",
            state=ImportState.PREVIEW,
            created_at=clock.now(),
        )
        self.plan = Plan.objects.create(
            area=cast.community, made_by=cast.dispatcher, made_at=clock.now(), state=PlanState.READY
        )
        pair = [self.request.pk, cast.place(category="other").pk]
        self.apart = alike.tell_apart(pair, actor=cast.dispatcher)
        self.project = alike.propose_project(pair, actor=cast.dispatcher, title="上门取药")
        ApiToken.issue(cast.resident)
        self.token = ApiToken.objects.get(user=cast.resident)
        self.cast = cast
        self.people: dict[str, User | None] = {
            "anon": None,
            "own": cast.resident,  # whose request it is
            "other": cast.neighbour,  # another resident of the same grid
            "proxy": cast.proxy,  # of the area, has not placed this one
            "desk": cast.dispatcher,  # of the area
            "far": cast.outsider,  # a dispatcher of the next district
            "audit": cast.auditor,  # of the district
            "admin": cast.admin,  # of the district
            "asked": cast.volunteer.user,
            "free": cast.second.user,  # a volunteer of the grid whom nobody asked
            "weak": cast.staff("未验", "+8613800000041", Role.DISPATCHER, cast.community),  # no second factor
        }

    @staticmethod
    def _photo(user: User) -> UUID:
        drawn = BytesIO()
        Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
        sent = SimpleUploadedFile("a.png", drawn.getvalue(), "image/png")
        return store.store_photo(sent, uploader=user).pk

    def path(self, route: str) -> str:
        """Returns an address of `route` that leads to what the scene holds."""
        numbers = {
            "v1/team-offers/": self.team_offer.pk,
            "/teams/": self.team.pk,
            "volunteers/": self.cast.volunteer.pk,
            "imports/": self.batch.pk,
            "registers/": self.register.pk,
            "plan/": self.plan.pk,
            "apart/": self.apart.pk,
            "projects/": self.project.pk,
            "passkeys/": 1,
        }
        pk = next((value for part, value in numbers.items() if part in route), self.request.pk)
        names = {"insight": "response"}
        kinds = {
            "<int:pk>": str(pk),
            "<str:code>": self.request.code,
            "<int:message_id>": str(self.message.pk),
            "<int:session_id>": "1",
            "<int:token_id>": str(self.token.pk),
            "<uuid:pk>": str(uuid4() if "voices" in route else self.photo),
            "<slug:name>": names.get(
                route.partition("/")[0],
                "suspend" if "volunteers/" in route else "admit" if "/teams/" in route else "cancel",
            ),
            "<slug:page>": "privacy",
            "<slug:kind>": "csv",
            "<slug:language>": "en",
            "<str:token>": "wrong",
            "<str:template>": "request.placed",
            "<slug:channel>": "sms",
            "<int:wording_id>": "1",
        }
        for kind, value in kinds.items():
            route = route.replace(kind, value)
        return "/" + route.removesuffix("...")

    def client(self, who: str) -> Client:
        """Returns a browser in which `who` has signed in, staff with a second factor but for "weak"."""
        client, user = Client(raise_request_exception=False), self.people[who]
        if user is None:
            return client
        client.force_login(user, "civic.accounts.backends.AccountBackend")
        if user.is_staff and who != "weak":
            session = client.session
            session["account_authentication_methods"] = [{"method": "mfa", "at": 9e9}]
            session["account_authentication_methods_user"] = str(user.pk)
            session.save()
        return client


@contextmanager
def undone() -> Iterator[None]:
    """Takes back whatever the block did to the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def call(client: Client, method: str, path: str, body: dict[str, Any]) -> str:
    """Returns the outcome of one call, which leaves neither rows nor cookies behind."""
    cookies = client.cookies.output()
    kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
    with undone():
        response = client.get(path) if method == "GET" else client.post(path, body, **kind)
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return outcome(response)


def outcome(response: Any) -> str:
    """Returns the status; "in" for being sent to sign in, "2f" to use or set up a second factor."""
    where = urlsplit(response.headers.get("Location", response.headers.get("HX-Redirect", ""))).path
    if where.startswith("/accounts/2fa/"):
        return "2f"
    if where in {"/accounts/login/", "/accounts/staff/"}:
        return "in"
    return str(response.status_code)
