"""Routes of registration, profile and record; included under /v/ and its namespace."""

from django.urls import path

from volunteers import views

urlpatterns = [
    path("register/", views.register, name="register"),
    path("register/place/", views.place, name="place"),
    path("profile/", views.profile, name="profile"),
    path("profile/pause/", views.pause, name="pause"),
    path("record/", views.record, name="record"),
]
