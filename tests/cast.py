"""The people and places of the tests: two districts, and somebody in every role."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from civic.accounts.enums import Role
from civic.accounts.models import Membership, User
from civic.areas import actions as area_actions
from civic.areas.models import Area
from civic.lib import clock
from requests_app import actions, defaults
from requests_app.models import ServiceRequest
from volunteers import actions as volunteer_actions
from volunteers.models import Skill, Volunteer

WEST, SOUTH = 117.0, 34.0
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def square(left: float, bottom: float, width: float, height: float) -> dict[str, Any]:
    """Returns a GeoJSON rectangle; `left` and `bottom` count in degrees from the corner of the land."""
    x, y = WEST + left, SOUTH + bottom
    ring = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


class Cast:
    """One city, two districts, and the people in them. Nothing is lazy: read an attribute, it exists."""

    def __init__(self) -> None:
        defaults.install()
        self._land()
        self._people()

    def _land(self) -> None:
        make = area_actions.create_area
        self.city: Area = make(
            parent=None, level="city", code="990100", name="青禾市", boundary=square(0, 0, 0.04, 0.04)
        )
        self.district = make(
            parent=self.city,
            level="district",
            code="990102",
            name="青禾区",
            boundary=square(0, 0, 0.02, 0.04),
        )
        self.other_district = make(
            parent=self.city,
            level="district",
            code="990103",
            name="柳溪区",
            boundary=square(0.02, 0, 0.02, 0.04),
        )
        self.street = make(
            parent=self.district, level="street", name="文化路街道", boundary=square(0, 0, 0.02, 0.02)
        )
        self.community = make(
            parent=self.street, level="community", name="锦苑社区", boundary=square(0, 0, 0.02, 0.01)
        )
        self.grid = make(
            parent=self.community, level="grid", name="第一网格", boundary=square(0, 0, 0.01, 0.01)
        )

    def _people(self) -> None:
        self.resident = self.person("陈桂兰", "+8613800000001", home=self.grid)
        self.neighbour = self.person("周敏", "+8613800000002", home=self.grid)
        self.proxy = self.staff("王秀英", "+8613800000003", Role.PROXY, self.community)
        self.dispatcher = self.staff("李敏", "+8613800000004", Role.DISPATCHER, self.community)
        self.colleague = self.staff("张敏", "+8613800000005", Role.DISPATCHER, self.district)
        self.auditor = self.staff("钱审", "+8613800000006", Role.AUDITOR, self.district)
        self.admin = self.staff("吴理", "+8613800000007", Role.ADMIN, self.district)
        self.outsider = self.staff("孙外", "+8613800000008", Role.DISPATCHER, self.other_district)
        self.volunteer = self.helper("张建国", "+8613800000011")
        self.second = self.helper("刘芳", "+8613800000012")
        self.third = self.helper("赵强", "+8613800000013")
        self.far_volunteer = self.helper("孙丽", "+8613800000014", area=self.other_district)

    def person(self, name: str, phone: str, home: Area | None = None) -> User:
        """Returns a resident who signs in by phone."""
        return User.objects.create_user(phone=phone, name=name, home_area=home)

    def staff(self, name: str, phone: str, role: str, area: Area) -> User:
        """Returns somebody with `role` in `area`."""
        user = User.objects.create_user(username=f"staff{phone[-4:]}", phone=phone, name=name, is_staff=True)
        Membership.objects.create(user=user, role=role, area=area, valid_from=LONG_AGO)
        return user

    def helper(
        self, name: str, phone: str, *, area: Area | None = None, skills: list[str] | None = None
    ) -> Volunteer:
        """Returns an approved, vetted and insured volunteer with every skill (or those named)."""
        user = self.person(name, phone)
        known = Skill.objects.all() if skills is None else Skill.objects.filter(code__in=skills)
        profile = volunteer_actions.register(
            actor=user,
            name=name,
            area=area or self.grid,
            skills=[skill.pk for skill in known],
            lat=SOUTH + 0.004,
            lon=WEST + 0.004,
        )
        staff = self.outsider if area == self.other_district else self.dispatcher
        return volunteer_actions.decide(
            profile,
            "approve",
            actor=staff,
            vetted=True,
            insured_until=date.today() + timedelta(days=365),
        )

    def place(self, actor: User | None = None, **wish: Any) -> ServiceRequest:
        """Returns a request for an errand near the resident's home, tomorrow at this time unless said otherwise."""
        given = {
            "category": "errand",
            "title": "帮忙取药",
            "text": "腿脚不便，想请人去社区医院取一次药。",
            "lat": SOUTH + 0.005,
            "lon": WEST + 0.005,
            "address": "荷花里 3 号楼 2 单元 502",
            "preferred_start": clock.now() + timedelta(days=1),
            "preferred_end": clock.now() + timedelta(days=1, hours=2),
            **wish,
        }
        return actions.place_request(actor=actor or self.resident, wish=actions.Placement(**given))

    def offered(self, *volunteers: Volunteer, **wish: Any) -> ServiceRequest:
        """Returns a request that is offered to `volunteers` (the first one unless given)."""
        request = self.place(**wish)
        asked = [each.pk for each in volunteers or (self.volunteer,)]
        return actions.act(
            request, "offer", actor=self.dispatcher, volunteers=asked, agreed_start=request.preferred_start
        )

    def accepted(self, *volunteers: Volunteer, **wish: Any) -> ServiceRequest:
        """Returns a request with one slot per volunteer, accepted by all of them."""
        people = volunteers or (self.volunteer,)
        request = self.offered(*people, headcount=len(people), **wish)
        for each in people:
            request = actions.act(request, "accept", actor=each.user)
        return request

    def in_service(self, *volunteers: Volunteer, **wish: Any) -> ServiceRequest:
        """Returns a request in which everybody has checked in by the resident's code."""
        request = self.accepted(*volunteers, **wish)
        for each in volunteers or (self.volunteer,):
            request = actions.act(request, "check_in", actor=each.user, code=request.check_in_code)
        return request

    def completed(self, *volunteers: Volunteer, **wish: Any) -> ServiceRequest:
        """Returns a request that waits for its rating."""
        request = self.in_service(*volunteers, **wish)
        for each in volunteers or (self.volunteer,):
            request = actions.act(request, "complete", actor=each.user)
        return request

    def closed(self, *volunteers: Volunteer, **wish: Any) -> ServiceRequest:
        """Returns a request that was rated solved with five stars."""
        return actions.act(
            self.completed(*volunteers, **wish), "rate", actor=self.resident, solved="yes", stars=5
        )
