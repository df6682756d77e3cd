"""What an area asks of its volunteers, and the pledge they make."""

from typing import Final

from civic.areas import queries as areas
from volunteers.enums import IdNumber
from volunteers.models import Volunteer, VolunteerTerms

ADULT_YEARS: Final = 18
# 志愿者誓词 as published by the Communist Youth League and the China Young Volunteers Association (1997); a new wording
# gets a new version, and everybody is asked again.
PLEDGE_VERSION: Final = "1997"
PLEDGE: Final = (
    "我愿意成为一名光荣的志愿者。我承诺：尽己所能，不计报酬，帮助他人，服务社会，践行志愿精神，传播先进文化，"
    "为建设团结互助、平等友爱、共同前进的美好社会贡献力量。"
)


def of(area_id: int) -> VolunteerTerms:
    """Returns the terms of the nearest area that has some, the defaults where none has."""
    found = {row.area_id: row for row in VolunteerTerms.objects.all()}
    places = [area.pk for area in reversed(areas.fresh_if_unknown(area_id).lineage(area_id))]
    return next((found[place] for place in (*places, None) if place in found), VolunteerTerms())


def asks_id_number(volunteer: Volunteer) -> str:
    """Returns whether the ID number is asked for where `volunteer` lives, see IdNumber."""
    return IdNumber(of(volunteer.area_id).id_number)
