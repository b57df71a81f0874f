"""Opening, amending and confirming a household's file, and its phones."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.crypto import blind_index
from resilience.lib.dates import today
from resilience.lib.errors import Refused
from resilience.lib.inputs import phone_tail

from ..models import Building, CareColour, Household, HouseholdPhone, Presence, Responsibility, ServiceRequest
from . import care
from .history import Change, ask_why, differing, write
from .requests import phone_index, phone_indexes

PHONES_A_HOUSEHOLD = 8
TAIL_INDEX = "phone_tail"


@dataclass(frozen=True, slots=True)
class Door:
    """Where a household is, inside its building."""

    entrance: int
    floor: int
    door: str


def locked(household: Household) -> Household:
    """The file as it is now, held until the transaction ends: two changes at once follow each other."""
    found = (
        Household.unscoped.select_for_update(of=("self",)).select_related("building", "contact").get(pk=household.pk)
    )
    if found.until_date:
        raise Refused(_("This file is closed."))
    return found


@transaction.atomic
def amend(
    household: Household, *, by: User, care_colour: CareColour | str, door_note: str | None, why: str = ""
) -> bool:
    """Set both; False when nothing differs. A note of None stays. A new colour sets the next contact anew."""
    current = locked(household)
    door_note = current.door_note if door_note is None else door_note
    changes = differing(
        [("care_colour", current.care_colour, care_colour), ("door_note", current.door_note, door_note)]
    )
    if not changes:
        return False
    ask_why(changes, why)
    current.care_colour, current.door_note = care_colour, door_note
    current.save(update_fields=["care_colour", "door_note"])
    write(current, "amended", by=by, changes=changes, why=why)
    if any(change.field == "care_colour" for change in changes):
        care.refresh_due(current)
    return True


@transaction.atomic
def confirm(household: Household, *, by: User) -> None:
    """Everything on the file is right as of now."""
    current = locked(household)
    before, current.confirmed_at, current.confirmed_by = current.confirmed_at, timezone.now(), by
    current.save(update_fields=["confirmed_at", "confirmed_by"])
    old = timezone.localdate(before, timezone.get_default_timezone()) if before else None
    write(current, "confirmed", by=by, changes=[Change("confirmed", old, today())])


@transaction.atomic
def add_phone(household: Household, *, number: str, label: str, by: User) -> None:
    current = locked(household)
    phones = HouseholdPhone.unscoped.filter(household=current)
    if phones.filter(number_index__in=phone_indexes(number)).exists():
        raise Refused(_("This number is on the file already."), field="number")
    if phones.count() >= PHONES_A_HOUSEHOLD:
        raise Refused(_("A file holds at most %(n)d numbers. Remove one first.") % {"n": PHONES_A_HOUSEHOLD})
    HouseholdPhone.unscoped.create(
        household=current,
        number=number,
        number_index=phone_index(number),
        tail_index=blind_index(TAIL_INDEX, phone_tail(number)),
        label=label,
    )
    changes = differing([("phone", "", number), ("label", "", label)])
    write(current, "phone_added", by=by, changes=changes)


@transaction.atomic
def remove_phone(household: Household, *, phone: HouseholdPhone, by: User, why: str) -> None:
    current = locked(household)
    if not why:
        raise Refused(_("Say why the number goes."), field="why")
    deleted, _rows = HouseholdPhone.unscoped.filter(pk=phone.pk, household=current).delete()
    if deleted:
        write(current, "phone_removed", by=by, why=why, changes=[Change("phone", phone.number, "")])


@transaction.atomic
def open_file(building: Building, *, door: Door, by: User, why: str = "") -> Household:
    """A file for a door that has none. Whoever opens it has seen it, so it counts as confirmed."""
    _refuse_impossible(building, door)
    if Household.unscoped.current().filter(building=building, entrance=door.entrance, door=door.door).exists():
        raise Refused(_("There is a file for this door already."), field="door")
    try:
        with transaction.atomic():
            household = Household.unscoped.create(
                community_id=building.community_id, grid_id=building.grid_id, building=building,
                entrance=door.entrance, floor=door.floor, door=door.door, file_number=_file_number(building),
                from_date=today(), confirmed_at=timezone.now(), confirmed_by=by,
            )  # fmt: skip
    except IntegrityError:
        raise Refused(_("Somebody opened a file for this door a moment ago."), field="door") from None
    write(household, "opened", by=by, why=why)
    return household


@transaction.atomic
def correct_door(household: Household, *, door: Door, by: User, why: str) -> bool:
    """Mend a door written wrongly; False when nothing differs. Who moves house does so by a life event instead."""
    current = locked(household)
    changes = differing([(name, getattr(current, name), getattr(door, name)) for name in ("entrance", "floor", "door")])
    if not changes:
        return False
    _refuse_impossible(current.building, door)
    at_door = Household.unscoped.current().filter(building=current.building, entrance=door.entrance, door=door.door)
    if at_door.exclude(pk=current.pk).exists():
        raise Refused(_("There is a file for this door already."), field="door")
    current.entrance, current.floor, current.door = door.entrance, door.floor, door.door
    current.save(update_fields=["entrance", "floor", "door"])
    write(current, "door_corrected", by=by, why=why, changes=changes)
    return True


def _refuse_impossible(building: Building, door: Door) -> None:
    if not 1 <= door.entrance <= building.entrances:
        words = _("This building has entrances 1 to %(n)d.") % {"n": building.entrances}
        raise Refused(words, field="entrance")
    if door.floor > building.storeys or door.floor == 0:
        raise Refused(_("This building has %(n)d storeys.") % {"n": building.storeys}, field="floor")


def _file_number(building: Building) -> str:
    """The grid's code and a number never given before: the grid's 15 digits, '-', 4 digits or more."""
    prefix = f"{building.grid.code}-"
    taken = Household.unscoped.filter(file_number__startswith=prefix).values_list("file_number", flat=True)
    last = max(
        (int(number.removeprefix(prefix)) for number in taken if number.removeprefix(prefix).isdigit()), default=0
    )
    return f"{prefix}{last + 1:04}"


@transaction.atomic
def close(household: Household, *, by: User, why: str, successor: Household | None = None) -> None:
    """The door is no more, or nobody will live there again. Past and history stay; the responsibility ends."""
    current = locked(household)
    if not why:
        raise Refused(_("Say why the file is closed."), field="why")
    if current.residents.living().exists():
        raise Refused(_("People are recorded as living here. Record first where they went."))
    if current.guests.filter(presence=Presence.AWAY).exists():
        raise Refused(_("Somebody stays here for a while. Record first that they went back."))
    if ServiceRequest.unscoped.open().filter(household=current).exists():
        raise Refused(_("A request of this household is still open."))
    current.until_date, current.successor, current.next_due_date = today(), successor, None
    current.save(update_fields=["until_date", "successor", "next_due_date"])
    Responsibility.objects.active().filter(household=current).update(ended_at=timezone.now())
    write(current, "closed", by=by, why=why, changes=[Change("until", "", today())])
