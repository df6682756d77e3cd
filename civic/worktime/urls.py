"""Routes of the work calendar, mounted at /desk/calendar/."""

from django.urls import path

from civic.worktime import views

app_name = "worktime"

urlpatterns = [
    path("", views.index, name="index"),
    path("days/", views.days, name="days"),
    path("hours/", views.hours, name="hours"),
]
