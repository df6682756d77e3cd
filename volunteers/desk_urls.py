"""Routes of the import of registers, mounted at /desk/registers/ under the namespace "desk_registers"."""

from volunteers.views.registers import PAGES

app_name = "desk_registers"

urlpatterns = PAGES.routes()
