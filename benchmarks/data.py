"""What the bench works on: the demo city's areas, one dispatcher, residents, volunteers, some thousand requests."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.test import Client

from benchmarks.load import raw
from civic.accounts.enums import Role
from civic.accounts.models import ApiToken, Membership, User
from civic.areas import actions as area_actions
from civic.areas.models import Area
from civic.lib import clock
from requests_app import defaults
from requests_app.actions import Placement, act, place_request
from requests_app.models import ServiceRequest
from volunteers import actions as volunteer_actions
from volunteers.models import Volunteer

WEST, SOUTH, SIDE = 117.0, 34.0, 0.04
RESIDENTS, VOLUNTEERS, REQUESTS, SLOTS = 20, 10, 3000, 10


@dataclass
class Scene:
    """Ids and keys the measurements need."""

    district: Area
    dispatcher: User
    dispatcher_key: str
    resident_keys: list[str]
    volunteers: list[tuple[Volunteer, str]]
    session: str

    def wish(self, number: int) -> bytes:
        """Returns the body of a request to place."""
        return json.dumps(
            {
                "category": "errand",
                "title": f"帮忙取药 {number}",
                "text": "腿脚不便，想请人去社区医院取一次药，药单在门卫那里。",
                "location": {"lat": SOUTH + SIDE / 2, "lon": WEST + SIDE / 3},
                "address": "荷花里 3 号楼 2 单元 502",
                "contact": {"name": "陈桂兰", "phone": "13800000001"},
            }
        ).encode()

    def placing(self, number: int) -> bytes:
        """Returns the whole HTTP request that places one, with a key of its own."""
        headers = {
            "Authorization": f"Token {self.resident_keys[number % RESIDENTS]}",
            "Idempotency-Key": f"bench-{clock.now():%H%M%S%f}-{number}",
        }
        return raw("POST", "/api/v1/service-requests/", headers=headers, body=self.wish(number))


def build() -> Scene:
    """Fills an empty, migrated database; returns the scene."""
    defaults.install()
    city = area_actions.create_area(
        parent=None, level="city", code="990100", name="青禾市", boundary=_square(SIDE)
    )
    district = area_actions.create_area(
        parent=city, level="district", code="990102", name="青禾区", boundary=_square(SIDE)
    )
    dispatcher = User.objects.create_user(username="bench", name="李敏", is_staff=True)
    Membership.objects.create(user=dispatcher, role=Role.DISPATCHER, area=district)
    residents = [
        User.objects.create_user(phone=f"+86138{n:08d}", name="陈桂兰", home_area=district)
        for n in range(RESIDENTS)
    ]
    scene = Scene(
        district,
        dispatcher,
        ApiToken.issue(dispatcher),
        [ApiToken.issue(each) for each in residents],
        [_volunteer(n, district, dispatcher) for n in range(VOLUNTEERS)],
        _session(dispatcher),
    )
    wish = Placement(category="errand", title="帮忙取药", lat=SOUTH + SIDE / 2, lon=WEST + SIDE / 3)
    for start in range(0, REQUESTS, 500):
        with transaction.atomic():
            for number in range(start, start + 500):
                place_request(actor=residents[number % RESIDENTS], wish=wish)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_bare (id bigserial PRIMARY KEY, title text, text text, lat float8, lon float8,"
            " at timestamptz)"
        )
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would have by the time somebody works here
    return scene


def accepts(scene: Scene, count: int) -> list[bytes]:
    """Opens the pool of as many requests as `count` acceptances need; returns the HTTP requests that accept, in an
    order in which neighbours concern different requests."""
    made = []
    for number in range(-(-count // SLOTS)):
        start = clock.now() + timedelta(days=1, hours=2 * number)
        placed = place_request(
            actor=User.objects.get(username="bench"),
            wish=Placement(category="errand", title="帮忙搬家", area=scene.district.pk, headcount=SLOTS),
        )
        act(placed, "offer", actor=scene.dispatcher, pool=True, agreed_start=start)
        made += [
            raw(
                "POST",
                f"/api/v1/service-requests/{placed.pk}/accept/",
                headers={"Authorization": f"Token {key}"},
                body=b"{}",
            )
            for _volunteer, key in scene.volunteers
        ]
    return [made[at] for start in range(SLOTS) for at in range(start, len(made), SLOTS)][:count]


def newest() -> int:
    """Returns the id of the newest request."""
    return ServiceRequest.objects.order_by("-pk").values_list("pk", flat=True)[0]


def _volunteer(number: int, area: Area, staff: User) -> tuple[Volunteer, str]:
    user = User.objects.create_user(phone=f"+86139{number:08d}", name=f"志愿者{number}")
    profile = volunteer_actions.register(actor=user, name=user.name, area=area, skills=[])
    until = date.today() + timedelta(days=365)
    profile = volunteer_actions.decide(profile, "approve", actor=staff, vetted=True, insured_until=until)
    return profile, ApiToken.issue(user)


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


def _square(side: float) -> dict[str, object]:
    ring = [
        [WEST, SOUTH],
        [WEST + side, SOUTH],
        [WEST + side, SOUTH + side],
        [WEST, SOUTH + side],
        [WEST, SOUTH],
    ]
    return {"type": "Polygon", "coordinates": [ring]}
