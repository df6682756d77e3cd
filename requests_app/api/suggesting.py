"""What a request may be about, over HTTP: for whoever dispatches it, never applied by itself."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from civic.lib.errors import NotAllowed
from civic.rest import View, answer
from requests_app import access, reference
from requests_app.models import ServiceRequest
from requests_app.suggesting import suggestions
from requests_app.suggesting.suggestions import Basis


class SuggestedSkill(serializers.Serializer):
    code = serializers.CharField()
    certainty = serializers.FloatField(help_text="0 to 1")
    basis = serializers.ChoiceField([each.value for each in Basis])
    words = serializers.ListField(
        child=serializers.CharField(), help_text="those found, where it is by keywords"
    )
    differs = serializers.BooleanField(help_text="whether the request asks for more or for other skills now")


class Suggested(serializers.Serializer):
    category = serializers.CharField(allow_null=True, help_text="its code; null where the words say nothing")
    certainty = serializers.FloatField(allow_null=True, help_text="0 to 1")
    basis = serializers.ChoiceField([each.value for each in Basis], allow_null=True)
    words = serializers.ListField(
        child=serializers.CharField(), help_text="those found, where it is by keywords"
    )
    skills = serializers.ListField(
        child=serializers.CharField(), help_text="codes of those the category asks for"
    )
    differs = serializers.BooleanField(help_text="whether the request has another category now")
    skill = SuggestedSkill(
        allow_null=True, help_text="the one the words ask for; null where they ask for none"
    )


class Suggestion(View):
    @extend_schema(responses=Suggested)
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns the likeliest category and skill by the words of the request. Amending it is up to the dispatcher."""
        found, _seen = access.find(request.user, pk=pk)
        if not access.may_dispatch(request.user, found):
            raise NotAllowed()
        return answer(_category(found) | {"skill": _skill(found)})


def _category(request: ServiceRequest) -> dict[str, Any]:
    made = suggestions.category(request)
    if made is None:
        nothing: dict[str, Any] = {
            "category": None,
            "certainty": None,
            "basis": None,
            "words": [],
            "skills": [],
        }
        return {**nothing, "differs": False}
    return {
        "category": made.what.code,
        "certainty": round(made.certainty, 3),
        "basis": made.basis,
        "words": list(made.words),
        "skills": [skill.code for skill in reference.named_skills(made.what.skills)],
        "differs": made.what.pk != request.category_id,
    }


def _skill(request: ServiceRequest) -> dict[str, Any] | None:
    made = suggestions.skill(request)
    if made is None:
        return None
    return {
        "code": made.what.code,
        "certainty": round(made.certainty, 3),
        "basis": made.basis,
        "words": list(made.words),
        "differs": reference.skills_of(request) != [made.what.pk],
    }
