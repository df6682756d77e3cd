"""Routes of the console's messages, mounted at /desk/messages/ under the namespace "desk_messages"."""

from django.urls import path

from civic.notify.views_desk import dead, wordings

app_name = "desk_messages"
urlpatterns = [
    path("", wordings.index, name="index"),
    path("failed/", dead.index, name="failed"),
    path("failed/replay/", dead.replay, name="replay"),
    path("codes/<int:wording_id>/", wordings.enter_codes, name="codes"),
    path("<str:template>/<slug:channel>/", wordings.edit, name="edit"),
    path("<str:template>/<slug:channel>/preview/", wordings.preview, name="preview"),
]
