"""Routes of volunteers, mounted at /v/ under the namespace "v"."""

from django.urls import include, path

from requests_app.views.volunteer import (
    answer,
    feed,
    home,
    offline,
    photos,
    serve,
    shared,
    team_offers,
    wishes,
)

app_name = "v"

urlpatterns = [
    path("", home.home, name="home"),
    path("welcome/", home.welcome, name="welcome"),
    path("part/", home.part, name="part"),
    path("tasks/", home.tasks, name="tasks"),
    path("tasks/<int:pk>/", answer.task, name="task"),
    path("tasks/<int:pk>/accept/", answer.accept, name="accept"),
    path("tasks/<int:pk>/not-now/", answer.decline, name="decline"),
    path("tasks/<int:pk>/confirm/", answer.confirm, name="confirm"),
    path("tasks/<int:pk>/check-in/", serve.check_in, name="check_in"),
    path("tasks/<int:pk>/complete/", serve.complete, name="complete"),
    path("tasks/<int:pk>/give-up/", serve.give_up, name="give_up"),
    path("tasks/<int:pk>/break-off/", serve.abort, name="abort"),
    path("tasks/<int:pk>/concern/", serve.concern, name="concern"),
    path("tasks/<int:pk>/never-again/", serve.block, name="block"),
    path("team-offers/<int:pk>/", team_offers.answer, name="team_offer"),
    path("team-offers/<int:pk>/not-now/", team_offers.decline, name="team_decline"),
    path("worker.js", offline.worker, name="worker"),
    path("app/<slug:language>.webmanifest", offline.manifest, name="manifest"),
    path("offline/", offline.shell, name="offline"),
    path("offline/plan.json", offline.plan, name="plan"),
    path("photos/", photos.upload, name="photo"),
    path("photos/remove/", photos.remove, name="photo_remove"),
    path("shared/<str:token>/", shared.shared, name="shared"),
    path("calendar/<str:token>.ics", feed.feed, name="feed"),
    path("profile/wishes/", wishes.wishes, name="wishes"),
    path("", include("volunteers.urls")),
]
