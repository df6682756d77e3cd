"""A register of volunteers on the desk."""

from django.utils.translation import gettext_lazy as _

from civic.imports.views import Pages, Templates
from volunteers.forms_of_registers import CorrectForm, UploadForm
from volunteers.imports.shown import SHOWN

PAGES = Pages(
    shown=SHOWN,
    upload_form=UploadForm,
    correct_form=CorrectForm,
    templates=Templates(
        index="volunteers/registers/index.html",
        new="volunteers/registers/new.html",
        preview="volunteers/registers/preview.html",
        done="volunteers/registers/done.html",
    ),
    namespace="desk_registers",
    section="volunteers",
    adding=_("The volunteers are being registered"),
    undoing=_("The volunteers are being taken back"),
)
