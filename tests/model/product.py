"""The product as the machine drives it: the model's names on its people and rows, and what it says of a request in
the model's words."""

from collections import defaultdict
from typing import Any

from django.db import connection

from civic.accounts.enums import Role
from civic.accounts.models import User
from civic.cases import timers
from civic.cases.models import Approval, CaseEvent
from civic.lib.errors import DomainError
from insight import consistency
from requests_app.actions import act
from requests_app.models import (
    Assignment,
    Offer,
    Pool,
    Rating,
    Referral,
    ServiceRequest,
    TeamOffer,
    Waterfall,
)
from tests.cast import Cast
from tests.model.ground import LEADERS, MEMBERS
from tests.model.records import Request
from tests.requests_app.teams import team_of
from tests.units import Units

NEW_PLACE = {"address": "荷花里 5 号楼 1 单元 101"}
NO_ACCOUNT = "+8613900000099"
# What is read of the parts of a request, after every step.
COMPARED: dict[Any, str] = {
    Offer: "volunteer_id round state expires_at waterfall_id team_offer_id",
    Pool: "round state closes_at",
    Waterfall: "id round width minutes state ended",
    TeamOffer: "id team_id round state expires_at",
    Assignment: "volunteer_id round slot state agreed_start confirm_by excused",
    Referral: "unit_id round state due_at",
    Rating: "round",
}


class Product:
    """The cast, and the rows of the model's requests by their numbers."""

    def __init__(self) -> None:
        self.cast = Cast()
        units = Units(self.cast)
        chief = self.cast.staff("周正", "+8613800000021", Role.DISPATCHER, self.cast.district)
        names = ("resident", "neighbour", "proxy", "dispatcher", "colleague", "outsider", "auditor")
        self.users: dict[str, User] = {name: getattr(self.cast, name) for name in names}
        self.users |= {"chief": chief, "officer": units.officer, "last_officer": units.last_officer}
        self.helpers = {name: getattr(self.cast, name) for name in ("volunteer", "second", "third")}
        self.helpers["fourth"] = self.cast.helper("钱伟", "+8613800000015")
        self.users |= {name: helper.user for name, helper in self.helpers.items()}
        self.units = {"bureau": units.bureau.pk, "last": units.last.pk}
        self.teams = {
            name: team_of(
                self.cast,
                *(self.helpers[each] for each in leaders),
                members=tuple(self.helpers[each] for each in MEMBERS[name] if each not in leaders),
                name=name,
            ).pk
            for name, leaders in LEADERS.items()
        }
        self.team_names = {pk: name for name, pk in self.teams.items()}
        self.names = {helper.pk: name for name, helper in self.helpers.items()}
        self.unit_names = {pk: name for name, pk in self.units.items()}
        self.user_names = {user.pk: name for name, user in self.users.items()}
        self.rows: list[int] = []

    # Doing

    def place(self, who: str, **wish: Any) -> int:
        """Places a request; returns 201, or the status of the refusal."""
        try:
            self.rows.append(self.cast.place(self.users[who], **wish).pk)
        except DomainError as no:
            return no.status
        return 201

    def act(self, who: str, verb: str, number: int, facts: dict[str, Any], version: int | None = None) -> int:
        """Performs a verb with the model's facts; returns 200, or the status of the refusal."""
        request = ServiceRequest.objects.get(pk=self.rows[number])
        given = {name: value for name, value in facts.items() if value is not None}
        for name in {"volunteers", "members"} & given.keys():
            given[name] = [self.helpers[each].pk for each in given[name]]
        if "volunteer" in given:
            given["volunteer"] = self.helpers[given["volunteer"]].pk
        if "team" in given:
            given["team"] = self.teams[given["team"]]
        if "team_offer" in given:
            given["team_offer"] = self._keys(TeamOffer, number)[given["team_offer"]]
        for name, model in (("offers", Offer), ("team_offers", TeamOffer)):
            if name in given:
                keys = self._keys(model, number)
                given[name] = [keys[each] for each in given[name]]
        if "unit" in given:
            given["unit"] = self.units[given["unit"]]
        if "into" in given:
            given["into"] = self.rows[given["into"]]
        lines = self._keys(Assignment, number)
        if "assignment" in given:
            given["assignment"] = lines[given["assignment"]]
        if "assignments" in given:
            given["assignments"] = [lines[each] for each in given["assignments"]]
        if "approval" in given:
            given["approval"] = self._approvals(number)[given["approval"]].pk
        if given.pop("code", False):
            given["code"] = request.check_in_code
        if given.pop("near", False):
            given |= {"lat": request.lat, "lon": request.lon}
        try:
            act(request, verb, actor=self.users[who], expected_version=version, **given)
        except DomainError as no:
            return no.status
        return 200

    def sweep(self) -> None:
        """Lets every timer ring that is due."""
        while timers.sweep():
            pass

    # Reading

    def check(self) -> None:
        """Raises when what is stored does not agree with itself, also what the database checks at a commit only."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        assert [str(fault) for fault in consistency.check()] == []

    def asked_beyond(self, number: int, known: int) -> list[str]:
        """Returns who has an offer of the request beyond the first `known`, in the order in which they were asked."""
        found = Offer.objects.filter(request=self.rows[number]).order_by("pk")[known:]
        return [self.names[pk] for pk in found.values_list("volunteer", flat=True)]

    def version(self, number: int) -> int:
        return ServiceRequest.objects.values_list("version", flat=True).get(pk=self.rows[number])

    def events(self, verb: str) -> int:
        """How often `verb` stands in the histories."""
        return CaseEvent.objects.filter(kind="request", case_id__in=self.rows, verb=verb).count()

    def observe(self, requests: list[Request]) -> list[dict[str, Any]]:
        """Returns what every request is, as `described` says of the model's; notes the deadlines there."""
        rows = ServiceRequest.objects.in_bulk(self.rows)
        parts = {model: self._parts(model, columns) for model, columns in COMPARED.items()}
        parts[Approval] = defaultdict(list)
        for each in Approval.objects.filter(kind="request", case_id__in=self.rows).order_by("pk"):
            parts[Approval][each.case_id].append(each)
        found = []
        for number, r in enumerate(requests):
            row = rows[self.rows[number]]
            referrals = parts[Referral][row.pk]
            r.due = row.due_at
            r.answer_due = next((each.due_at for each in referrals if each.state == "open"), None)
            found.append(self._described(row, {model: each[row.pk] for model, each in parts.items()}))
        return found

    def _described(self, row: ServiceRequest, parts: dict[Any, list[Any]]) -> dict[str, Any]:
        waterfalls, asked = ([each.id for each in parts[model]] for model in (Waterfall, TeamOffer))
        return {
            "state": row.state,
            "round": (row.round, row.rounds_counted),
            "slots": (row.headcount, row.needed),
            "agreed": (row.agreed_start, row.start_proposed),
            "merged_into": self.rows.index(row.merged_into_id) if row.merged_into_id else None,
            "paused_until": row.paused_until,
            "confidential": row.confidential,
            "urged_at": row.urged_at,
            "closed_at": row.closed_at,
            "outcome": (row.outcome, row.call_back_wanted, bool(row.exempt_reason)),
            "offers": [
                (
                    self.names[each.volunteer_id],
                    each.round,
                    each.state,
                    each.expires_at,
                    waterfalls.index(each.waterfall_id) if each.waterfall_id else None,
                    asked.index(each.team_offer_id) if each.team_offer_id else None,
                )
                for each in parts[Offer]
            ],
            "waterfalls": [
                (each.round, each.width, each.minutes, each.state, each.ended) for each in parts[Waterfall]
            ],
            "team_offers": [
                (self.team_names[each.team_id], each.round, each.state, each.expires_at)
                for each in parts[TeamOffer]
            ],
            "pools": [(each.round, each.state, each.closes_at) for each in parts[Pool]],
            "lines": [
                (
                    self.names[each.volunteer_id],
                    each.round,
                    each.slot,
                    each.state,
                    each.agreed_start,
                    each.confirm_by,
                    each.excused,
                )
                for each in parts[Assignment]
            ],
            "referrals": [
                (self.unit_names[each.unit_id], each.round, each.state) for each in parts[Referral]
            ],
            "proposals": [
                (each.verb, self.user_names[each.proposer_id], each.state) for each in parts[Approval]
            ],
            "rated": sorted(each.round for each in parts[Rating]),
        }

    def _parts(self, model: Any, columns: str) -> dict[int, list[Any]]:
        found = defaultdict(list)
        rows = model.objects.filter(request__in=self.rows).order_by("pk")
        for each in rows.values_list("request_id", *columns.split(), named=True):
            found[each.request_id].append(each)
        return found

    def _keys(self, model: Any, number: int) -> list[int]:
        return list(
            model.objects.filter(request=self.rows[number]).order_by("pk").values_list("pk", flat=True)
        )

    def _approvals(self, number: int) -> list[Approval]:
        return list(Approval.objects.filter(kind="request", case_id=self.rows[number]).order_by("pk"))


def described(r: Request) -> dict[str, Any]:
    """Returns what the model says of a request, in the shape of `Product.observe`."""
    return {
        "state": r.state,
        "round": (r.round, r.counted),
        "slots": (r.headcount, r.needed),
        "agreed": (r.agreed, r.proposed),
        "merged_into": r.merged_into,
        "paused_until": r.paused_until,
        "confidential": r.confidential,
        "urged_at": r.urged_at,
        "closed_at": r.closed_at,
        "outcome": (r.outcome, r.call_back_wanted, r.exempt),
        "offers": [
            (
                each.volunteer,
                each.round,
                each.state,
                each.expires,
                r.waterfalls.index(each.waterfall) if each.waterfall else None,
                r.team_offers.index(each.team) if each.team else None,
            )
            for each in r.offers
        ],
        "waterfalls": [
            (each.round, each.width, each.minutes, each.state, each.ended) for each in r.waterfalls
        ],
        "team_offers": [(each.team, each.round, each.state, each.expires) for each in r.team_offers],
        "pools": [(each.round, each.state, each.closes) for each in r.pools],
        "lines": [
            (each.volunteer, each.round, each.slot, each.state, each.start, each.confirm_by, each.excused)
            for each in r.lines
        ],
        "referrals": [(each.unit, each.round, each.state) for each in r.referrals],
        "proposals": [(each.verb, each.by, each.state) for each in r.proposals],
        "rated": sorted(r.rated),
    }
