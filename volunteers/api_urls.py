"""Routes of teams under /api/v1/; every verb of the table has its own."""

from django.urls import path

from volunteers import api

urlpatterns = [
    path("teams/", api.Teams.as_view(), name="teams"),
    path("teams/<int:pk>/", api.OneTeam.as_view(), name="team"),
    *(
        path(
            f"teams/<int:pk>/{verb}/",
            api.Act.as_view(verb=verb, serializer_class=body),
            name=f"team_{verb}",
        )
        for verb, body in api.FACTS.items()
    ),
]
