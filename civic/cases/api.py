"""The transition tables over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from civic.cases import drawing
from civic.rest import View, listing

TRANSITION = inline_serializer(
    "Transition",
    {
        "verb": serializers.CharField(),
        "from": serializers.ListField(child=serializers.CharField()),
        "to": serializers.JSONField(help_text="a state, a list to choose from, “computed” or “same”"),
        "roles": serializers.ListField(child=serializers.CharField()),
        "requires": serializers.ListField(child=serializers.CharField()),
        "approval": serializers.ChoiceField(
            ["never", "depends", "always"],
            help_text="whether a second person has to approve; depends on the facts",
        ),
        "approvers": serializers.ListField(child=serializers.CharField()),
    },
    many=True,
)
WORKFLOW = inline_serializer(
    "Workflow",
    {
        "kind": serializers.CharField(),
        "initial": serializers.CharField(),
        "openings": serializers.DictField(
            child=serializers.CharField(),
            help_text="other states in which a case is opened, by the verb that does it",
        ),
        "states": serializers.ListField(child=serializers.CharField()),
        "final": serializers.ListField(child=serializers.CharField()),
        "transitions": TRANSITION,
        "parts": serializers.ListField(child=serializers.DictField()),
        "timers": serializers.DictField(child=serializers.CharField()),
    },
    many=True,
)
PAGE = inline_serializer(
    "PageOfWorkflow",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": WORKFLOW,
    },
)


class Workflows(View):
    @extend_schema(responses=PAGE)
    def get(self, request: Request) -> HttpResponse:
        """Returns every workflow: its states, the rows of its table, its parts and timers."""
        return listing(request, None, drawing.every())
