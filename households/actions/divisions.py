"""The official tree of divisions, from a file of `code,level,name,parent_code` rows."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from households.models import Level, Region

from . import trail

LANZHOU = Path(__file__).resolve().parent.parent / "data" / "lanzhou_divisions.csv"


@transaction.atomic
def load_divisions(path: Path = LANZHOU) -> int:
    """Add the regions of the file that are not there yet; those there keep what staff made of them. Gives how many."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = dict(Region.objects.values_list("code", "pk"))
    added = 0
    for level in Level.values:  # a parent before its children
        regions = [
            Region(code=row["code"], level=level, name=row["name"], parent_id=known.get(row["parent_code"]))
            for row in rows
            if row["level"] == level and row["code"] not in known
        ]
        made = bulk_create_with_history(regions, Region, batch_size=500) if regions else []
        known.update({region.code: region.pk for region in made})
        added += len(made)
    trail.tables_written("divisions", {"regions": added})
    return added
