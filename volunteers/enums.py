"""The words volunteers' rows store."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class VolunteerState(models.TextChoices):
    """Where a volunteer stands: only the approved are matched."""

    APPLIED = "applied", _("Waiting for approval")
    ASKED_BACK = "asked_back", _("More is needed")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Not approved")
    SUSPENDED = "suspended", _("Suspended")
    LAPSED = "lapsed", _("At rest")
    LEFT = "left", _("Left")


class Entry(models.TextChoices):
    """Kinds of lines in the ledger of service records."""

    SERVICE = "service", _("Service")
    REVERSAL = "reversal", _("Reversal")


class ConfirmedBy(models.TextChoices):
    """What made a service record count."""

    RATING = "rating", _("The resident's rating")
    CALL_BACK = "call_back", _("A call-back by staff")


class Spoken(models.TextChoices):
    """Languages in which somebody can help."""

    MANDARIN = "mandarin", _("Mandarin")
    LOCAL = "local", _("The local dialect")
    CANTONESE = "cantonese", _("Cantonese")
    WU = "wu", _("Wu (Shanghai, Suzhou)")
    MIN = "min", _("Min (Fujian, Chaoshan)")
    HAKKA = "hakka", _("Hakka")
    SIGN = "sign", _("Sign language")
    ENGLISH = "english", _("English")


class IdNumber(models.TextChoices):
    """Whether volunteers of an area are asked for their ID number."""

    NEVER = "never", _("Not asked for")
    OPTIONAL = "optional", _("May be given")
    REQUIRED = "required", _("Needed before approval")


class TeamTier(models.TextChoices):
    """The three tiers, highest first; their order here is the order of the tree."""

    CORPS = "corps", pgettext_lazy("tier", "Corps")
    TEAM = "team", pgettext_lazy("tier", "Team")
    SQUAD = "squad", pgettext_lazy("tier", "Squad")

    @property
    def depth(self) -> int:
        """1 for a corps to 3 for a squad; the same number as the node's depth in the tree."""
        return list(TeamTier).index(self) + 1


class TeamState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("team", "Active")
    DISSOLVED = "dissolved", pgettext_lazy("team", "Dissolved")


class TeamRole(models.TextChoices):
    MEMBER = "member", pgettext_lazy("team", "Member")
    LEADER = "leader", pgettext_lazy("team", "Leader")


class MembershipState(models.TextChoices):
    """Where somebody's belonging to a team stands."""

    APPLIED = "applied", pgettext_lazy("team", "Waiting for an answer")
    MEMBER = "member", pgettext_lazy("team", "Member")
    REFUSED = "refused", pgettext_lazy("team", "Not accepted")
    WITHDRAWN = "withdrawn", pgettext_lazy("team", "Application taken back")
    LEFT = "left", pgettext_lazy("team", "Left")
    REMOVED = "removed", pgettext_lazy("team", "Removed")
    DISSOLVED = "dissolved", pgettext_lazy("team", "Ended with the team")
