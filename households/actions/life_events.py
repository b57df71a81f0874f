"""What happens to people: each event one step, dated twice, and afterwards the file is true.

Every verb holds the lock of each file it touches, refuses what cannot be, writes a `LifeEvent` in each file concerned
and a history entry for what changed there, keeps the contact a living member, and sets the due dates anew.
Nothing takes an event back: undoing is another event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from ..models import Household, LifeEvent, LifeKind, Presence, Relation, Resident, ResidentNeed
from . import care, needs, residents, trail
from .history import Change, write
from .households import Door, locked, open_file
from .residents import Details, make_contact

LIVING = (Presence.HERE, Presence.AWAY)


@dataclass(frozen=True, slots=True)
class Happened:
    """When it happened, and who records it."""

    day: date
    by: User
    note: str = ""


# --- into a file --------------------------------------------------------------------------------
@transaction.atomic
def moved_in(household: Household, *, details: Details, happened: Happened) -> Resident:
    """Somebody new to the register. Whoever left another file with that ID number is taken over from there."""
    current = locked(household)
    known = residents.held_by(details.id_number or "")
    if known:
        return _moved_in_again(current, known, details, happened)
    _refuse_day(None, happened)
    resident = residents.create(current, details)
    _refuse_before_birth(resident, happened.day)
    return _settle(current, resident, LifeKind.MOVED_IN, happened)


def _moved_in_again(to: Household, resident: Resident, details: Details, happened: Happened) -> Resident:
    if resident.presence != Presence.MOVED_OUT:
        words = _("Somebody with this ID number is on another file. Record there first that they moved out.")
        raise Refused(words, field="id_number")
    if resident.name != details.name:
        raise Refused(_("This ID number belongs to somebody of another name."), field="id_number")
    return _move(resident, to, happened, relation=Relation(details.relation))


@transaction.atomic
def moved_here(
    household: Household,
    *,
    resident: Resident,
    relation: Relation,
    happened: Happened,
    new_contact: Resident | None = None,
) -> Resident:
    """Somebody from another file of the register, or back from outside; they leave that file in the same step."""
    to, _origin = _lock_both(household, resident.household)
    return _move(resident, to, happened, relation=relation, new_contact=new_contact)


@transaction.atomic
def born(household: Household, *, details: Details, happened: Happened) -> Resident:
    """A child of the household, on the day it happened."""
    current = locked(household)
    _refuse_day(None, happened)
    if details.birth_date != happened.day:
        raise Refused(_("The birth date and the day it happened are the same day."), field="day")
    return _settle(current, residents.create(current, details), LifeKind.BORN, happened)


def _settle(household: Household, resident: Resident, kind: LifeKind, happened: Happened) -> Resident:
    """Somebody who was in no file is in this one now."""
    changes = [Change("name", "", resident.name)]
    if household.contact_id is None:
        changes += make_contact(household, resident)
    _record(household, resident, kind, happened)
    write(household, "life", by=happened.by, why=happened.note, resident=resident, changes=changes)
    care.refresh_due(household)
    return resident


# --- out of a file ------------------------------------------------------------------------------
@transaction.atomic
def moved_out(resident: Resident, *, happened: Happened, to: Household | None = None, elsewhere: str = "",
              relation: Relation = Relation.OTHER, new_contact: Resident | None = None) -> None:  # fmt: skip
    """To another household of the register, or out of it; then the past of the file keeps them."""
    if to is not None:
        moved_here(to, resident=resident, relation=relation, happened=happened, new_contact=new_contact)
        return
    household = locked(resident.household)
    current = _living(resident)
    _refuse_day(current, happened)
    guest_of = current.stays_with
    changes = [Change("presence", current.presence, Presence.MOVED_OUT), *_leave(household, current, new_contact)]
    _put(current, presence=Presence.MOVED_OUT)
    ResidentNeed.unscoped.active().filter(resident=current).update(next_due_date=None)
    _record(household, current, LifeKind.MOVED_OUT, happened, elsewhere=elsewhere)
    _finish(household, current, happened, changes, guest_of)


@transaction.atomic
def died(resident: Resident, *, happened: Happened, new_contact: Resident | None = None) -> None:
    """Their needs end with the day. Requests that are open for them stay open until somebody decides."""
    household = locked(resident.household)
    current = _fresh(resident)
    if current.presence == Presence.DIED:
        raise Refused(_("%(name)s is recorded as having died already.") % {"name": current.name})
    _refuse_day(current, happened)
    guest_of = current.stays_with
    changes = [Change("presence", current.presence, Presence.DIED), *_leave(household, current, new_contact)]
    changes += needs.end_all(current, happened.day)
    _put(current, presence=Presence.DIED)
    _record(household, current, LifeKind.DIED, happened)
    _finish(household, current, happened, changes, guest_of)


@transaction.atomic
def split_off(
    household: Household, *, people: Sequence[Resident], to: Household, head: Resident, happened: Happened
) -> None:
    """Part of the people are a household of their own from now on, behind another door; `head` is its contact."""
    to, origin = _lock_both(to, household)
    going = {person.pk for person in people}
    staying = origin.residents.living().exclude(pk__in=going)
    if not going or head.pk not in going:
        raise Refused(_("Choose who goes, and who of them is the contact person there."), field="people")
    if not staying.exists():
        raise Refused(_("Somebody must stay. If all leave, record that they moved out."), field="people")
    if origin.contact_id in going:
        raise Refused(_("The contact person stays. Choose another contact person here first."), field="people")
    had_contact = to.contact_id is not None
    first = head.relation
    for person in sorted(people, key=lambda each: each.pk != head.pk):
        relation = Relation.OTHER if had_contact else residents.relation_to_new(first, person.relation)
        _move(person, to, happened, relation=relation, kind=LifeKind.SPLIT_OFF)


@transaction.atomic
def split_off_to_door(
    household: Household, *, people: Sequence[Resident], door: Door, head: Resident, happened: Happened
) -> Household:
    """`split_off` behind a door of the same building, whose file is opened when it has none."""
    doors = Household.unscoped.current().filter(building=household.building_id, entrance=door.entrance)
    to = doors.filter(door=door.door).first() or open_file(household.building, door=door, by=happened.by)
    if to.pk == household.pk:
        raise Refused(_("That is the door they live behind now."), field="door")
    split_off(household, people=people, to=to, head=head, happened=happened)
    return to


@transaction.atomic
def restored(resident: Resident, *, happened: Happened) -> None:
    """Recorded as having died by mistake: lives here after all. Needs are noted anew by whoever knows them."""
    household = locked(resident.household)
    current = _fresh(resident)
    if current.presence != Presence.DIED:
        raise Refused(_("%(name)s is not recorded as having died.") % {"name": current.name})
    if not happened.note:
        raise Refused(_("Say how it is known."), field="note")
    _refuse_day(current, happened, since_last=False)
    _put(current, presence=Presence.HERE)
    changes = [Change("presence", Presence.DIED, Presence.HERE)]
    if household.contact_id is None:
        changes += make_contact(household, current)
    _record(household, current, LifeKind.RESTORED, happened)
    _finish(household, current, happened, changes, None)


# --- inside a file ------------------------------------------------------------------------------
@transaction.atomic
def new_head(resident: Resident, *, happened: Happened) -> None:
    """Somebody else of the household answers for it."""
    household = locked(resident.household)
    current = _living(resident)
    _refuse_day(current, happened, since_last=False)
    if household.contact_id == current.pk:
        raise Refused(_("%(name)s is the contact person already.") % {"name": current.name})
    changes = make_contact(household, current)
    _record(household, current, LifeKind.NEW_HEAD, happened)
    write(household, "life", by=happened.by, why=happened.note, resident=current, changes=changes)


@transaction.atomic
def went_away(resident: Resident, *, happened: Happened, stays_with: Household | None = None, elsewhere: str = "",
              until: date | None = None) -> None:  # fmt: skip
    """Elsewhere for a while: one file still, and what is due at the door follows them to where they stay."""
    if stays_with is not None and stays_with.pk == resident.household_id:
        raise Refused(_("That is their own home."), field="to")
    if stays_with is not None:
        host, household = _lock_both(stays_with, resident.household)
    else:
        host, household = None, locked(resident.household)
    current = _living(resident)
    _refuse_day(current, happened)
    if until is not None and until < happened.day:
        raise Refused(_("They cannot be back before they left."), field="until")
    was_with = current.stays_with
    changes = [
        Change("presence", current.presence, Presence.AWAY),
        Change("stays_with", "", host.door_code if host else elsewhere),
        Change("away_until", current.away_until_date, until),
    ]
    _put(current, presence=Presence.AWAY, stays_with=host, away_until_date=until)
    _record(household, current, LifeKind.WENT_AWAY, happened, other=host, elsewhere=elsewhere)
    if host is None:
        ResidentNeed.unscoped.active().filter(resident=current).update(next_due_date=None)
    else:
        _record(host, current, LifeKind.WENT_AWAY, happened, other=household)
        care.refresh_due(host)
    _finish(household, current, happened, changes, was_with)


@transaction.atomic
def came_back(resident: Resident, *, happened: Happened) -> None:
    """Home again; what is due is due at home."""
    household = locked(resident.household)
    current = _fresh(resident)
    if current.presence != Presence.AWAY:
        raise Refused(_("%(name)s is not recorded as being away.") % {"name": current.name})
    _refuse_day(current, happened)
    host = current.stays_with
    _put(current, presence=Presence.HERE)
    _record(household, current, LifeKind.CAME_BACK, happened, other=host)
    if host is not None:
        _record(host, current, LifeKind.CAME_BACK, happened, other=household)
    _finish(household, current, happened, [Change("presence", Presence.AWAY, Presence.HERE)], host)


# --- the steps they share -----------------------------------------------------------------------
def _move(
    resident: Resident, to: Household, happened: Happened, *, relation: Relation,
    new_contact: Resident | None = None, kind: LifeKind = LifeKind.MOVED_OUT,
) -> Resident:  # fmt: skip
    """From the file they are in to `to`. Both are locked by the caller, or the old one held nobody living."""
    current = _fresh(resident)
    origin = Household.unscoped.select_related("building", "contact").get(pk=current.household_id)
    was_living = current.presence in LIVING
    if current.presence == Presence.DIED:
        raise Refused(_("%(name)s is recorded as having died.") % {"name": current.name})
    if was_living and origin.pk == to.pk:
        raise Refused(_("%(name)s lives here already.") % {"name": current.name}, field="to")
    _refuse_day(current, happened)
    guest_of = current.stays_with
    left = _leave(origin, current, new_contact) if was_living else []
    _put(current, presence=Presence.HERE, household=to, relation=relation)
    arrived = [Change("household", origin.door_code if origin.pk != to.pk else "", to.door_code)]
    if to.contact_id is None:
        arrived += make_contact(to, current)
    if was_living:
        _record(origin, current, kind, happened, other=to)
        home = Change("household", origin.door_code, to.door_code)
        _finish(origin, current, happened, [home, *left], guest_of)
    _record(to, current, LifeKind.MOVED_IN, happened, other=origin if origin.pk != to.pk else None)
    write(to, "life", by=happened.by, why=happened.note, resident=current, changes=arrived)
    care.refresh_due(to)
    return current


def _leave(household: Household, resident: Resident, new_contact: Resident | None) -> list[Change]:
    """Before somebody leaves: if they were the contact, another living member is chosen in the same step."""
    if household.contact_id != resident.pk:
        return []
    others = household.residents.living().exclude(pk=resident.pk)
    chosen = others.filter(pk=new_contact.pk).first() if new_contact else None
    if chosen is None and others.exists():
        words = _("%(name)s was the contact person. Choose who is from now on.") % {"name": resident.name}
        raise Refused(words, field="new_contact")
    changes = make_contact(household, chosen)
    resident.relation = Relation.OTHER
    return changes


def _put(
    resident: Resident,
    *,
    presence: Presence,
    household: Household | None = None,
    relation: Relation | None = None,
    stays_with: Household | None = None,
    away_until_date: date | None = None,
) -> None:
    """Where somebody is now. What is not said of a stay elsewhere is over."""
    resident.presence, resident.stays_with, resident.away_until_date = presence, stays_with, away_until_date
    if household is not None:
        resident.household = household
    if relation is not None:
        resident.relation = relation
    resident.save(update_fields=["presence", "stays_with", "away_until_date", "household", "relation"])


def _record(household: Household, resident: Resident, kind: LifeKind, happened: Happened, *,
            other: Household | None = None, elsewhere: str = "") -> None:  # fmt: skip
    event = LifeEvent.unscoped.create(
        household=household, resident=resident, kind=kind, happened_date=happened.day, by=happened.by,
        other_household=other, elsewhere=elsewhere, note=happened.note,
    )  # fmt: skip
    trail.life_happened(event)


def _finish(
    household: Household, resident: Resident, happened: Happened, changes: Sequence[Change], other: Household | None
) -> None:
    write(household, "life", by=happened.by, why=happened.note, resident=resident, changes=changes)
    care.refresh_due(household)
    if other is not None:
        care.refresh_due(other)


def _lock_both(first: Household, second: Household) -> tuple[Household, Household]:
    """In the order of their ids, so that two events the other way round wait for each other instead of for ever."""
    held = {each.pk: locked(each) for each in sorted((first, second), key=lambda each: each.pk)}
    return held[first.pk], held[second.pk]


def _fresh(resident: Resident) -> Resident:
    """The person as they are now, held like the file: two offices may take in the same one at once."""
    return Resident.unscoped.select_for_update(of=("self",)).select_related("stays_with__building").get(pk=resident.pk)


def _living(resident: Resident) -> Resident:
    current = _fresh(resident)
    if current.presence not in LIVING:
        raise Refused(_("%(name)s does not live here any more.") % {"name": current.name})
    return current


def _refuse_day(resident: Resident | None, happened: Happened, *, since_last: bool = True) -> None:
    """Not in the future, not before the person was born, not before what is on file already."""
    if happened.day > today():
        raise Refused(_("The day must not lie in the future."), field="day")
    if resident is None:
        return
    _refuse_before_birth(resident, happened.day)
    last = (
        LifeEvent.unscoped.filter(resident=resident)
        .exclude(kind=LifeKind.NEW_HEAD)
        .order_by("-happened_date", "-id")
        .first()
    )
    if since_last and last and happened.day < last.happened_date:
        words = _("The last event on file for %(name)s is of %(day)s; this one cannot be earlier.")
        raise Refused(words % {"name": resident.name, "day": last.happened_date.isoformat()}, field="day")


def _refuse_before_birth(resident: Resident, day: date) -> None:
    year_fits = resident.birth_year is None or day.year >= resident.birth_year
    if not year_fits or (resident.birth_date and day < resident.birth_date):
        raise Refused(_("%(name)s was not born yet on that day.") % {"name": resident.name}, field="day")
