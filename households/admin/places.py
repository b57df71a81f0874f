"""Regions, grids, buildings."""

from __future__ import annotations

from django.contrib import admin

from households.models import Building, Grid, Region

from .base import KeptTable


@admin.register(Region)
class RegionAdmin(KeptTable):
    list_display = ["code", "name", "level", "parent", "until_date"]
    list_display_links = ["code", "name"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["code__startswith", "name"]
    autocomplete_fields = ["parent", "successor"]


@admin.register(Grid)
class GridAdmin(KeptTable):
    list_display = ["code", "name", "community", "from_date", "until_date"]
    list_filter = [("until_date", admin.EmptyFieldListFilter)]  # in service or ended
    list_display_links = ["code", "name"]
    list_select_related = ["community"]
    search_fields = ["code__startswith", "name", "community__name"]
    autocomplete_fields = ["community", "successor"]


@admin.register(Building)
class BuildingAdmin(KeptTable):
    list_display = ["name", "community", "grid", "storeys", "entrances", "has_lift", "compound", "walk_order"]
    list_filter = ["compound", "has_lift"]
    list_select_related = ["community", "grid"]
    search_fields = ["name", "address", "community__code__startswith", "community__name"]
    autocomplete_fields = ["community", "grid", "successor"]
