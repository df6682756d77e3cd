"""Routes of batch plans, mounted at /desk/plan/ under the namespace "desk_plans"."""

from django.urls import path

from requests_app.views import plans

app_name = "desk_plans"

urlpatterns = [
    path("", plans.index, name="index"),
    path("<int:pk>/", plans.show, name="show"),
    path("<int:pk>/progress/", plans.progress, name="progress"),
    path("<int:pk>/hold/", plans.hold, name="hold"),
    path("<int:pk>/again/", plans.again, name="again"),
    path("<int:pk>/apply/", plans.apply, name="apply"),
    path("<int:pk>/discard/", plans.discard, name="discard"),
]
