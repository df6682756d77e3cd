"""The tables of volunteers: people, their papers and hours, what they promised and served, their teams."""

from volunteers.models.feed import CalendarFeed
from volunteers.models.hours import AvailableHours, DayOff, ExtraHours
from volunteers.models.imports import RegisterImport, RegisterRow, RegisterRowState
from volunteers.models.papers import Papers, Qualification, QualificationKind, VolunteerTerms
from volunteers.models.service import Commitment, RecordConfirmation, ServiceRecord
from volunteers.models.team import ServiceClass, Team, TeamMembership
from volunteers.models.volunteer import HOME, Skill, Volunteer

__all__ = [
    "HOME",
    "AvailableHours",
    "CalendarFeed",
    "Commitment",
    "DayOff",
    "ExtraHours",
    "Papers",
    "Qualification",
    "QualificationKind",
    "RecordConfirmation",
    "ServiceRecord",
    "RegisterImport",
    "RegisterRow",
    "RegisterRowState",
    "Skill",
    "Team",
    "ServiceClass",
    "TeamMembership",
    "Volunteer",
    "VolunteerTerms",
]
