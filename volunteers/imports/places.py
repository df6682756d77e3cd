"""Which community or grid a register means, and the point that stands for it."""

from civic.accounts.access import held
from civic.areas.models import Area
from civic.areas.names import Names
from volunteers import queries
from volunteers.access import DECIDING
from volunteers.models import RegisterImport


class Places:
    """The communities and grids below the areas of whoever imports, and the batch's own where none is said."""

    def __init__(self, batch: RegisterImport) -> None:
        self._default = batch.area
        self._names = Names(row.area_id for row in held(batch.by) if row.role in DECIDING)
        self._points: dict[int, tuple[float | None, float | None]] = {}

    def find(self, said: str) -> tuple[Area | None, str]:
        """Returns the area that `said` names, the batch's own for "", or None with the reason."""
        return self._names.find(said) if said else (self._default, "")

    def point(self, area: Area) -> tuple[float | None, float | None]:
        """Returns the point that stands for the home of somebody of `area`: its centre."""
        if area.pk not in self._points:
            self._points[area.pk] = queries.point_of(area) or (None, None)
        return self._points[area.pk]
