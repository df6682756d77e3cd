"""Routes of residents: home, new request, track, me."""

from django.urls import path

from requests_app.views import home

urlpatterns = [
    path("", home.home, name="home"),
    path("me/", home.home, name="me"),
    path("me/inbox/", home.home, name="inbox"),
    path("me/settings/", home.home, name="settings"),
]
