"""Addresses of photos and voice notes, under /evidence/."""

from django.urls import path

from civic.evidence import views

app_name = "evidence"

urlpatterns = [
    path("photos/", views.photos, name="photos"),
    path("photos/<uuid:pk>/", views.photo, name="photo"),
    path("photos/<uuid:pk>/thumb/", views.photo_thumb, name="photo_thumb"),
    path("voices/", views.voices, name="voices"),
    path("voices/<uuid:pk>/", views.voice, name="voice"),
]
