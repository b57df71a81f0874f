"""Keeping photos and throwing them away: the row and its file, together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from resilience.lib.photos import CleanPhoto

from ..models import Photo
from . import trail


def store(photos: Iterable[CleanPhoto], **owner: Any) -> list[Photo]:
    """Keep cleaned photos; `owner` is what they belong to and who took them, as fields of `Photo`.

    `store(photos, service_request=…, event=…, by=…, is_public=True)`, `store(photos, visit=…, by=…)`,
    `store(photos, draft_key=…)`. When one cannot be kept, none is.
    """
    rows: list[Photo] = []
    try:
        for photo in photos:
            row = Photo(width=photo.width, height=photo.height, **owner)
            row.image.save("photo.webp", ContentFile(photo.content), save=False)
            rows.append(row)
        return Photo.unscoped.bulk_create(rows)
    except BaseException:
        for row in rows:
            row.image.delete(save=False)
        raise


@transaction.atomic
def throw_away(photos: Iterable[Photo]) -> int:
    """Delete rows, then their files once the transaction holds; gives how many."""
    rows = list(photos)
    trail.photos_thrown_away(rows)
    Photo.unscoped.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        storage, name = row.image.storage, row.image.name
        transaction.on_commit(lambda storage=storage, name=name: storage.delete(name))  # type: ignore[misc]
    return len(rows)
