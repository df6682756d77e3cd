"""What the API's bodies are made of: fields that parse and never decide."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, ClassVar, Final

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from civic.areas import queries as areas
from civic.lib.clock import is_plausible
from civic.lib.geo import valid_point
from civic.lib.numbers import whole

LARGEST_ID: Final = 2**63 - 1


class Words(serializers.CharField):
    """What people write: cleaned and measured by the action, so NUL and stray signs are taken here."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, trim_whitespace=False, **more)
        self.validators = []


class Id(serializers.IntegerField):
    """The number of a row; an object that carries it as `id` (as the API gives it) is taken as well."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **more)

    def to_internal_value(self, data: Any) -> int:
        """Returns the number; raises ValidationError."""
        found: int = super().to_internal_value(data["id"] if _names(data, "id") else data)
        return found


class Moment(serializers.DateTimeField):
    """A moment, or a day: its beginning in local time. Nothing here happens before 1900 or after 2199, and at the ends
    of the calendar no hour can be added any more."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "years": gettext_lazy("Choose a day between 1900 and 2199.")
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Returns an aware moment; raises ValidationError."""
        try:
            day = parse_date(value) if isinstance(value, str) else None
        except ValueError:  # well formed, but no such day: the same words as for any other nonsense
            day = None
        try:
            found: datetime = (
                super().to_internal_value(value)
                if day is None
                else timezone.make_aware(datetime.combine(day, time()))
            )
        except OverflowError:  # the last day, in another zone
            self.fail("years")
        if not is_plausible(found):
            self.fail("years")
        return found


@extend_schema_field(OpenApiTypes.STR)
class AreaOf(serializers.Field):
    """An area by code (text) or id (number), or the object the API gives; its id comes out."""

    def to_internal_value(self, data: Any) -> int:
        """Returns the area's id; raises ValidationError for none that is in use."""
        data = data["id"] if _names(data, "id") else data
        found = None
        if isinstance(data, str):
            found = areas.by_code(data)
            data = whole(data)
        if found is None and isinstance(data, int) and not isinstance(data, bool):
            found = areas.by_id(data)
        if found is None:
            raise serializers.ValidationError(_("Choose one of the areas we serve."))
        return found.pk

    def to_representation(self, value: Any) -> Any:
        """Never used for output."""
        return value


@extend_schema_field(
    {
        "type": "object",
        "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
        "required": ["lat", "lon"],
    }
)
class Point(serializers.Field):
    """{lat, lon} in WGS-84 degrees; (lat, lon) comes out."""

    def to_internal_value(self, data: Any) -> tuple[float, float]:
        """Returns the two numbers; raises ValidationError."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(_("A place needs both latitude and longitude."))
        try:
            return valid_point(data.get("lat"), data.get("lon"))
        except ValueError as error:
            raise serializers.ValidationError(error.args[0]) from error

    def to_representation(self, value: Any) -> Any:
        """Never used for output."""
        return value


def _names(data: Any, key: str) -> bool:
    return isinstance(data, Mapping) and key in data
