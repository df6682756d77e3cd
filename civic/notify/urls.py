"""Routes of messages, at the root: /me/messages/ and, where DEMO=1, /dev/outbox/."""

from django.urls import path

from civic.notify import views

app_name = "notify"
urlpatterns = [
    path("me/messages/", views.inbox, name="inbox"),
    path("me/messages/read/", views.read_all, name="read_all"),
    path("me/messages/bell/", views.bell, name="bell"),
    path("me/messages/<int:message_id>/open/", views.open_message, name="open"),
    path("me/settings/messages/", views.wanted, name="wanted"),
    path("me/settings/messages/push/", views.push_on, name="push_on"),
    path("me/settings/messages/push/stop/", views.push_off, name="push_off"),
    path("sms/reports/<str:token>/", views.sms_reports, name="sms_reports"),
    path("dev/outbox/", views.outbox, name="outbox"),
    path("dev/outbox/list/", views.outbox_list, name="outbox_list"),
]
