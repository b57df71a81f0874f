"""Opening what is sealed: never without a reason, and never without a row that says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from resilience.accounts.models import User
from resilience.audit.actions import record
from resilience.lib.errors import Refused

from .. import reference
from ..models import (
    Household,
    Opening,
    OpeningAllowance,
    OpeningReason,
    Region,
    Resident,
    Responsibility,
    Role,
    Sealed,
    ServiceRequest,
)
from ..models.openings import WORDS_LENGTH
from ..openings import FIELDS, Subject, Value, values_of
from .opening_watch import raise_alarm

HOUR = timedelta(hours=1)
SHORTEST_WORDS = 5
AT_ONCE = 500  # rows of one statement
LISTED = (Sealed.ID_NUMBER,)
"""What a list may say of a household beside what its page does: of those who live there."""
NIGHT = (22, 6)  # from this hour to that one, in the place's time
KNOWS_DOORS = (Role.WORKER,)
"""Roles that go to doors of their own; the others serve a whole grid or community, and every door there is theirs."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The values, and how many openings this makes within an hour. `is_seen`: so many that those in charge know."""

    values: list[Value]
    count: int
    is_seen: bool


@transaction.atomic
def open_values(
    subject: Subject,
    *,
    fields: Collection[Sealed],
    reason: OpeningReason,
    by: User,
    role: str,
    words: str = "",
    about: ServiceRequest | None = None,
    given: Collection[Value] = (),
) -> Opened:
    """Write down that `by` looks, and why, and give what they asked for.

    `subject` comes from `access`, with its community loaded (a resident's household's); `role` is as what they look.
    `words` say which other reason; `about`: which request of the household it is about. `given`: the values, where
    what is shown stands elsewhere than on file, or is less than all of it.

    Shown again to the same person within ten minutes it is the same opening, counted once: a double tap, an answer
    that got lost and a number that hid itself are not a second look, and must neither raise an alarm nor drown one.
    The audit has a row of each all the same.
    """
    wanted = [field for field in FIELDS[type(subject)] if field in fields]
    _ask_for_reason(reason, words)
    values = list(given) or values_of(subject, wanted)
    if not values:
        raise Refused(_("There is nothing of this on file."), field="what")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one after the other: what is counted below stays true
    now = timezone.now()
    shown = _shown_before(subject, wanted, by, now)
    if shown is None:
        opening = Opening(by=by, role=role, reason=reason, about=about, fields=Opening.spelt(wanted), opened_at=now)
        opening.words = words if reason == OpeningReason.OTHER else ""
        count = _look(opening, subject, values)
    else:
        opening, count = shown, _count(by, now)
        Opening.objects.filter(pk=shown.pk).update(times=F("times") + 1, last_at=now)
    _write_down(opening, subject, wanted, is_repeat=shown is not None)
    return Opened(values, count, opening.is_over)


def _ask_for_reason(reason: OpeningReason, words: str) -> None:
    if reason != OpeningReason.OTHER:
        return
    if not SHORTEST_WORDS <= len(words) <= WORDS_LENGTH:
        limits = {"least": SHORTEST_WORDS, "most": WORDS_LENGTH}
        raise Refused(_("Say which reason, in %(least)d to %(most)d characters.") % limits, field="words")


def _shown_before(subject: Subject, wanted: Collection[Sealed], by: User, now: datetime) -> Opening | None:
    recent = Opening.objects.of(subject).filter(by=by, last_at__gte=now - Opening.REPEATED_WITHIN)
    return next((each for each in recent.newest_first() if set(wanted) <= set(each.what)), None)


def _count(by: User, now: datetime) -> int:
    return Opening.objects.filter(by=by).since(now - HOUR).count()


def _look(opening: Opening, subject: Subject, values: list[Value]) -> int:
    """Keep a new one, within the limits of the role; the first above them raises the alarm. How many it makes."""
    by, now = opening.by, opening.opened_at
    count = _count(by, now) + 1
    alarm_after, stop_after = reference.opening_limits(opening.role)
    _place(opening, subject)
    if stop_after and count > stop_after and not _is_allowed(opening):
        raise Refused(_stopped(count - 1))
    opening.last_at = now
    opening.is_over = count > alarm_after
    opening.is_elsewhere = _is_elsewhere(subject, by, opening.role)
    opening.is_at_night = opening.reason != OpeningReason.EMERGENCY and _is_at_night(now)
    opening.is_namesake = _is_namesake(subject, values, by)
    is_first_over = opening.is_over and not Opening.objects.filter(by=by, is_over=True).since(now - HOUR).exists()
    opening.save(force_insert=True)
    if is_first_over:
        raise_alarm(opening, count)
    return count


def _place(opening: Opening, subject: Subject) -> None:
    """Of what and where it is."""
    if isinstance(subject, ServiceRequest):
        opening.service_request, opening.household = subject, subject.household
    elif isinstance(subject, Resident):
        opening.resident, opening.household = subject, subject.household
    else:
        opening.household = subject
    place = subject.household if isinstance(subject, Resident) else subject
    opening.community, opening.grid_id = place.community, place.grid_id


def _stopped(count: int) -> str:
    words = ngettext(
        "You have opened details %(n)d time within an hour. Somebody in charge must allow more: ask your supervisor.",
        "You have opened details %(n)d times within an hour. Somebody in charge must allow more: ask your supervisor.",
        count,
    )
    return words % {"n": count}


def _is_allowed(opening: Opening) -> bool:
    """By somebody in charge of the place where it is: nobody lets anybody open more of what others answer for."""
    allowed = OpeningAllowance.objects.filter(user=opening.by, community=opening.community)
    return allowed.filter(until_at__gt=opening.opened_at).exists()


def _household_of(subject: Subject) -> Household | None:
    return subject if isinstance(subject, Household) else subject.household


def _write_down(opening: Opening, subject: Subject, wanted: Collection[Sealed], *, is_repeat: bool) -> None:
    """The audit's row. Of a reason in words only that there is one: no word can be removed from there."""
    kind, key = _named(subject)
    record(
        "openings.looked",
        by=opening.by,
        subject=(kind, key),
        place=opening.community.code,
        fields=wanted,
        why=opening.reason,
        details={"role": opening.role, "repeat": int(is_repeat), "about": opening.about.code if opening.about else ""},
    )


def _named(subject: Subject) -> tuple[str, str]:
    if isinstance(subject, ServiceRequest):
        return "request", subject.code
    return ("resident" if isinstance(subject, Resident) else "household"), subject.uid.hex


# --- many at once ----------------------------------------------------------------------------------
def show_in_list(
    rows: Iterable[Household | ServiceRequest],
    *,
    fields: Collection[Sealed],
    by: User,
    role_of: Callable[[Household | ServiceRequest], str],
    words: str,
) -> int:
    """Write down that `by` took out a list in which these are readable, for those who ask who looked at theirs.

    In the caller's transaction, which writes the audit; a second person has allowed it, so it stops nobody. `rows`
    with their community; gives how many.
    """
    now, count = timezone.now(), 0
    rows = iter(rows)
    while some := list(islice(rows, AT_ONCE)):
        openings = [_listed(row, fields, by, role_of(row), words, now) for row in some]
        count += len(Opening.objects.bulk_create(openings))
    return count


def _listed(
    subject: Household | ServiceRequest, fields: Collection[Sealed], by: User, role: str, words: str, now: datetime
) -> Opening:
    spelt = Opening.spelt(field for field in FIELDS[type(subject)] + LISTED if field in fields)
    opening = Opening(by=by, role=role, reason=OpeningReason.OTHER, words=words[:WORDS_LENGTH], fields=spelt)
    _place(opening, subject)
    opening.opened_at = opening.last_at = now
    return opening


# --- what may want a second look ------------------------------------------------------------------
def _is_elsewhere(subject: Subject, by: User, role: str) -> bool:
    """A worker's look at a door they do not answer for and have no request of."""
    if role not in KNOWS_DOORS:
        return False
    household = _household_of(subject)
    if household is None or (isinstance(subject, ServiceRequest) and subject.worker_id == by.pk):
        return False
    answers = Responsibility.objects.active().filter(household=household, worker=by)
    return not answers.exists() and not ServiceRequest.unscoped.of(by).filter(household=household).exists()


def _is_at_night(now: datetime) -> bool:
    hour = timezone.localtime(now, timezone.get_default_timezone()).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


def _is_namesake(subject: Subject, values: list[Value], by: User) -> bool:
    """Somebody of their own name lives there or asks, or it is their own number."""
    if by.phone and any(value.is_phone and value.text == by.phone for value in values):
        return True
    if isinstance(subject, ServiceRequest):
        return by.name in (subject.person_name, subject.filer_name)
    if isinstance(subject, Resident):
        return subject.name == by.name
    return subject.residents.filter(name=by.name).exists()


# --- more than the second number ------------------------------------------------------------------
@transaction.atomic
def allow_more(user: User, *, by: User, community: Region) -> None:
    """Let somebody open more there than their role may, for an hour."""
    if user.pk == by.pk:
        raise Refused(_("Somebody else must allow it."))
    OpeningAllowance.objects.create(user=user, by=by, community=community, until_at=timezone.now() + HOUR)
    record("openings.allowed", by=by, subject=("user", user.uid.hex), place=community.code)
