"""Routes under /me/ about one's own data."""

from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("access/", views.access_log, name="access"),
]
