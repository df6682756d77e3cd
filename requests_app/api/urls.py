"""Routes of requests and offers under /api/v1/; every verb of the table has its own."""

from django.urls import path

from requests_app.api import approvals, exemptions, hands, plans, suggesting, team_offers, views, why
from requests_app.api.bodies import FACTS

urlpatterns = [
    path("service-requests/", views.Requests.as_view(), name="requests"),
    path("service-requests/pool/", views.Pool.as_view(), name="pool"),
    path("service-requests/<int:pk>/", views.OneRequest.as_view(), name="request"),
    path("service-requests/<int:pk>/history/", views.History.as_view(), name="history"),
    path("service-requests/<int:pk>/candidates/", views.Candidates.as_view(), name="candidates"),
    path("service-requests/<int:pk>/why/", why.Why.as_view(), name="why"),
    *(
        path(
            f"service-requests/<int:pk>/{verb}/",
            views.Act.as_view(verb=verb, serializer_class=body),
            name=verb,
        )
        for verb, body in FACTS.items()
    ),
    path("service-requests/<int:pk>/units/", hands.Units.as_view(), name="units"),
    path("service-requests/<int:pk>/similar/", hands.Similar.as_view(), name="similar"),
    path("service-requests/<int:pk>/suggestion/", suggesting.Suggestion.as_view(), name="suggestion"),
    path("service-requests/referred/", hands.Referred.as_view(), name="referred"),
    path("dispatch/plan/", plans.Plans.as_view(), name="plans"),
    path("dispatch/plan/<int:pk>/", plans.OnePlan.as_view(), name="plan"),
    path("dispatch/plan/<int:pk>/lines/", plans.PlanLines.as_view(), name="plan_lines"),
    path("dispatch/plan/<int:pk>/apply/", plans.Apply.as_view(), name="plan_apply"),
    path("answer-classes/", hands.AnswerClasses.as_view(), name="answer_classes"),
    path("approvals/", approvals.Approvals.as_view(), name="approvals"),
    path("exemptions/", exemptions.Exemptions.as_view(), name="exemptions"),
    path("exemptions/counts/", exemptions.Counts.as_view(), name="exemption_counts"),
    path("offers/", views.Offers.as_view(), name="offers"),
    path("team-offers/", team_offers.TeamOffers.as_view(), name="team_offers"),
    path("team-offers/<int:pk>/", team_offers.OneTeamOffer.as_view(), name="team_offer"),
    path("categories/", views.Categories.as_view(), name="categories"),
]
