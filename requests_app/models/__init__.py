"""The tables of service requests."""

from requests_app.models.alike import ProjectRequest, ServiceProject, ToldApart
from requests_app.models.auto_dispatch import AutoDispatchRule, AutoDispatchStop
from requests_app.models.feedback import Block, Concern, Rating, RequestDraft
from requests_app.models.imports import BacklogRowState, ImportBatch, ImportRow, ImportState
from requests_app.models.matching import Considered, MatchingWeights
from requests_app.models.parts import Assignment, Offer, Pool, Waterfall
from requests_app.models.plans import LeftBecause, LineNews, LineState, Plan, PlanLine, PlanState
from requests_app.models.pool_notices import PoolNotices
from requests_app.models.reference import Category, TimeLimit
from requests_app.models.request import ServiceRequest
from requests_app.models.saved_views import SavedView
from requests_app.models.team_offers import TeamOffer
from requests_app.models.units import AnswerClass, Referral, Unit, UnitMember

__all__ = [
    "AnswerClass",
    "Assignment",
    "AutoDispatchRule",
    "AutoDispatchStop",
    "BacklogRowState",
    "Block",
    "Category",
    "Concern",
    "Considered",
    "ImportBatch",
    "ImportRow",
    "ImportState",
    "LeftBecause",
    "LineNews",
    "LineState",
    "MatchingWeights",
    "Offer",
    "Plan",
    "PlanLine",
    "PlanState",
    "Pool",
    "PoolNotices",
    "ProjectRequest",
    "Rating",
    "Referral",
    "RequestDraft",
    "SavedView",
    "ServiceProject",
    "ServiceRequest",
    "TeamOffer",
    "TimeLimit",
    "ToldApart",
    "Unit",
    "UnitMember",
    "Waterfall",
]
