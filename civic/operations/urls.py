"""Routes of the operations page, mounted at /desk/operations/ under the namespace "operations"."""

from django.urls import path

from civic.operations import pages

app_name = "operations"

urlpatterns = [
    path("", pages.index, name="index"),
    path("timers/<int:pk>/again/", pages.try_again, name="try_again"),
]
