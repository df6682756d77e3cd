"""Every route of the product, wired here and nowhere else."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from civic import shell
from civic.accounts.views import set_language
from civic.operations import machines

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("civic.api")),  # first, so that programs do not wait for the patterns of pages
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("metrics", machines.metrics, name="metrics"),
    path("", include("requests_app.urls.resident")),
    path("me/", include("insight.privacy.urls")),
    path("", include("civic.notify.urls")),
    path("evidence/", include("civic.evidence.urls")),
    path("desk/imports/", include("requests_app.urls.imports")),
    path("desk/registers/", include("volunteers.desk_urls")),
    path("desk/plan/", include("requests_app.urls.plans")),
    path("desk/operations/", include("civic.operations.urls")),
    path("desk/messages/", include("civic.notify.desk_urls")),
    path("desk/calendar/", include("civic.worktime.urls")),
    path("desk/", include("requests_app.urls.desk")),
    path("insight/", include("insight.urls")),
    path("unit/", include("requests_app.urls.unit")),
    path("v/", include("requests_app.urls.volunteer")),
    path("accounts/", include("civic.accounts.urls")),
    path("admin/", admin.site.urls),
    path("elder/", shell.switch_elder, name="elder"),
    path("language/", set_language, name="set_language"),
    path("about/<slug:page>/", shell.about, name="about"),
    path("dev/styleguide/", shell.styleguide, name="styleguide"),
]

handler400 = "civic.problems.bad_request"
handler403 = "civic.problems.not_allowed"
handler404 = "civic.problems.not_found"
handler500 = "civic.problems.server_error"
