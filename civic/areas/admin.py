"""Areas in the Django admin: names, phone and use can be edited, boundaries drawn as GeoJSON; codes and
places in the tree are fixed.

Every write goes through civic.areas.actions; administrators of the whole installation only (Django's
permissions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from civic.areas import actions
from civic.areas.models import Area, AreaLevel
from civic.lib.errors import ValidationFailed

if TYPE_CHECKING:
    _Form = forms.ModelForm[Area]
    _Admin = admin.ModelAdmin[Area]
else:
    _Form, _Admin = forms.ModelForm, admin.ModelAdmin

CHANGEABLE = ("name", "name_en", "desk_phone", "is_active")


class AreaForm(_Form):
    """Parses an area and tries it out: the same actions run in a transaction that is taken back, their
    refusals become errors.
    """

    parent = forms.ModelChoiceField(
        Area.objects.exclude(level=AreaLevel.GRID), label=_("parent"), required=False
    )

    class Meta:
        model = Area
        fields = ("code", "name", "name_en", "desk_phone", "is_active", "boundary")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Empty: the next free number.")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if not self.errors:
            try:
                with transaction.atomic():
                    self.write()
                    transaction.set_rollback(True)
            except ValidationFailed as refused:
                for field, messages in (refused.errors or {}).items():
                    self.add_error(field if field in self.fields else None, [str(each) for each in messages])
        return data

    def write(self) -> Area:
        """Returns the area, created or changed through the actions. Raises ValidationFailed."""
        data = self.cleaned_data
        if self.instance.pk is not None:
            changed = actions.change_area(self.instance.pk, **{field: data[field] for field in CHANGEABLE})
            if "boundary" in self.changed_data:
                changed = actions.set_boundary(changed, data["boundary"])
            return changed
        parent: Area | None = data["parent"]
        return actions.create_area(
            parent=parent,
            level=AreaLevel.CITY if parent is None else AreaLevel(parent.level).child or AreaLevel.GRID,
            **{field: data[field] for field in ("code", "name", "name_en", "desk_phone", "boundary")},
        )


@admin.register(Area)
class AreaAdmin(_Admin):
    """The tree in the order of its codes."""

    form = AreaForm
    list_display = ("code", "indented_name", "level", "desk_phone", "is_drawn", "is_active")
    list_filter = ("level", "is_active")
    search_fields = ("code", "name", "name_en")
    ordering = ("path",)
    list_per_page = 100

    @admin.display(description=_("name"), ordering="path")
    def indented_name(self, area: Area) -> str:
        """Returns the name, pushed right by its level."""
        return "\u3000" * (area.depth - 1) + area.label

    @admin.display(description=_("boundary"), boolean=True)
    def is_drawn(self, area: Area) -> bool:
        """Returns whether a boundary is known."""
        return area.centre_lat is not None and area.boundary is not None

    def get_fields(self, request: HttpRequest, obj: Area | None = None) -> Any:
        if obj is None:
            return ["parent", "code", "name", "name_en", "desk_phone", "boundary"]
        return ["code", "level", *CHANGEABLE, "centre_lat", "centre_lon", "boundary"]

    def get_readonly_fields(self, request: HttpRequest, obj: Area | None = None) -> Any:
        return [] if obj is None else ["code", "level", "centre_lat", "centre_lon"]

    def has_delete_permission(self, request: HttpRequest, obj: Area | None = None) -> bool:
        """Returns False: an unused area is switched off, what happened in it stays."""
        return False

    def save_model(self, request: HttpRequest, obj: Area, form: Any, change: bool) -> None:
        """Writes through the actions; the form has tried the same before."""
        obj.__dict__.update(form.write().__dict__)
