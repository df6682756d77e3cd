"""Routes of registration, profile and record; included under /v/ and its namespace."""

from django.urls import path

from volunteers.views import agreeing, calendar, papers, profile, teams, times

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
    path("teams/", teams.teams, name="teams"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/<slug:name>/", teams.verb, name="team_verb"),
    path("agree/", agreeing.agree, name="agree"),
    path("agree/decline/", agreeing.decline, name="decline"),
    path("record/", profile.record, name="record"),
]
