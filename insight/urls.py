"""Routes of the rates, mounted at /insight/ under the namespace "insight"."""

from django.urls import path

from insight import views

app_name = "insight"

urlpatterns = [
    path("", views.index, name="index"),
    path("rates.<slug:kind>", views.export, name="export"),
    path("rates/<slug:name>/", views.show_rows, name="rows"),
    path("rates/<slug:name>/rows.<slug:kind>", views.export_rows, name="export_rows"),
]
