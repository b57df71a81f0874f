"""Unlinking files whose rows are gone: tried until the file is gone, and seen until then."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.db.models import F

from resilience.lib.rows import NEVER, Stop, one_by_one

from ..models import DoomedFile, Photo

AT_ONCE = 2_000


def unlink_doomed(stop: Stop = NEVER) -> int:
    """Each doomed file, the least tried first; gives how many are gone."""
    keys = list(DoomedFile.objects.order_by("tries", "pk").values_list("pk", "name")[:AT_ONCE])
    return one_by_one("unlink", keys, lambda key: _unlink(*key), stop)


def _unlink(pk: int, name: str) -> bool:
    if not Photo.unscoped.filter(image=name).exists():  # another row's picture stays
        try:
            default_storage.delete(name)
            is_there = default_storage.exists(name)
        except OSError as fault:
            return _count(pk, type(fault).__name__)
        if is_there:
            return _count(pk, "still there")
    DoomedFile.objects.filter(pk=pk).delete()
    return True


def _count(pk: int, error: str) -> bool:
    DoomedFile.objects.filter(pk=pk, tries__lt=1_000).update(tries=F("tries") + 1, last_error=error)
    return False
