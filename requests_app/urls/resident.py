"""Routes of residents: home, new request, track, me."""

from django.urls import path

from requests_app.views import draft_files, exempt, home, me, new, new_where, track, track_acts

urlpatterns = [
    path("", home.home, name="home"),
    path("requests/new/", new.start, name="new"),
    path("requests/new/kinds/", new.kinds, name="new_kinds"),
    path("requests/new/what/", new.what, name="new_what"),
    path("requests/new/where/", new_where.where, name="new_where"),
    path("requests/new/where/pick/", new_where.pick, name="new_where_pick"),
    path("requests/new/where/here/", new_where.here, name="new_where_here"),
    path("requests/new/where/map/", new_where.on_map, name="new_where_map"),
    path("requests/new/when/", new.when, name="new_when"),
    path("requests/new/who/", new.who, name="new_who"),
    path("requests/new/check/", new.check, name="new_check"),
    path("requests/new/send/", new.send, name="new_send"),
    path("requests/new/keep/", new.keep, name="new_keep"),
    path("requests/new/drop/", new.drop, name="new_drop"),
    path("requests/new/locate/", new_where.locate_point, name="new_locate"),
    path("requests/new/outlines.json", new_where.outlines, name="new_outlines"),
    path("requests/new/photos/", draft_files.upload, {"kind": "photo"}, name="new_photo"),
    path("requests/new/photos/remove/", draft_files.remove, {"kind": "photo"}, name="new_photo_remove"),
    path("requests/new/voice/", draft_files.upload, {"kind": "voice"}, name="new_voice"),
    path("requests/new/voice/remove/", draft_files.remove, {"kind": "voice"}, name="new_voice_remove"),
    path("requests/placed/<str:code>/", track_acts.placed, name="placed"),
    path("about/exempt/", exempt.exempt, name="exempt"),
    path("track/", track.find, name="track_find"),
    path("track/<str:code>/", track.track, name="track"),
    path("track/<str:code>/part/", track.part, name="track_part"),
    path("track/<str:code>/qr.svg", track.qr, name="track_qr"),
    path("track/<str:code>/door.svg", track.door_qr, name="track_door_qr"),
    path("track/<str:code>/rate/", track_acts.rate, name="track_rate"),
    path("track/<str:code>/reopen/", track_acts.reopen, name="track_reopen"),
    path("track/<str:code>/appeal/", track_acts.appeal, name="track_appeal"),
    path("track/<str:code>/cancel/", track_acts.cancel, name="track_cancel"),
    path("track/<str:code>/change/", track_acts.amend, name="track_amend"),
    path("track/<str:code>/concern/", track_acts.concern, name="track_concern"),
    path("track/<str:code>/no-show/", track_acts.no_show, name="track_no_show"),
    path("me/", me.me, name="me"),
    path("me/settings/", me.settings, name="settings"),
]
