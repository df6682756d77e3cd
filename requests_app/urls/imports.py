"""Routes of the backlog import, mounted at /desk/imports/ under the namespace "desk_imports"."""

from django.urls import path

from requests_app.views import imports

app_name = "desk_imports"

urlpatterns = [
    path("", imports.index, name="index"),
    path("new/", imports.new, name="new"),
    path("<int:pk>/", imports.show, name="show"),
    path("<int:pk>/progress/", imports.progress, name="progress"),
    path("<int:pk>/correct/", imports.correct, name="correct"),
    path("<int:pk>/start/", imports.start, name="start"),
    path("<int:pk>/undo/", imports.undo, name="undo"),
    path("<int:pk>/discard/", imports.discard, name="discard"),
]
