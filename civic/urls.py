"""Every route of the product, wired here and nowhere else."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from civic import shell

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("requests_app.urls.resident")),
    path("elder/", shell.switch_elder, name="elder"),
    path("language/", set_language, name="set_language"),
    path("about/<slug:page>/", shell.about, name="about"),
    path("dev/styleguide/", shell.styleguide, name="styleguide"),
]
