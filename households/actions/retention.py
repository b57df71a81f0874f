"""Forgetting what the rules of retention no longer keep: listed first, a day later applied, in batches."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.accounts.models import User
from resilience.lib.rows import NEVER, Stop
from resilience.outbox.actions import Draft, forget, post, way_to

from ..models import Appointment, DueRow, RetentionRule, Role, Subject
from ..retention import ABOUT, LISTED_FOR, due
from . import purge, trail
from .files import unlink_doomed
from .ledger import Ledger
from .sweep import sweep

MOST_LISTED = 5_000  # rows of a subject in one run; the rest are listed by the next


def _forget_messages(pks: Collection[int], ledger: Ledger) -> int:
    uids = forget(pks)
    ledger.destroyed("outbox.message", [(uid,) for uid in uids])
    return len(uids)


VERBS: dict[Subject, Callable[[Collection[int], Ledger], int]] = {
    Subject.PEOPLE: purge.destroy_people,
    Subject.NEEDS: purge.destroy_needs,
    Subject.VISITS: purge.destroy_visits,
    Subject.PHOTOS: purge.destroy_photos,
    Subject.REQUESTS: purge.anonymise_requests,
    Subject.FILES: purge.empty_files,
    Subject.MESSAGES: _forget_messages,
}


def list_due() -> dict[Subject, int]:
    """The dry run: what is due stands on the list from now on, what is not any more leaves it; how many stand there.

    A row keeps the moment at which it came onto the list. Run twice, nothing changes.
    """
    return {subject: _list(subject) for subject in ABOUT}


@transaction.atomic
def _list(subject: Subject) -> int:
    listed = DueRow.objects.filter(subject=subject)
    still = due(subject).filter(pk=OuterRef("row"))
    listed.exclude(Exists(still)).delete()
    known = listed.filter(row=OuterRef("pk"))
    new = due(subject).exclude(Exists(known)).order_by("pk").values_list("pk", flat=True)[:MOST_LISTED]
    DueRow.objects.bulk_create(
        (DueRow(subject=subject, row=pk) for pk in list(new)), batch_size=500, ignore_conflicts=True
    )
    return listed.count()


def apply_due(stop: Stop = NEVER, listed_for: timedelta = LISTED_FOR) -> dict[Subject, int]:
    """Forget what has been on the list for at least a day and is due still; how many rows of each subject went."""
    before = timezone.now() - listed_for
    done = {subject: _apply(subject, before, stop) for subject in ABOUT}
    if any(done.values()):
        unlink_doomed(stop)
        sweep()
    return {subject: count for subject, count in done.items() if count}


def _apply(subject: Subject, before: object, stop: Stop) -> int:
    done = 0
    while not stop:
        ripe = DueRow.objects.filter(subject=subject, listed_at__lte=before).order_by("listed_at", "pk")
        listed = list(ripe.values_list("pk", "row")[: purge.BATCH])
        if not listed:
            break
        done += _batch(subject, listed)
    return done


@transaction.atomic
def _batch(subject: Subject, listed: list[tuple[int, int]]) -> int:
    """What is due still goes; all of it leaves the list. Killed in the middle, nothing has happened."""
    pks = list(due(subject).filter(pk__in=[row for _pk, row in listed]).values_list("pk", flat=True))
    ledger = Ledger(rule=subject)
    count = VERBS[subject](pks, ledger) if pks else 0
    ledger.write()
    if count:
        trail.retention_applied(subject, count)
    DueRow.objects.filter(pk__in=[pk for pk, _row in listed]).delete()
    return count


def every_day(stop: Stop = NEVER) -> int:
    """The chore: apply what was listed a day ago, then list anew."""
    done = sum(apply_due(stop).values())
    list_due()
    return done


# --- a rule that was written or changed -------------------------------------------------------------
ABOUT_RULES = "retention"


@transaction.atomic
def announce(rule: RetentionRule, *, by: User) -> None:
    """Tell every administrator and supervisor, whoever wrote it included, before anything goes by it; and the audit."""
    trail.retention_changed(rule, by=by)
    with override(settings.LANGUAGE_CODE):
        words = _(
            "A rule of retention was written or changed: %(what)s, %(days)d days, from %(day)s. What is older is then "
            "destroyed. If that is not right, an administrator must change it before:"
        ) % {
            "what": rule.get_subject_display(),
            "days": rule.keep_days,
            "day": date_format(rule.holds_from, "SHORT_DATE_FORMAT"),
        }
    body = f"{words} {settings.SITE_URL}{reverse('ends-next')}"
    key = f"retention:{rule.pk}:{rule.written_at:%Y%m%d%H%M%S%f}"
    post(Draft(f"{key}:{user.pk}", *way_to(user), body, ABOUT_RULES) for user in _in_charge())


def _in_charge() -> list[User]:
    """Who can be reached."""
    supervising = Appointment.objects.held().of_role(Role.SUPERVISOR).filter(user=OuterRef("pk"))
    users = User.objects.active().filter(Q(is_superuser=True) | Exists(supervising))
    return [user for user in users if user.email or user.phone]
