"""What a request may be about, over HTTP: for whoever dispatches it, never applied by itself."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from civic.lib.errors import NotAllowed
from civic.rest import View, answer
from requests_app import access
from requests_app.suggesting.suggestions import Basis, suggestion
from volunteers.models import Skill


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


class Suggestion(View):
    @extend_schema(responses=Suggested)
    def get(self, request: Any, pk: int) -> HttpResponse:
        """Returns the likeliest category by the words of the request. Amending it is up to the dispatcher."""
        found, _seen = access.find(request.user, pk=pk)
        if not access.may_dispatch(request.user, found):
            raise NotAllowed()
        made = suggestion(found)
        if made is None:
            nothing: dict[str, Any] = {
                "category": None,
                "certainty": None,
                "basis": None,
                "words": [],
                "skills": [],
            }
            return answer({**nothing, "differs": False})
        skills = Skill.objects.filter(pk__in=made.category.skills).order_by("pk")
        return answer(
            {
                "category": made.category.code,
                "certainty": round(made.certainty, 3),
                "basis": made.basis,
                "words": list(made.words),
                "skills": list(skills.values_list("code", flat=True)),
                "differs": made.category.pk != found.category_id,
            }
        )
