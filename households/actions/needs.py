"""Special needs: noted with a day they began, ended with a day, never deleted."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from .. import campaigns
from ..models import Household, NeedKind, Presence, Resident, ResidentNeed
from . import care
from .history import Change, differing, write
from .households import locked
from .leave import ask_leave


@transaction.atomic
def add(resident: Resident, *, kind: NeedKind, since_date: date, note: str, by: User) -> ResidentNeed:
    """From now on contact is due by the rule of that kind."""
    household = locked(resident.household)
    current = Resident.unscoped.get(pk=resident.pk)
    if current.presence not in (Presence.HERE, Presence.AWAY):
        raise Refused(_("%(name)s does not live here any more.") % {"name": current.name})
    if since_date > today():
        raise Refused(_("The day must not lie in the future."), field="since")
    ask_leave("care", resident=current)
    if ResidentNeed.unscoped.active().filter(resident=current, kind=kind).exists():
        raise Refused(_("This need is on the file already."), field="kind")
    try:
        with transaction.atomic():
            need = ResidentNeed.unscoped.create(
                resident=current,
                kind=kind,
                since_date=since_date,
                note=note,
                campaign_id=campaigns.join_need(household.community_id, kind.pk),
            )
    except IntegrityError:
        raise Refused(_("This need is on the file already."), field="kind") from None
    changes = differing([("need", "", kind.code), ("since", "", since_date), ("need_note", "", note)])
    write(household, "need_added", by=by, resident=current, changes=changes, need=need)
    refresh(household, current)
    return need


ALONE, ALONE_AT_80 = ("alone", "alone80"), "alone80"  # codes of kinds that the rest of the file can contradict


def doubts(need: ResidentNeed) -> list[str]:
    """What the file says that does not fit the need, in words. A person decides; nothing is refused for it."""
    resident, found = need.resident, []
    if need.kind.code == ALONE_AT_80 and resident.age is not None and resident.age < 80:
        found.append(_("By the file %(name)s is %(age)d.") % {"name": resident.name, "age": resident.age})
    others = resident.household.residents.filter(presence=Presence.HERE).exclude(pk=resident.pk).count()
    if need.kind.code in ALONE and others:
        found.append(_("The file names %(n)d others who live behind this door.") % {"n": others})
    return found


@transaction.atomic
def end(need: ResidentNeed, *, until_date: date, why: str, by: User | None) -> None:
    """It no longer holds; nothing is due because of it any more. Ending it twice ends it once."""
    household = locked(need.resident.household)
    if not why:
        raise Refused(_("Say why it no longer holds."), field="why")
    if until_date > today():
        raise Refused(_("The day must not lie in the future."), field="until")
    if until_date < need.since_date:
        words = _("The need is on file since %(day)s; it cannot end before.") % {"day": need.since_date.isoformat()}
        raise Refused(words, field="until")
    active = ResidentNeed.unscoped.active().filter(pk=need.pk)
    if active.update(until_date=until_date, next_due_date=None):
        changes = [Change("need", need.kind.code, ""), Change("until", "", until_date)]
        write(household, "need_ended", by=by, why=why, resident=need.resident, changes=changes, need=need)
        refresh(household, need.resident)


def end_all(resident: Resident, day: date) -> list[Change]:
    """Every active need of somebody who died. No history of its own."""
    ended = list(ResidentNeed.unscoped.active().filter(resident=resident).select_related("kind"))
    for need in ended:
        need.until_date, need.next_due_date = max(day, need.since_date), None
        need.save(update_fields=["until_date", "next_due_date"])
    return [Change("need", need.kind.code, "") for need in ended]


def refresh(household: Household, resident: Resident) -> None:
    """Set the due dates anew where somebody is at home, and where they stay for a while."""
    care.refresh_due(household)
    if resident.stays_with is not None:
        care.refresh_due(resident.stays_with)
