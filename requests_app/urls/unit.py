"""Routes of responsible units, mounted at /unit/ under the namespace "unit"."""

from django.urls import path

from requests_app.views import unit

app_name = "unit"

urlpatterns = [
    path("", unit.home, name="home"),
    path("requests/<int:pk>/", unit.show, name="request"),
    path("requests/<int:pk>/phone/", unit.phone, name="phone"),
    path("requests/<int:pk>/answer/", unit.answer, name="answer"),
    path("requests/<int:pk>/return/", unit.give_back, name="return"),
    path("requests/<int:pk>/more-time/", unit.more_time, name="more_time"),
    path("requests/<int:pk>/withdraw/", unit.withdraw, name="withdraw"),
    path("photos/", unit.upload, name="photo"),
    path("photos/remove/", unit.remove, name="photo_remove"),
]
