"""The end of a campaign's data: asked for, approved by a second person, done in batches, certified.

`carry_on` is a chore: killed at any moment, it goes on where it was. What it has done is what the tombstones say.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.errors import Refused
from resilience.lib.rows import NEVER, Stop

from .. import certificates, holdings, reference
from ..campaigns import stays_open
from ..models import Campaign, CampaignState, Destruction, DestructionState, Tombstone
from ..tombstones import NEED, PHOTO, REQUEST, VISIT, directory, write_out
from . import purge, trail
from .files import unlink_doomed
from .ledger import Ledger
from .sweep import sweep


# --- whose word it takes ----------------------------------------------------------------------------
@transaction.atomic
def ask(campaign: Campaign, *, by: User, typed: str) -> Destruction:
    """Ask for its data to be destroyed; `typed` must be the campaign's name. Begins at once where one person may."""
    current = Campaign.objects.select_for_update(of=("self",)).select_related("region").get(pk=campaign.pk)
    _refuse_unready(current)
    if typed != current.name:
        raise Refused(_("Write the name exactly as it stands above."), field="typed")
    if Destruction.objects.filter(campaign=current).exists():
        raise Refused(_("This has been asked for already."))
    alone = not reference.rules().destruction_needs_second
    now = timezone.now()
    trail.campaign_moved("destruction_asked", current, by=by, details={"rows": holdings.preview(current).total})
    if alone:
        trail.campaign_moved("destruction_approved", current, by=by, details={"alone": 1})
    return Destruction.objects.create(
        campaign=current,
        asked_by=by,
        asked_at=now,
        needs_second=not alone,
        state=DestructionState.APPROVED if alone else DestructionState.ASKED,
        approved_by=by if alone else None,
        approved_at=now if alone else None,
    )


def _refuse_unready(campaign: Campaign) -> None:
    if campaign.is_ended:
        raise Refused(_("Its data is destroyed already."))
    if campaign.is_running:
        raise Refused(_("Close it first: it still collects."))
    if campaign.is_held:
        raise Refused(_("A legal hold keeps it. It can be destroyed when that is over."))
    if holdings.unfinished(campaign).exists():
        raise Refused(_("Requests in it are still open. Finish them, or let them go on as ordinary ones."))


@transaction.atomic
def approve(destruction: Destruction, *, by: User) -> None:
    """A second person's word: it begins within a minute, and there is no way back."""
    rows = Destruction.objects.select_for_update(of=("self",)).select_related("campaign__region")
    current = rows.get(pk=destruction.pk)
    if current.state != DestructionState.ASKED:
        raise Refused(_("This has been approved already."))
    if current.needs_second and current.asked_by_id == by.pk:
        raise Refused(_("You asked for it; somebody else has to approve it."))
    _refuse_unready(current.campaign)
    current.state, current.approved_by, current.approved_at = DestructionState.APPROVED, by, timezone.now()
    current.save(update_fields=["state", "approved_by", "approved_at"])
    trail.campaign_moved("destruction_approved", current.campaign, by=by)


@transaction.atomic
def withdraw(destruction: Destruction, *, by: User) -> None:
    """Nobody wants it any more, and nothing has been destroyed: as if it had not been asked for."""
    if not Destruction.objects.filter(pk=destruction.pk, state=DestructionState.ASKED).delete()[0]:
        raise Refused(_("It is under way; it cannot be withdrawn any more."))
    trail.campaign_moved("destruction_withdrawn", destruction.campaign, by=by)


# --- doing it -----------------------------------------------------------------------------------------
def carry_on(stop: Stop = NEVER) -> int:
    """Go on with every destruction that is approved; gives how many rows were done."""
    done = 0
    for pk in list(Destruction.objects.under_way().order_by("pk").values_list("pk", flat=True)):
        _hand_over(pk)
        while not stop and (rows := _batch(pk)):
            done += rows
        if not stop:
            _finish(pk, stop)
    return done


@transaction.atomic
def _hand_over(pk: int) -> None:
    """What another running campaign collects, too, is its from now on: its purpose goes on."""
    destruction = Destruction.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=pk)
    campaign = destruction.campaign
    for other in holdings.others(campaign):
        if not stays_open(other.pk):
            continue
        rows = {
            "households.servicerequest": holdings.requests_of(campaign).filter(holdings.also_requests(other)),
            "households.visit": holdings.visits_of(campaign).filter(holdings.also_visits(other)),
            "households.residentneed": holdings.needs_of(campaign).filter(holdings.also_needs(other)),
        }
        kept: dict[str, int] = destruction.counts.setdefault("kept", {})
        for table, found in rows.items():
            if moved := found.update(campaign=other.pk):
                kept[table] = kept.get(table, 0) + moved
    destruction.save(update_fields=["counts"])


@transaction.atomic
def _batch(pk: int) -> int:
    """One batch with its tombstones, all or nothing. Two processes wait for each other here."""
    destruction = Destruction.objects.select_for_update(of=("self",)).select_related("campaign").get(pk=pk)
    campaign = destruction.campaign
    if destruction.is_done or campaign.is_held:
        return 0
    ledger = Ledger(destruction=destruction)
    for rows, verb in (
        (holdings.visits_of(campaign), purge.destroy_visits),
        (holdings.needs_of(campaign).order_by("pk"), purge.destroy_needs),
        (holdings.finished(campaign), purge.anonymise_requests),
    ):
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[: purge.BATCH])
        if pks and verb(pks, ledger):
            return ledger.write()
    return 0


# --- certifying it ------------------------------------------------------------------------------------
def _finish(pk: int, stop: Stop) -> None:
    """Once nothing is left, in any table or file: the certificate. Until then it is tried again each round."""
    destruction = Destruction.objects.select_related("campaign").get(pk=pk)
    unlink_doomed(stop)
    write_out()
    if not _is_clean(destruction) or not sweep():
        return
    certify(destruction)


def _is_clean(destruction: Destruction) -> bool:
    left = destruction.doomed_files.exists() or Tombstone.objects.unwritten().filter(destruction=destruction).exists()
    return not left and holdings.is_empty(destruction.campaign)


def certify(destruction: Destruction) -> None:
    """Count, hash, sign off. Two at once: the second finds the chain moved on, and is tried again."""
    try:
        with transaction.atomic():
            _certify(destruction.pk)
    except IntegrityError:
        return
    made = Destruction.objects.select_related("campaign__region", "asked_by", "approved_by").get(pk=destruction.pk)
    folder = directory() / "certificates"
    folder.mkdir(exist_ok=True, mode=0o700)
    (folder / f"{made.campaign.uid.hex}.json").write_text(certificates.as_file(made), encoding="utf-8")


def _certify(pk: int) -> None:
    found = Destruction.objects.select_for_update(of=("self",))
    made = found.select_related("campaign__region", "asked_by", "approved_by").get(pk=pk)
    if made.is_done:
        return
    before = Destruction.objects.done().exclude(hash__in=Destruction.objects.done().values("previous_hash")).first()
    kept = made.counts.get("kept")
    made.counts = {**certificates.counts(made), **({"kept": kept} if kept else {})}
    made.rows_hash = certificates.rows_hash(made)
    made.previous_hash = before.hash if before else ""
    made.tool_version = certificates.TOOL
    made.finished_at = timezone.now()
    made.hash = certificates.hash_of(certificates.statement(made))
    made.state = DestructionState.DONE
    made.save()
    trail.campaign_moved("destroyed", made.campaign, by=made.approved_by, details=_told(made))
    campaign = Campaign.objects.filter(pk=made.campaign_id)
    campaign.update(
        state=CampaignState.ENDED, ended_at=made.finished_at, hold_why="", hold_by=None, hold_until_date=None
    )


def _told(made: Destruction) -> dict[str, str | int]:
    """For the audit: how many rows of the tables that matter most, of all, and the hash."""
    total = sum(count for name, row in made.counts.items() if name != "kept" for count in row.values())
    of = {name.rpartition(".")[2]: sum(made.counts.get(name, {}).values()) for name in (REQUEST, VISIT, NEED, PHOTO)}
    return {**of, "rows": total, "hash": made.hash}
