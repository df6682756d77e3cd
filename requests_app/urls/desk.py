"""Routes of the desk, mounted at /desk/ under the namespace "desk"."""

from django.urls import path

from requests_app.views.desk import (
    alike,
    approvals,
    auto_dispatch,
    many,
    new,
    queue,
    saved_views,
    sealed,
    today,
    trial,
    verbs,
    volunteers,
)

app_name = "desk"

urlpatterns = [
    path("", queue.queue, name="queue"),
    path("queue/", queue.queue_fragment, name="queue_fragment"),
    path("today/", today.board, name="today"),
    path("today/board/", today.board_fragment, name="today_fragment"),
    path("alike/", alike.index, name="alike"),
    path("alike/merge/", alike.merge, name="alike_merge"),
    path("alike/apart/", alike.apart, name="alike_apart"),
    path("alike/apart/<int:pk>/again/", alike.ask_again, name="alike_again"),
    path("alike/propose/", alike.propose, name="alike_propose"),
    path("projects/", alike.projects, name="projects"),
    path("projects/<int:pk>/", alike.project, name="project"),
    path("projects/<int:pk>/withdraw/", alike.withdraw, name="project_withdraw"),
    path("trial/", trial.trial, name="trial"),
    path("many/undo/", many.undo, name="undo"),
    path("many/<slug:name>/", many.many, name="many"),
    path("views/", saved_views.keep, name="keep_view"),
    path("views/<int:pk>/delete/", saved_views.drop, name="drop_view"),
    path("new/", new.new, name="new"),
    path("new/resident/", new.resident, name="resident"),
    path("requests/<int:pk>/", queue.show, name="request"),
    path("requests/<int:pk>/open/", sealed.open_sealed, name="open_sealed"),
    path("requests/<int:pk>/live/", queue.live, name="live"),
    path("requests/<int:pk>/phone/", queue.phone, name="phone"),
    path("requests/<int:pk>/why/", queue.why, name="why"),
    path("requests/<int:pk>/slip/", queue.slip, name="slip"),
    path("requests/<int:pk>/do/<slug:name>/", verbs.verb, name="verb"),
    path("confidential/", sealed.index, name="sealed"),
    path("auto-dispatch/", auto_dispatch.index, name="auto_dispatch"),
    path("auto-dispatch/switch/", auto_dispatch.switch, name="auto_switch"),
    path("auto-dispatch/rule/", auto_dispatch.set_rule, name="auto_rule"),
    path("auto-dispatch/rule/<int:pk>/drop/", auto_dispatch.drop_rule, name="auto_drop"),
    path("approvals/", approvals.index, name="approvals"),
    path("volunteers/", volunteers.index, name="volunteers"),
    path("volunteers/<int:pk>/", volunteers.show, name="volunteer"),
    path("volunteers/<int:pk>/<slug:name>/", volunteers.verb, name="volunteer_verb"),
]
