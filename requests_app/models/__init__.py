"""The tables of service requests."""

from requests_app.models.feedback import Block, Concern, Rating, RequestDraft
from requests_app.models.imports import ImportBatch, ImportRow, ImportState, RowState
from requests_app.models.parts import Assignment, Offer, Pool
from requests_app.models.reference import Category, TimeLimit
from requests_app.models.request import ServiceRequest

__all__ = [
    "Assignment",
    "Block",
    "Category",
    "Concern",
    "ImportBatch",
    "ImportRow",
    "ImportState",
    "Offer",
    "Pool",
    "Rating",
    "RequestDraft",
    "RowState",
    "ServiceRequest",
    "TimeLimit",
]
