"""Routes of registration, profile and record; included under /v/ and its namespace."""

from django.urls import path

from volunteers.views import agreeing, calendar, papers, profile, times

urlpatterns = [
    path("register/", profile.register, name="register"),
    path("register/place/", profile.place, name="place"),
    path("profile/", profile.profile, name="profile"),
    path("profile/pause/", profile.pause, name="pause"),
    path("profile/stay/", profile.stay, name="stay"),
    path("profile/answer/", profile.answer, name="answer"),
    path("profile/times/", times.times, name="times"),
    path("profile/papers/", papers.papers, name="papers"),
    path("profile/calendar/", calendar.calendar, name="calendar"),
    path("agree/", agreeing.agree, name="agree"),
    path("agree/decline/", agreeing.decline, name="decline"),
    path("record/", profile.record, name="record"),
]
