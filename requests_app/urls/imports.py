"""Routes of the backlog import, mounted at /desk/imports/ under the namespace "desk_imports"."""

from requests_app.views.imports import PAGES

app_name = "desk_imports"

urlpatterns = PAGES.routes()
