"""Accounts that nobody uses are closed: each is a door that nobody watches. Whoever comes back is let in again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from resilience.audit.actions import record
from resilience.audit.models import Actor
from resilience.lib.errors import Refused
from resilience.lib.rows import NEVER, Stop, one_by_one
from resilience.outbox.actions import Draft, post, way_to

from ..models import User
from .sessions import end_all

UNUSED = timedelta(days=90)  # without a sign-in
NEVER_USED = timedelta(days=30)  # since it was made
NOTICE = timedelta(days=7)  # before it is closed
_AT_ONCE = 500


def close_dormant(stop: Stop = NEVER) -> int:
    """Tell whose account will be closed in a week, and close those that were told a week ago. How many of both."""
    now = timezone.now()
    untold = Q(dormant_notice_at__isnull=True) | Q(dormant_notice_at__lt=F("used_at"))
    told = Q(dormant_notice_at__lte=now - NOTICE, dormant_notice_at__gte=F("used_at"))
    soon, due = _unused(now + NOTICE).filter(untold), _unused(now).filter(told)
    noticed = one_by_one("dormant notice", list(soon.values_list("pk", flat=True)[:_AT_ONCE]), _tell, stop)
    return noticed + one_by_one("dormant", list(due.values_list("pk", flat=True)[:_AT_ONCE]), _close, stop)


def _unused(now: datetime) -> QuerySet[User]:
    """Active, and by that moment not used for too long; `used_at` is since when."""
    made = F("date_joined")
    used_at = Greatest(made, Coalesce(F("last_login"), made), Coalesce(F("woken_at"), made))
    rows = User.objects.active().annotate(used_at=used_at)
    return rows.filter(Q(used_at__lte=now - UNUSED) | Q(last_login__isnull=True, used_at__lte=now - NEVER_USED))


@transaction.atomic
def _tell(pk: int) -> bool:
    user = User.objects.select_for_update().get(pk=pk)
    user.dormant_notice_at = timezone.now()
    user.save(update_fields=["dormant_notice_at"])
    with override(settings.LANGUAGE_CODE):
        body = _("Your account has not been used for a long time. Sign in within 7 days, or it is closed: %(link)s")
        body %= {"link": settings.SITE_URL}
    channel, to = way_to(user)
    if to:
        post([Draft(key=f"dormant:{pk}:{timezone.now():%Y%m%d}", channel=channel, recipient=to, body=body)])
    return True


@transaction.atomic
def _close(pk: int) -> bool:
    """Never the last administrator, who could let in nobody any more."""
    admins = User.objects.active().filter(is_superuser=True).select_for_update()
    if list(admins.values_list("pk", flat=True)) == [pk]:
        return False
    if not User.objects.active().filter(pk=pk).update(is_active=False, dormant_since=timezone.now()):
        return False
    user = User.objects.get(pk=pk)
    end_all(user)
    record("user.closed_unused", by=None, subject=("user", user.uid.hex), actor=Actor.SYSTEM)
    return True


@transaction.atomic
def wake(person: User, *, by: User) -> None:
    """The person is here again: the account opens with its old password, and its time begins anew."""
    asleep = User.objects.filter(pk=person.pk, is_active=False, dormant_since__isnull=False)
    now = timezone.now()
    if not asleep.update(is_active=True, dormant_since=None, dormant_notice_at=None, woken_at=now):
        raise Refused(_("This account is not closed for want of use."))
    record("user.opened_again", by=by, subject=("user", person.uid.hex))
