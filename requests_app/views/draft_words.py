"""An unfinished request in words: the rows of the page for a last look."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from civic.areas import queries
from civic.areas.models import AreaLevel
from civic.lib import phone, spoken
from requests_app import wished
from requests_app.drafts import Draft
from requests_app.forms.new import WhoForm
from volunteers.enums import Spoken


@dataclass(frozen=True)
class Row:
    """One answer: what was asked, the answer, more of it in small, and where to change it."""

    label: str
    value: str
    more: str
    url: str


def rows(draft: Draft) -> list[Row]:
    """Returns the answers in the order they were given."""
    what, where = draft.step("what"), draft.step("where")
    area = queries.path_label(where.get("area_id") or 0, below=AreaLevel.DISTRICT)
    helpers = draft.step("who").get("headcount") or 1
    who, of_whom = _who(draft)
    talks = dict(Spoken.choices).get(draft.step("who").get("speaks", ""), "")
    return [
        Row(_("What"), str(draft.category), what.get("text", ""), reverse("new_what")),
        Row(_("Where"), where.get("address", ""), area, reverse("new_where")),
        Row(_("When"), _when(draft), "", reverse("new_when")),
        Row(_("For whom"), who, spoken.dotted(of_whom, str(talks)), reverse("new_who")),
        Row(
            _("How many helpers"),
            ngettext("%(n)d volunteer", "%(n)d volunteers", helpers) % {"n": helpers},
            "",
            reverse("new_who"),
        ),
    ]


def _when(draft: Draft) -> str:
    when = draft.step("when")
    if when.get("when") == "soon":
        return _("As soon as possible")
    if not when.get("start"):
        return _("Whenever it suits")
    end = datetime.fromisoformat(when["end"]) if when.get("end") else None
    return wished.wish_in_words(datetime.fromisoformat(when["start"]), end)


def _who(draft: Draft) -> tuple[str, str]:
    who = draft.step("who")
    if who.get("who") != "other":
        return who.get("name", ""), ""
    reason = dict(WhoForm.REASONS).get(who.get("reason", ""), "")
    name = spoken.dotted(who.get("other_name", ""), phone.mask(who.get("other_phone", "")))
    asked_by = _("asked by %(name)s") % {"name": who.get("name", "")}
    return name, spoken.dotted(asked_by, str(reason))
