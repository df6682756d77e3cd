"""Every route of the product and what each person gets there: the access table (DESIGN.md section 6).

One line a method and route; `tests/access_scene.py` says who the people are. A number is the status, "in" being
sent to sign in, "2f" being sent to the second factor. Where a right is held but the body is not complete (a form
without its key), 400 or 409 says that the door was open. A new route needs its line here, or the test fails.
"""

from datetime import timedelta
from typing import Any

from civic.lib import clock

PEOPLE = ("anon", "own", "other", "proxy", "desk", "far", "audit", "admin", "asked", "free", "weak")

HOME = "(home)"

TABLE = """
# The API
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  api/schema/                                        200   200   200   200   200   200   200   200   200   200   403
GET  api/docs/                                          200   200   200   200   200   200   200   200   200   200   403
GET  api/v1/service-requests/                           401   200   200   200   200   200   200   200   200   200   403
POST api/v1/service-requests/                           401   400   400   400   400   400   400   400   400   400   403
GET  api/v1/service-requests/pool/                      401   403   403   403   403   403   403   403   200   200   403
GET  api/v1/service-requests/<int:pk>/                  401   200   404   404   200   404   200   404   200   404   403
GET  api/v1/service-requests/<int:pk>/history/          401   200   404   404   200   404   200   404   403   404   403
GET  api/v1/service-requests/<int:pk>/candidates/       401   403   404   404   200   404   403   404   403   404   403
GET  api/v1/service-requests/<int:pk>/why/              401   403   404   404   400   404   403   404   200   404   403
POST api/v1/service-requests/<int:pk>/amend/            401   200   404   404   200   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/reject/           401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/merge/            401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/split/            401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/refer/            401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/recall/           401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/return/           401   403   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/unit_reply/       401   403   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/offer/            401   403   404   404   400   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/withdraw_offer/   401   403   404   404   200   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/close_staffing/   401   403   404   404   400   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/accept/           401   403   404   404   403   404   403   404   200   404   403
POST api/v1/service-requests/<int:pk>/decline_offer/    401   403   404   404   403   404   403   404   200   404   403
POST api/v1/service-requests/<int:pk>/accept_for_team/  401   403   404   404   403   404   403   404   400   404   403
POST api/v1/service-requests/<int:pk>/decline_for_team/ 401   403   404   404   403   404   403   404   200   404   403
POST api/v1/service-requests/<int:pk>/confirm/          401   403   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/give_up/          401   403   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/reassign/         401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/report_no_show/   401   409   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/excuse/           401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/check_in/         401   403   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/complete/         401   403   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/abort/            401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/rate/             401   409   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/call_back/        401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/reopen/           401   409   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/cancel/           401   200   404   404   200   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/pause/            401   403   404   404   200   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/resume/           401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/urge/             401   200   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/report_concern/   401   200   404   404   200   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/appeal/           401   409   404   404   403   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/confidential/     401   400   404   404   400   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/exempt/           401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/extend/           401   403   404   404   409   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/approve/          401   403   404   404   400   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/refuse/           401   403   404   404   400   404   403   404   403   404   403
POST api/v1/service-requests/<int:pk>/withdraw_proposal/ 401  403   404   404   400   404   403   404   403   404   403
GET  api/v1/exemptions/                                 200   200   200   200   200   200   200   200   200   200   403
GET  api/v1/exemptions/counts/                          200   200   200   200   200   200   200   200   200   200   403
GET  api/v1/approvals/                                  401   403   403   403   200   200   200   403   403   403   403
POST api/v1/service-requests/<int:pk>/block/            401   400   404   404   400   404   403   404   403   404   403
GET  api/v1/service-requests/<int:pk>/units/            401   403   404   404   200   404   403   404   403   404   403
GET  api/v1/service-requests/<int:pk>/similar/          401   403   404   404   200   404   403   404   403   404   403
POST api/v1/dispatch/plan/                              401   403   403   403   400   400   403   403   403   403   403
GET  api/v1/dispatch/plan/<int:pk>/                     401   403   403   403   200   404   403   403   403   403   403
GET  api/v1/dispatch/plan/<int:pk>/lines/               401   403   403   403   200   404   403   403   403   403   403
POST api/v1/dispatch/plan/<int:pk>/apply/               401   403   403   403   200   404   403   403   403   403   403
GET  api/v1/service-requests/<int:pk>/suggestion/       401   403   404   404   200   404   403   404   403   404   403
GET  api/v1/service-requests/referred/                  401   403   403   403   403   403   403   403   403   403   403
GET  api/v1/answer-classes/                             401   200   200   200   200   200   200   200   200   200   403
GET  api/v1/teams/                                      401   200   200   200   200   200   200   200   200   200   403
POST api/v1/teams/                                      401   400   400   400   400   400   400   400   400   400   403
GET  api/v1/teams/<int:pk>/                             401   404   404   404   200   404   200   200   200   200   403
POST api/v1/teams/<int:pk>/apply/                       401   404   404   404   403   404   403   403   403   200   403
POST api/v1/teams/<int:pk>/withdraw/                    401   404   404   404   403   404   403   403   403   403   403
POST api/v1/teams/<int:pk>/admit/                       401   404   404   404   400   404   400   400   400   400   403
POST api/v1/teams/<int:pk>/refuse/                      401   404   404   404   400   404   400   400   400   400   403
POST api/v1/teams/<int:pk>/leave/                       401   404   404   404   403   404   403   403   200   403   403
POST api/v1/teams/<int:pk>/remove/                      401   404   404   404   400   404   400   400   400   400   403
POST api/v1/teams/<int:pk>/appoint/                     401   404   404   404   400   404   400   400   400   400   403
POST api/v1/teams/<int:pk>/relieve/                     401   404   404   404   400   404   400   400   400   400   403
POST api/v1/teams/<int:pk>/step_down/                   401   404   404   404   403   404   403   403   200   403   403
POST api/v1/teams/<int:pk>/edit/                        401   404   404   404   200   404   403   200   403   403   403
POST api/v1/teams/<int:pk>/dissolve/                    401   404   404   404   400   404   400   400   400   400   403
GET  api/v1/team-offers/                                401   403   403   403   403   403   403   403   200   200   403
GET  api/v1/team-offers/<int:pk>/                       401   403   403   403   403   403   403   403   200   404   403
GET  api/v1/offers/                                     401   403   403   403   403   403   403   403   200   200   403
GET  api/v1/categories/                                 200   200   200   200   200   200   200   200   200   200   403
GET  api/v1/me/access/                                  401   200   200   200   200   200   200   200   200   200   403
GET  api/v1/areas/                                      401   200   200   200   200   200   200   200   200   200   403
GET  api/v1/grids/locate/                               401   400   400   400   400   400   400   400   400   400   403
GET  api/v1/workflows/                                  401   200   200   200   200   200   200   200   200   200   403
GET  api/v1/stats/rates/                                401   403   403   403   200   200   200   200   403   403   403
GET  api/                                               404   404   404   404   404   404   404   404   404   404   403
# Probes and pages about the service
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  healthz                                            200   200   200   200   200   200   200   200   200   200   2f
GET  readyz                                             503   503   503   503   503   503   503   503   503   503   2f
GET  metrics                                            200   200   200   200   200   200   200   200   200   200   2f
GET  dev/outbox/                                        404   404   404   404   404   404   404   404   404   404   2f
GET  dev/outbox/list/                                   404   404   404   404   404   404   404   404   404   404   2f
POST elder/                                             302   302   302   302   302   302   302   302   302   302   302
POST language/                                          302   302   302   302   302   302   302   302   302   302   302
GET  about/exempt/                                      200   200   200   200   200   200   200   200   200   200   2f
GET  about/<slug:page>/                                 200   200   200   200   200   200   200   200   200   200   2f
GET  dev/styleguide/                                    404   404   404   404   404   404   404   404   404   404   2f

# Residents: home, asking for help, following it
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  (home)                                             200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/                                      200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/kinds/                                200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/what/                                 302   302   302   302   302   302   302   302   302   302   2f
GET  requests/new/where/                                200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/where/pick/                           200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/where/here/                           200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/where/map/                            200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/when/                                 200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/who/                                  200   200   200   200   200   200   200   200   200   200   2f
GET  requests/new/check/                                302   302   302   302   302   302   302   302   302   302   2f
GET  requests/new/send/                                 in    302   302   302   302   302   302   302   302   302   2f
POST requests/new/send/                                 in    302   302   302   302   302   302   302   302   302   2f
POST requests/new/keep/                                 204   204   204   204   204   204   204   204   204   204   2f
POST requests/new/drop/                                 302   302   302   302   302   302   302   302   302   302   2f
GET  requests/new/locate/                               400   400   400   400   400   400   400   400   400   400   2f
GET  requests/new/outlines.json                         200   200   200   200   200   200   200   200   200   200   2f
POST requests/new/photos/                               400   400   400   400   400   400   400   400   400   400   2f
POST requests/new/photos/remove/                        204   204   204   204   204   204   204   204   204   204   2f
POST requests/new/voice/                                400   400   400   400   400   400   400   400   400   400   2f
POST requests/new/voice/remove/                         204   204   204   204   204   204   204   204   204   204   2f
GET  requests/placed/<str:code>/                        in    200   404   404   404   404   404   404   404   404   2f
GET  track/                                             200   200   200   200   200   200   200   200   200   200   2f
POST track/                                             200   200   200   200   200   200   200   200   200   200   2f
GET  track/<str:code>/                                  200   200   200   200   302   200   302   200   200   200   2f
POST track/<str:code>/                                  200   200   200   200   302   200   302   200   200   200   2f
GET  track/<str:code>/part/                             404   200   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/qr.svg                            200   200   200   200   200   200   200   200   200   200   2f
GET  track/<str:code>/door.svg                          in    200   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/rate/                             in    302   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/rate/                             in    302   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/urge/                             in    302   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/reopen/                           in    302   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/reopen/                           in    302   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/appeal/                           in    302   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/appeal/                           in    302   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/confidential/                     in    200   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/confidential/                     in    200   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/cancel/                           in    200   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/cancel/                           in    200   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/change/                           in    200   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/change/                           in    200   404   404   404   404   404   404   404   404   2f
GET  track/<str:code>/concern/                          in    200   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/concern/                          in    200   404   404   404   404   404   404   404   404   2f
POST track/<str:code>/no-show/                          in    302   404   404   404   404   404   404   404   404   2f
GET  me/                                                in    200   200   200   200   200   200   200   200   200   2f
GET  me/settings/                                       in    200   200   200   200   200   200   200   200   200   2f
POST me/settings/                                       in    200   200   200   200   200   200   200   200   200   2f
GET  me/access/                                         in    200   200   200   200   200   200   200   200   200   2f
GET  me/settings/messages/                              in    200   200   200   200   200   200   200   200   200   2f
POST me/settings/messages/                              in    302   302   302   302   302   302   302   302   302   2f
POST me/settings/messages/push/                         in    400   400   400   400   400   400   400   400   400   2f
POST me/settings/messages/push/stop/                    in    204   204   204   204   204   204   204   204   204   2f
GET  me/data/                                           in    200   200   200   200   200   200   200   200   200   2f
POST me/data/sign-in/                                   in    in    in    in    in    in    in    in    in    in    2f
POST me/data/copy/                                      in    in    in    302   302   302   302   302   in    in    2f
GET  me/data/copy/<int:pk>/                             in    404   404   404   404   404   404   404   404   404   2f
GET  me/data/delete/                                    in    200   200   200   200   200   200   200   200   200   2f
POST me/data/delete/                                    in    in    in    409   409   409   409   409   in    in    2f
POST me/data/keep/                                      in    404   404   404   404   404   404   404   404   404   2f
GET  me/messages/                                       in    200   200   200   200   200   200   200   200   200   2f
POST me/messages/read/                                  in    302   302   302   302   302   302   302   302   302   2f
GET  me/messages/bell/                                  in    200   200   200   200   200   200   200   200   200   2f
POST me/messages/<int:message_id>/open/                 in    302   404   404   404   404   404   404   404   404   2f
POST sms/reports/<str:token>/                           404   404   404   404   404   404   404   404   404   404   2f
POST evidence/photos/                                   400   400   400   400   400   400   400   400   400   400   2f
GET  evidence/photos/<uuid:pk>/                         404   200   404   404   200   404   200   404   404   404   2f
GET  evidence/photos/<uuid:pk>/thumb/                   404   200   404   404   200   404   200   404   404   404   2f
POST evidence/voices/                                   400   400   400   400   400   400   400   400   400   400   2f
GET  evidence/voices/<uuid:pk>/                         404   404   404   404   404   404   404   404   404   404   2f

# The desk
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  desk/plan/                                         in    403   403   403   200   200   403   403   403   403   2f
POST desk/plan/                                         in    403   403   403   200   200   403   403   403   403   2f
GET  desk/plan/<int:pk>/                                in    403   403   403   200   404   403   403   403   403   2f
GET  desk/plan/<int:pk>/progress/                       in    403   403   403   200   404   403   403   403   403   2f
POST desk/plan/<int:pk>/hold/                           in    403   403   403   302   404   403   403   403   403   2f
POST desk/plan/<int:pk>/again/                          in    403   403   403   302   404   403   403   403   403   2f
POST desk/plan/<int:pk>/apply/                          in    403   403   403   302   404   403   403   403   403   2f
POST desk/plan/<int:pk>/discard/                        in    403   403   403   302   404   403   403   403   403   2f
GET  desk/alike/                                        in    403   403   403   200   200   403   403   403   403   2f
POST desk/alike/merge/                                  in    403   403   403   400   400   403   403   403   403   2f
POST desk/alike/apart/                                  in    403   403   403   302   302   403   403   403   403   2f
POST desk/alike/apart/<int:pk>/again/                   in    403   403   403   302   404   403   403   403   403   2f
POST desk/alike/propose/                                in    403   403   403   302   302   403   403   403   403   2f
GET  desk/projects/                                     in    403   403   403   200   200   403   403   403   403   2f
GET  desk/projects/<int:pk>/                            in    403   403   403   200   404   403   403   403   403   2f
POST desk/projects/<int:pk>/withdraw/                   in    403   403   403   302   404   403   403   403   403   2f
GET  desk/trial/                                        in    403   403   403   200   200   200   200   403   403   2f
POST desk/trial/                                        in    403   403   403   403   403   403   403   403   403   2f
GET  desk/imports/                                      in    403   403   403   200   200   403   403   403   403   2f
GET  desk/imports/new/                                  in    403   403   403   200   200   403   403   403   403   2f
POST desk/imports/new/                                  in    403   403   403   200   200   403   403   403   403   2f
GET  desk/imports/<int:pk>/                             in    403   403   403   200   404   403   403   403   403   2f
GET  desk/imports/<int:pk>/progress/                    in    403   403   403   200   404   403   403   403   403   2f
POST desk/imports/<int:pk>/correct/                     in    403   403   403   400   404   403   403   403   403   2f
POST desk/imports/<int:pk>/start/                       in    403   403   403   400   404   403   403   403   403   2f
POST desk/imports/<int:pk>/undo/                        in    403   403   403   400   404   403   403   403   403   2f
POST desk/imports/<int:pk>/discard/                     in    403   403   403   302   404   403   403   403   403   2f
GET  desk/registers/                                     in    403   403   403   200   200   403   200   403   403   2f
GET  desk/registers/new/                                 in    403   403   403   200   200   403   200   403   403   2f
POST desk/registers/new/                                 in    403   403   403   200   200   403   200   403   403   2f
GET  desk/registers/<int:pk>/                            in    403   403   403   200   404   403   200   403   403   2f
GET  desk/registers/<int:pk>/progress/                   in    403   403   403   200   404   403   200   403   403   2f
POST desk/registers/<int:pk>/correct/                    in    403   403   403   400   404   403   400   403   403   2f
POST desk/registers/<int:pk>/start/                      in    403   403   403   400   404   403   400   403   403   2f
POST desk/registers/<int:pk>/undo/                       in    403   403   403   400   404   403   400   403   403   2f
POST desk/registers/<int:pk>/discard/                    in    403   403   403   302   404   403   302   403   403   2f
GET  desk/messages/                                     in    403   403   403   403   403   403   200   403   403   2f
GET  desk/messages/failed/                              in    403   403   403   403   403   403   403   403   403   2f
POST desk/messages/failed/replay/                       in    403   403   403   403   403   403   403   403   403   2f
POST desk/messages/codes/<int:wording_id>/              in    403   403   403   403   403   403   403   403   403   2f
GET  desk/messages/<str:template>/<slug:channel>/       in    403   403   403   403   403   403   200   403   403   2f
POST desk/messages/<str:template>/<slug:channel>/       in    403   403   403   403   403   403   403   403   403   2f
POST desk/messages/<str:template>/<slug:channel>/preview/ in   403   403   403   403   403   403   200   403   403   2f
GET  desk/                                              in    403   403   200   200   200   200   302   403   403   2f
GET  desk/queue/                                        in    403   403   200   200   200   200   403   403   403   2f
GET  desk/queue/rows/                                   in    403   403   200   200   200   200   403   403   403   2f
GET  desk/map/                                          in    403   403   200   200   200   200   403   403   403   2f
GET  desk/map/areas/                                    in    403   403   200   200   200   200   403   403   403   2f
GET  desk/today/                                        in    403   403   403   200   200   200   403   403   403   2f
GET  desk/today/board/                                  in    403   403   403   200   200   200   403   403   403   2f
GET  desk/many/<slug:name>/                             in    403   403   403   400   400   403   403   403   403   2f
POST desk/many/<slug:name>/                             in    403   403   403   400   400   403   403   403   403   2f
POST desk/many/undo/                                    in    403   403   403   400   400   403   403   403   403   2f
POST desk/views/                                        in    403   403   403   302   302   302   403   403   403   2f
POST desk/views/<int:pk>/delete/                        in    403   403   403   404   404   404   403   403   403   2f
GET  desk/new/                                          in    403   403   200   200   200   403   403   403   403   2f
POST desk/new/                                          in    403   403   400   400   400   403   403   403   403   2f
POST desk/new/resident/                                 in    403   403   200   200   200   403   403   403   403   2f
GET  desk/requests/<int:pk>/                            in    403   403   404   200   404   200   403   403   403   2f
GET  desk/requests/<int:pk>/live/                       in    403   403   404   200   404   200   403   403   403   2f
POST desk/requests/<int:pk>/phone/                      in    403   403   404   200   404   200   403   403   403   2f
GET  desk/requests/<int:pk>/why/                        in    403   403   404   200   404   403   403   403   403   2f
GET  desk/requests/<int:pk>/slip/                       in    403   403   404   200   404   200   403   403   403   2f
GET  desk/requests/<int:pk>/do/<slug:name>/             in    403   403   404   200   404   403   403   403   403   2f
POST desk/requests/<int:pk>/do/<slug:name>/             in    403   403   404   400   404   403   403   403   403   2f
GET  desk/calendar/                                     in    403   403   403   403   403   403   200   403   403   2f
POST desk/calendar/days/                                in    403   403   403   403   403   403   400   403   403   2f
POST desk/calendar/hours/                               in    403   403   403   403   403   403   400   403   403   2f
GET  insight/                                           in    403   403   403   200   200   200   200   403   403   2f
GET  insight/rates.<slug:kind>                          in    403   403   403   200   200   200   200   403   403   2f
GET  insight/rates/<slug:name>/                         in    403   403   403   200   200   200   200   403   403   2f
GET  insight/rates/<slug:name>/rows.<slug:kind>         in    403   403   403   200   200   200   200   403   403   2f
GET  desk/operations/                                   in    403   403   403   403   403   200   200   403   403   2f
POST desk/operations/timers/<int:pk>/again/             in    403   403   403   403   403   404   404   403   403   2f
POST desk/requests/<int:pk>/open/                       in    403   403   404   404   404   404   403   403   403   2f
GET  desk/confidential/                                 in    403   403   403   200   200   200   403   403   403   2f
GET  desk/approvals/                                    in    403   403   403   200   200   200   403   403   403   2f
GET  desk/auto-dispatch/                                in    403   403   403   200   200   403   200   403   403   2f
POST desk/auto-dispatch/switch/                         in    403   403   403   404   404   403   404   403   403   2f
POST desk/auto-dispatch/rule/                           in    403   403   403   403   403   403   400   403   403   2f
POST desk/auto-dispatch/rule/<int:pk>/drop/             in    403   403   403   403   403   403   404   403   403   2f
GET  desk/volunteers/                                   in    403   403   403   200   200   200   200   403   403   2f
GET  desk/volunteers/<int:pk>/                          in    403   403   403   200   404   200   200   403   403   2f
GET  desk/teams/                                        in    403   403   403   200   200   200   200   403   403   2f
GET  desk/teams/new/                                    in    403   403   403   200   200   403   200   403   403   2f
POST desk/teams/new/                                    in    403   403   403   400   400   403   400   403   403   2f
GET  desk/teams/<int:pk>/                               in    403   403   403   200   404   200   200   403   403   2f
POST desk/teams/<int:pk>/<slug:name>/                   in    403   403   403   400   404   403   400   403   403   2f
POST desk/volunteers/<int:pk>/phone/                    in    403   403   403   200   404   200   200   403   403   2f
POST desk/volunteers/<int:pk>/<slug:name>/              in    403   403   403   400   404   400   400   403   403   2f
GET  admin/...                                          in    302   302   302   302   302   302   302   302   302   2f

# Responsible units (tests/requests_app/test_unit_pages.py has those who answer for one)
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  unit/                                              in    403   403   403   403   403   403   403   403   403   2f
GET  unit/requests/<int:pk>/                            in    403   403   403   403   403   403   403   403   403   2f
POST unit/requests/<int:pk>/phone/                      in    403   403   403   403   403   403   403   403   403   2f
GET  unit/requests/<int:pk>/answer/                     in    403   403   403   403   403   403   403   403   403   2f
POST unit/requests/<int:pk>/answer/                     in    403   403   403   403   403   403   403   403   403   2f
GET  unit/requests/<int:pk>/return/                     in    403   403   403   403   403   403   403   403   403   2f
POST unit/requests/<int:pk>/return/                     in    403   403   403   403   403   403   403   403   403   2f
GET  unit/requests/<int:pk>/more-time/                  in    403   403   403   403   403   403   403   403   403   2f
POST unit/requests/<int:pk>/more-time/                  in    403   403   403   403   403   403   403   403   403   2f
POST unit/requests/<int:pk>/withdraw/                   in    403   403   403   403   403   403   403   403   403   2f
POST unit/photos/                                       in    403   403   403   403   403   403   403   403   403   2f
POST unit/photos/remove/                                in    403   403   403   403   403   403   403   403   403   2f

# Volunteers
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  v/                                                 in    200   200   200   200   200   200   200   200   200   2f
GET  v/welcome/                                         200   302   302   302   302   302   302   302   302   302   2f
GET  v/part/                                            in    302   302   302   302   302   302   302   200   200   2f
GET  v/tasks/                                           in    302   302   302   302   302   302   302   200   200   2f
GET  v/tasks/<int:pk>/                                  in    302   302   302   302   302   302   302   200   404   2f
GET  v/tasks/<int:pk>/accept/                           in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/accept/                           in    302   302   302   302   302   302   302   400   404   2f
POST v/tasks/<int:pk>/not-now/                          in    302   302   302   302   302   302   302   400   404   2f
POST v/tasks/<int:pk>/confirm/                          in    302   302   302   302   302   302   302   400   404   2f
GET  v/tasks/<int:pk>/check-in/                         in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/check-in/                         in    302   302   302   302   302   302   302   400   404   2f
GET  v/tasks/<int:pk>/complete/                         in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/complete/                         in    302   302   302   302   302   302   302   400   404   2f
GET  v/tasks/<int:pk>/give-up/                          in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/give-up/                          in    302   302   302   302   302   302   302   400   404   2f
GET  v/tasks/<int:pk>/break-off/                        in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/break-off/                        in    302   302   302   302   302   302   302   400   404   2f
GET  v/tasks/<int:pk>/concern/                          in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/concern/                          in    302   302   302   302   302   302   302   302   404   2f
POST v/tasks/<int:pk>/never-again/                      in    302   302   302   302   302   302   302   400   404   2f
POST v/photos/                                          in    302   302   302   302   302   302   302   400   400   2f
GET  v/app/<slug:language>.webmanifest                  200   200   200   200   200   200   200   200   200   200   2f
GET  v/offline/                                         200   200   200   200   200   200   200   200   200   200   2f
GET  v/offline/plan.json                                in    200   200   200   200   200   200   200   200   200   2f
GET  v/worker.js                                        200   200   200   200   200   200   200   200   200   200   2f
POST v/photos/remove/                                   in    302   302   302   302   302   302   302   204   204   2f
GET  v/register/                                        in    200   200   200   200   200   200   200   302   302   2f
POST v/register/                                        in    200   200   200   200   200   200   200   302   302   2f
POST v/register/place/                                  in    302   302   302   302   302   302   302   302   302   2f
GET  v/profile/                                         in    302   302   302   302   302   302   302   200   200   2f
POST v/profile/                                         in    302   302   302   302   302   302   302   200   200   2f
POST v/profile/pause/                                   in    302   302   302   302   302   302   302   302   302   2f
POST v/profile/stay/                                    in    302   302   302   302   302   302   302   302   302   2f
POST v/profile/answer/                                  in    302   302   302   302   302   302   302   302   302   2f
GET  v/teams/                                           in    302   302   302   302   302   302   302   200   200   2f
GET  v/teams/<int:pk>/                                  in    302   302   302   302   302   302   302   200   200   2f
POST v/teams/<int:pk>/<slug:name>/                      in    302   302   302   302   302   302   302   400   400   2f
GET  v/team-offers/<int:pk>/                            in    302   302   302   302   302   302   302   200   404   2f
POST v/team-offers/<int:pk>/                            in    302   302   302   302   302   302   302   400   404   2f
POST v/team-offers/<int:pk>/not-now/                    in    302   302   302   302   302   302   302   400   404   2f
GET  v/agree/                                           in    302   302   302   302   302   302   302   302   302   2f
POST v/agree/                                           in    302   302   302   302   302   302   302   302   302   2f
POST v/agree/decline/                                   in    302   302   302   302   302   302   302   302   302   2f
GET  v/profile/times/                                   in    302   302   302   302   302   302   302   200   200   2f
POST v/profile/times/                                   in    302   302   302   302   302   302   302   400   400   2f
GET  v/profile/wishes/                                  in    302   302   302   302   302   302   302   200   200   2f
POST v/profile/wishes/                                  in    302   302   302   302   302   302   302   200   200   2f
GET  v/profile/papers/                                  in    302   302   302   302   302   302   302   200   200   2f
POST v/profile/papers/                                  in    302   302   302   302   302   302   302   400   400   2f
GET  v/profile/calendar/                                in    302   302   302   302   302   302   302   200   200   2f
POST v/profile/calendar/                                in    302   302   302   302   302   302   302   400   400   2f
GET  v/shared/<str:token>/                              in    302   302   302   302   302   302   302   404   404   2f
GET  v/calendar/<str:token>.ics                         404   404   404   404   404   404   404   404   404   404   2f
GET  v/record/                                          in    302   302   302   302   302   302   302   200   200   2f

# Signing in
#                                                       anon  own   other proxy desk  far   audit admin asked free  weak
GET  accounts/login/                                    200   302   302   302   302   302   302   302   302   302   2f
GET  accounts/login/code/                               in    302   302   302   302   302   302   302   302   302   2f
GET  accounts/staff/                                    200   302   302   302   302   302   302   302   302   302   2f
GET  accounts/logout/                                   302   200   200   200   200   200   200   200   200   200   200
POST accounts/logout/                                   302   302   302   302   302   302   302   302   302   302   302
GET  accounts/inactive/                                 200   200   200   200   200   200   200   200   200   200   2f
GET  accounts/reauthenticate/                           in    403   403   403   403   403   403   403   403   403   403
GET  accounts/password/                                 in    404   404   404   404   404   404   404   404   404   2f
GET  accounts/2fa/                                      in    200   200   200   200   200   200   200   200   200   200
GET  accounts/2fa/authenticate/                         in    302   302   302   302   302   302   302   302   302   2f
GET  accounts/2fa/reauthenticate/                       in    403   403   403   403   403   403   403   403   403   2f
GET  accounts/2fa/totp/activate/                        in    200   200   200   200   200   200   200   200   200   200
GET  accounts/2fa/totp/deactivate/                      in    404   404   404   404   404   404   404   404   404   2f
GET  accounts/2fa/passkeys/                             in    200   200   200   200   200   200   200   200   200   2f
GET  accounts/2fa/passkeys/add/                         in    200   200   200   200   200   200   200   200   200   200
GET  accounts/2fa/passkeys/reauthenticate/              in    403   403   403   403   403   403   403   403   403   2f
GET  accounts/2fa/passkeys/<int:pk>/edit/               in    404   404   404   404   404   404   404   404   404   2f
GET  accounts/2fa/passkeys/<int:pk>/remove/             in    404   404   404   404   404   404   404   404   404   2f
GET  accounts/2fa/recovery/                             in    404   404   404   404   404   404   404   404   404   2f
GET  accounts/2fa/recovery/generate/                    in    200   200   200   200   200   200   200   200   200   2f
GET  accounts/2fa/recovery/download/                    in    404   404   404   404   404   404   404   404   404   2f
GET  accounts/sessions/                                 in    200   200   200   200   200   200   200   200   200   2f
POST accounts/sessions/<int:session_id>/end/            in    404   404   404   404   404   404   404   404   404   2f
POST accounts/sessions/end-others/                      in    302   302   302   302   302   302   302   302   302   2f
GET  accounts/tokens/                                   in    200   200   200   200   200   200   200   200   200   2f
POST accounts/tokens/                                   in    200   200   200   200   200   200   200   200   200   2f
POST accounts/tokens/<int:token_id>/revoke/             in    302   404   404   404   404   404   404   404   404   2f
"""

_ONE = "api/v1/service-requests/<int:pk>/"
BODIES: dict[str, dict[str, Any]] = {
    _ONE + "amend/": {"title": "改"},
    _ONE + "reject/": {"reason_code": "unsafe", "text": "x"},
    _ONE + "rate/": {"solved": "yes", "stars": 5},
    _ONE + "abort/": {"reason": "x"},
    _ONE + "call_back/": {"solved": "yes"},
    _ONE + "pause/": {"reason_code": "away", "until": (clock.now() + timedelta(days=1)).isoformat()},
    _ONE + "report_concern/": {"text": "x"},
    "desk/requests/<int:pk>/phone/": {"purpose": "contact"},
    "desk/volunteers/<int:pk>/phone/": {"purpose": "contact"},
    "track/<str:code>/rate/": {"solved": "yes", "stars": "5"},
}
