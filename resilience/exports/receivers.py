"""What is destroyed or made anonymous in the core is destroyed in files made from it: the whole file, at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q
from django.dispatch import receiver
from django.utils import timezone

from households.actions.ledger import Ledger
from households.holdings import needs_of, requests_of, visits_of
from households.models import Campaign, Deed, DoomedFile, Resident, ResidentNeed
from households.signals import counting, purging
from resilience.lib.db import MOST_SMALL

from .actions import write_down
from .models import End, Export, ExportQuerySet, ExportRow, State, Which

TABLE = "exports.export"
_OF_HOUSEHOLDS = (Which.HOUSEHOLDS, Which.NEEDS, Which.NOT_VISITED)


def holding(requests: Any, visits: Any, households: Any) -> ExportQuerySet:
    """Exports whose file holds something of one of these; lists of ids, or queries for them."""
    about = (
        Q(export__which=Which.QUEUE, row__in=requests)
        | Q(export__which=Which.VISITS, row__in=visits)
        | Q(export__which__in=_OF_HOUSEHOLDS, row__in=households)
    )
    return Export.objects.filter(pk__in=ExportRow.objects.filter(about).values("export"), state=State.READY)


@receiver(purging, dispatch_uid="exports")
def destroy_files(
    ledger: Ledger,
    requests: Collection[int],
    visits: Collection[int],
    needs: Collection[int],
    residents: Collection[int],
    households: Collection[int],
    **_kwargs: Any,
) -> None:
    """The row stays, to say who had it; the file is unlinked as often as it takes, and its key is forgotten now."""
    # First: a file being written meanwhile is either known below, or is written anew.
    Export.objects.to_make().filter(restarts__lt=MOST_SMALL).update(restarts=F("restarts") + 1)
    homes = {*households, *_homes(needs, residents)}
    found = list(holding(list(requests), list(visits), list(homes)).select_for_update())
    if not found:
        return
    ledger.destroyed(TABLE, [(export.uid,) for export in found])
    ledger.destroyed("file", [(export.file,) for export in found])
    DoomedFile.objects.bulk_create(
        (DoomedFile(name=export.file, destruction=ledger.destruction) for export in found), ignore_conflicts=True
    )
    pks = [export.pk for export in found]
    Export.objects.filter(pk__in=pks).update(
        state=State.ENDED, end=End.PURGED, ended_at=timezone.now(), file="", file_key=""
    )
    ExportRow.objects.filter(export__in=pks).delete()
    for export in found:
        write_down("ended", export, by=None, end=str(End.PURGED.value))


def _homes(needs: Collection[int], residents: Collection[int]) -> set[int]:
    """Where those people live or stay, and those with these needs."""
    people = Resident.unscoped.filter(pk__in=residents).values_list("household_id", "stays_with_id")
    with_needs = ResidentNeed.unscoped.filter(pk__in=needs)
    of_needs = with_needs.values_list("resident__household_id", "resident__stays_with_id")
    return {home for pair in (*people, *of_needs) for home in pair if home}


@receiver(counting, dispatch_uid="exports")
def count_files(sender: type[Campaign], campaign: Campaign, **_kwargs: Any) -> list[tuple[str, str, ExportQuerySet]]:
    """For the preview of a campaign's end."""
    needs = needs_of(campaign)
    homes = needs.values("resident__household")
    found = holding(requests_of(campaign).values("pk"), visits_of(campaign).values("pk"), homes)
    return [(TABLE, Deed.DESTROYED, found)]
