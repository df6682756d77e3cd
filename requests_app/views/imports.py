"""A backlog file on the desk."""

from django.utils.translation import gettext_lazy as _

from civic.imports.views import Pages, Templates
from requests_app.forms.imports import CorrectForm, UploadForm
from requests_app.queries.imports import SHOWN

PAGES = Pages(
    shown=SHOWN,
    upload_form=UploadForm,
    correct_form=CorrectForm,
    templates=Templates(
        index="requests_app/imports/index.html",
        new="requests_app/imports/new.html",
        preview="requests_app/imports/preview.html",
        done="requests_app/imports/done.html",
    ),
    namespace="desk_imports",
    section="import",
    adding=_("The requests are being added"),
    undoing=_("The requests are being taken back"),
)
