"""The demo city come alive: its rows, its people, and what they do to requests - always through the verbs.

Nothing here writes a state; moments come from `civic.lib.clock`, chance from one `Random`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.utils import timezone

from civic.accounts.actions import give_consent, grant_role
from civic.accounts.enums import ConsentPurpose
from civic.accounts.models import User
from civic.areas import loading, queries
from civic.lib import clock
from civic.lib.geo import distance_m
from insight.demo import accounts, city, people
from insight.demo.people import SERVICE_CLASSES, Helper, Person
from insight.demo.words import RequestText, fitting, requests, words
from requests_app import actions, defaults, matching, reference
from requests_app.enums import AssignmentState, Urgency
from requests_app.models import Assignment, Offer, ServiceRequest
from volunteers import actions as volunteer_actions
from volunteers.models import ServiceClass, Skill, Volunteer

MORNING, EVENING = time(8, 10), time(20, 30)
DESK_OPENS, DESK_CLOSES = time(8, 5), time(17, 50)


class World:
    """The city between `start` and `until`: its people by role, and the acts stories are made of."""

    def __init__(self, *, dice: Random, start: datetime, until: datetime) -> None:
        self.dice = dice
        self.start = start
        self.until = until
        self.city = city.build()
        self.staff: dict[str, User] = {}
        self.residents: list[Person] = []
        self.users: dict[str, User] = {}
        self.volunteers: dict[int, Volunteer] = {}
        self._texts: dict[str, list[RequestText]] = {}
        self._times_asked: Counter[int] = Counter()
        self._kept_free: set[int] = set()
        self._newcomers = 0

    # Beginning

    def found(self) -> None:
        """Writes areas, categories and staff."""
        loading.load(self.city.geojson())
        defaults.install()
        for member in people.STAFF:
            user = accounts.create(member.username, member.name, member.phone)
            grant_role(user, member.role, queries.tree().by_code[member.area_code])
            accounts.give_key(user)
            self.staff[member.username] = user

    def settle(self, person: Person) -> User:
        """Returns the new account of a resident or volunteer, living in the grid of their estate."""
        home = queries.tree().by_code[person.estate.grid_code]
        user = accounts.create(
            person.username, person.name, person.phone, home=home, is_elder=person.is_elder
        )
        if person.username:
            accounts.give_key(user)
        give_consent(user, ConsentPurpose.TERMS, settings.CONSENT_VERSION)
        self.users[person.phone] = user
        return user

    def apply_as_volunteer(self, helper: Helper) -> Volunteer:
        """Returns the registration of a volunteer, waiting for approval."""
        person = helper.person
        user = self.settle(person)
        give_consent(user, ConsentPurpose.PUBLIC_NAME, settings.CONSENT_VERSION)
        skills = Skill.objects.filter(code__in=helper.skills).values_list("pk", flat=True)
        classes = {SERVICE_CLASSES[code] for code in helper.skills if code in SERVICE_CLASSES}
        chosen = ServiceClass.objects.filter(code__in=classes).values_list("pk", flat=True)
        return volunteer_actions.register(
            actor=user,
            name=person.name,
            area=queries.tree().by_code[person.estate.grid_code],
            skills=list(skills),
            service_classes=list(chosen),
            lat=person.lat,
            lon=person.lon,
            birth_date=helper.birth_date,
            about=helper.about,
        )

    def decide(self, volunteer: Volunteer, verb: str, helper: Helper) -> Volunteer:
        """Approves, refuses or suspends a volunteer as their district's desk would."""
        desk = self.staff[f"{self._district_name(volunteer.district_id)}-desk"]
        if verb != "approve":
            return volunteer_actions.decide(
                volunteer, verb, actor=desk, reason="资料需要当面核对，请带证件来社区。"
            )
        insured_until = (clock.now() + timedelta(days=self.dice.randrange(120, 400))).date()
        decided = volunteer_actions.decide(
            volunteer,
            "approve",
            actor=desk,
            vetted=helper.is_vetted,
            insured_until=insured_until if helper.is_insured else None,
        )
        self.volunteers[decided.pk] = Volunteer.objects.select_related("user").get(pk=decided.pk)
        return decided

    # Chance and time

    def chance(self, percent: float) -> bool:
        """Returns True in `percent` of a hundred cases."""
        return self.dice.random() * 100 < percent

    def after(self, low_minutes: float, high_minutes: float) -> datetime:
        """Returns a moment that many minutes from now, any hour."""
        return clock.now() + timedelta(minutes=self.dice.uniform(low_minutes, high_minutes))

    def awake(self, low_minutes: float, high_minutes: float) -> datetime:
        """Returns the same, moved into hours in which people look at their phones."""
        return into_hours(self.after(low_minutes, high_minutes), MORNING, EVENING, self.dice)

    def desk_hours(self, low_minutes: float, high_minutes: float) -> datetime:
        """Returns the same, moved into the hours of the desk (somebody is on duty every day)."""
        return into_hours(self.after(low_minutes, high_minutes), DESK_OPENS, DESK_CLOSES, self.dice)

    def a_time_to_come(self, low_days: int = 1, high_days: int = 4) -> datetime:
        """Returns a half hour of a day to come when somebody could be visited."""
        day = timezone.localtime(clock.now()) + timedelta(days=self.dice.randint(low_days, high_days))
        half_hours = self.dice.randrange(17, 33)
        return day.replace(hour=half_hours // 2, minute=half_hours % 2 * 30, second=0, microsecond=0)

    def text_for(self, category: str = "") -> RequestText:
        """Returns a text to ask with; none comes twice before all of its kind have been used."""
        kind = category or self.dice.choice(requests()).category
        if not self._texts.get(kind):
            self._texts[kind] = [each for each in requests() if each.category == kind]
            self.dice.shuffle(self._texts[kind])
        return self._texts[kind].pop()

    # People around a request

    def desk_of(self, request: ServiceRequest) -> User:
        """Returns whoever dispatches it: mostly the nearest desk, sometimes the district's."""
        if request.district_id is None:
            return self.staff["city-desk"]
        tree = queries.tree()
        district = f"{self._district_name(request.district_id)}-desk"
        near = {
            tree.by_code[people.JINYUAN].pk: "jinyuan-desk",
            tree.by_code[people.WENHUA_ROAD].pk: "wenhua-desk",
            tree.by_code[people.LIUXI_STREET].pk: "liuxi-street-desk",
        }
        nearest = near.get(request.community_id or 0) or near.get(request.street_id or 0) or district
        return self.staff[nearest if self.chance(75) else district]

    def callback_of(self, request: ServiceRequest) -> User:
        """Returns the colleague who rings residents up and never dispatches."""
        return self.staff[f"{self._district_name(request.district_id)}-callback"]

    def proxy_of(self, person: Person) -> User:
        """Returns the proxy of the district where `person` lives."""
        return self.staff[
            "qinghe-proxy" if person.estate.grid_code.startswith(people.QINGHE) else "liuxi-proxy"
        ]

    def _district_name(self, district_id: int | None) -> str:
        district = queries.tree().by_id[district_id or 0]
        return "qinghe" if district.code == people.QINGHE else "liuxi"

    def resident(self, *, elder: bool | None = None, district: str = "") -> Person:
        """Returns somebody who asks for help; those of the tour have stories of their own."""
        fitting = [
            person
            for person in self.residents
            if not person.username
            and elder in (None, person.is_elder)
            and person.estate.grid_code.startswith(district)
        ]
        return self.dice.choice(fitting)

    def newcomer(self) -> Person:
        """Returns somebody who has just signed in for the first time: no home area is known."""
        self._newcomers += 1
        person = replace(self.resident(), name="", phone=people.phone_of(3000 + self._newcomers))
        user = accounts.create("", "", person.phone)
        give_consent(user, ConsentPurpose.TERMS, settings.CONSENT_VERSION)
        self.users[person.phone] = user
        return person

    def known(self, username: str) -> Person:
        """Returns one of the people of the tour."""
        return next(person for person in self.residents if person.username == username)

    # Acts

    def place(
        self,
        person: Person,
        text: RequestText,
        *,
        by: User | None = None,
        wished: datetime | None = None,
        urgent: bool = False,
        located: bool = True,
    ) -> ServiceRequest:
        """Places a request for `person`: themselves, or through `by` who says why."""
        body = (
            text.text
            if self.chance(70)
            else f"{text.text}{self.dice.choice(fitting('extra lines', text.category))}"
        )
        given: dict[str, Any] = {
            "category": text.category,
            "title": "" if text.category == "other" and self.chance(30) else text.title,
            "text": body,
            "headcount": text.headcount,
            "preferred_start": wished,
            "preferred_end": wished + timedelta(minutes=max(text.minutes, 60)) if wished else None,
            "urgency": Urgency.URGENT if urgent else "",
            "consent": True,
        }
        if located:
            given |= {
                "address": person.address,
                "door_note": self.dice.choice(words("door notes")) if self.chance(35) else "",
                "lat": person.lat,
                "lon": person.lon,
            }
        if by is not None:
            given |= {
                "beneficiary_name": person.name,
                "beneficiary_phone": person.phone,
                "contact_name": by.name,
                "contact_phone": by.phone,
                "on_behalf_reason": self.dice.choice(words("proxy reasons")),
            }
        return actions.place_request(actor=by or self.users[person.phone], wish=actions.Placement(**given))

    def act(self, request: ServiceRequest, verb: str, actor: User, **facts: Any) -> ServiceRequest:
        """Performs a verb as it is performed from a page; returns the request after it."""
        return actions.act(request, verb, actor=actor, **facts)

    def fresh(self, request: ServiceRequest) -> ServiceRequest:
        """Returns the request as it stands now."""
        return ServiceRequest.objects.get(pk=request.pk)

    def candidates(self, request: ServiceRequest, count: int, *, skip: int = 0) -> list[Volunteer]:
        """Returns whom a dispatcher would ask among the eligible: near, able, not asked all the time."""
        wanted = set(reference.skills_of(request))
        # Ordered before the dice are drawn, one for each: PostgreSQL's own order changes with its plan.
        found = matching.eligible(request).order_by("pk").values_list("pk", flat=True)
        able = [self.volunteers[pk] for pk in found if pk not in self._kept_free]
        ranked = sorted(
            able, key=lambda volunteer: (self._reluctance(request, volunteer, wanted), volunteer.pk)
        )
        chosen = ranked[skip : skip + count]
        self._times_asked.update(volunteer.pk for volunteer in chosen)
        return chosen

    def keep_free(self, volunteer: Volunteer) -> None:
        """From now on no story chooses this volunteer by itself: one of the tour is about to ask them."""
        self._kept_free.add(volunteer.pk)

    def _reluctance(self, request: ServiceRequest, volunteer: Volunteer, wanted: set[int]) -> float:
        """Returns how little it suggests itself to ask this volunteer: kilometres, and what counts like them."""
        away = 2.0
        if None not in (request.lat, request.lon, volunteer.lat, volunteer.lon):
            away = distance_m(request.lat, request.lon, volunteer.lat, volunteer.lon) / 1000  # type: ignore[arg-type]
        unskilled = 1.5 if wanted and not wanted & set(volunteer.skills) else 0.0
        return away + unskilled + 0.35 * self._times_asked[volunteer.pk] + self.dice.uniform(0, 0.5)

    def offer(
        self,
        request: ServiceRequest,
        volunteers: Sequence[Volunteer] = (),
        *,
        start: datetime | None = None,
        in_turn: bool = False,
    ) -> ServiceRequest:
        """Puts the request to `volunteers`, `in_turn` to the best one after another, else to the pool.

        What is agreed is the wish; where that has passed or there was none, `start`.
        """
        category = reference.snapshot().by_id[request.category_id]
        facts: dict[str, Any] = {}
        if self.chance(35):
            facts["public_summary"] = f"{category.summary}。{self.dice.choice(words('summaries'))}"
        if request.agreed_start is None or request.agreed_start <= clock.now():
            facts["agreed_start"] = self._start_to_agree(request, start)
        asked: dict[str, Any] = (
            {"volunteers": [each.pk for each in volunteers]}
            if volunteers
            else {"mode": "waterfall"}
            if in_turn
            else {"pool": True}
        )
        return self.act(request, "offer", self.desk_of(request), **asked, **facts)

    def _start_to_agree(self, request: ServiceRequest, start: datetime | None) -> datetime | None:
        wished = request.preferred_start
        if start is None and wished is not None:
            return wished if wished > clock.now() else self.a_time_to_come(1, 3)
        return start

    def accept(self, request: ServiceRequest, volunteer: Volunteer, **terms: Any) -> ServiceRequest:
        """The volunteer takes it."""
        return self.act(request, "accept", self.user_of(volunteer), **terms)

    def user_of(self, volunteer: Volunteer) -> User:
        """Returns the account of a volunteer."""
        return self.volunteers[volunteer.pk].user

    def asked(self, request: ServiceRequest) -> list[Volunteer]:
        """Returns the volunteers with an open offer, in the order they were asked."""
        rows = Offer.objects.filter(request=request, round=request.round, state="open").order_by("pk")
        return [self.volunteers[pk] for pk in rows.values_list("volunteer_id", flat=True)]

    def helpers(self, request: ServiceRequest, *states: AssignmentState) -> list[Assignment]:
        """Returns the assignments of the round in one of `states`, in the order of acceptance."""
        found = Assignment.objects.filter(request=request, round=request.round, state__in=states)
        return list(found.select_related("volunteer").order_by("pk"))

    def check_in(self, request: ServiceRequest, volunteer: Volunteer) -> ServiceRequest:
        """Checks in by place, by the resident's code, or with a reason."""
        facts: dict[str, Any]
        way = self.dice.random()
        if request.lat is not None and request.lon is not None and way < 0.6:
            facts = {"lat": request.lat + self.dice.uniform(-8e-4, 8e-4), "lon": request.lon}
        elif way < 0.92:
            facts = {"code": request.check_in_code}
        else:
            facts = {"reason": "手机没有定位，居民在旁边。"}
        return self.act(request, "check_in", self.user_of(volunteer), **facts)

    @staticmethod
    def fitting(section: str, request: ServiceRequest) -> tuple[str, ...]:
        """Returns the lines that make sense of such a request."""
        return fitting(section, reference.snapshot().by_id[request.category_id].code)

    def complete(self, request: ServiceRequest, volunteer: Volunteer) -> ServiceRequest:
        """Reports the service done, with a note more often than not."""
        note = self.dice.choice(self.fitting("completion notes", request)) if self.chance(70) else ""
        return self.act(request, "complete", self.user_of(volunteer), note=note)


def into_hours(moment: datetime, opens: time, closes: time, dice: Random) -> datetime:
    """Returns `moment`, or a little after `opens` of the same or next local day when it falls outside."""
    local = timezone.localtime(moment)
    if opens <= local.time() <= closes:
        return moment
    if local.time() > closes:
        local += timedelta(days=1)
    first = local.replace(hour=opens.hour, minute=opens.minute, second=0, microsecond=0)
    return first + timedelta(minutes=dice.uniform(0, 50))
