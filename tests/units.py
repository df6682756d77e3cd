"""Responsible units of the cast's district: a bureau, one that assists, and the last instance."""

from typing import Any

from civic.accounts.models import User
from requests_app.actions import act
from requests_app.actions.units import add_member
from requests_app.models import ServiceRequest, Unit
from tests.cast import Cast


class Units:
    """Three units with one person each."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.bureau, self.officer = self._unit("城管局", "Urban management", "+8613800000031")
        self.helpers, self.assistant = self._unit("环卫中心", "Sanitation", "+8613800000032")
        self.last, self.last_officer = self._unit(
            "区督办中心", "District supervision", "+8613800000033", backstop=True
        )

    def _unit(self, name: str, name_en: str, phone: str, *, backstop: bool = False) -> tuple[Unit, User]:
        made = Unit.objects.create(
            name=name, name_en=name_en, area=self.cast.district, backstop=backstop, contact_phone="87870000"
        )
        user = User.objects.create_user(username=f"unit{phone[-2:]}", phone=phone, name=f"{name}办理员")
        add_member(made, user)
        return made, user

    def referred(self, request: ServiceRequest | None = None, **more: Any) -> ServiceRequest:
        """Returns a request (a new one unless given) that the desk has referred to the bureau for 7 work days."""
        facts = {"unit": self.bureau.pk, "answer_class": "7d", "note": "路灯不亮，请查看线路。", **more}
        return act(request or self.cast.place(), "refer", actor=self.cast.dispatcher, **facts)
