"""Routes under /me/ about one's own data."""

from django.urls import path

from insight.privacy import views

app_name = "privacy"
urlpatterns = [
    path("access/", views.access_log, name="access"),
    path("data/", views.data, name="data"),
    path("data/sign-in/", views.again, name="again"),
    path("data/copy/", views.ask_copy, name="ask_copy"),
    path("data/copy/<int:pk>/", views.download, name="download"),
    path("data/delete/", views.delete, name="delete"),
    path("data/keep/", views.keep, name="keep"),
]
