"""A campaign's life up to its end: opened, closed for collecting, held back by law, its open requests let go.

What then becomes of its data is `destruction.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from resilience.accounts.models import User
from resilience.lib.dates import today
from resilience.lib.errors import Refused

from .. import reference
from ..models import (
    Actor,
    Campaign,
    CampaignState,
    Category,
    EventKind,
    LegalBasis,
    NeedKind,
    Region,
    ServiceRequest,
)
from . import trail
from .moves import note_down


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign to open, already cleaned by a form."""

    name: str
    region: Region
    purpose: str
    planned_end_date: date
    legal_basis: LegalBasis = LegalBasis.EMERGENCY
    legal_reference: str = ""
    categories: Sequence[Category] = ()
    need_kinds: Sequence[NeedKind] = ()
    takes_visits: bool = False


def open_campaign(plan: Plan, *, by: User) -> Campaign:
    """It collects from now on: in this process at once, in others within seconds."""
    if plan.planned_end_date < today():
        raise Refused(_("The end must not lie in the past."), field="planned_end_date")
    if not (plan.categories or plan.need_kinds or plan.takes_visits):
        raise Refused(_("Choose at least one thing that it collects."), field="categories")
    try:
        with transaction.atomic():
            campaign = _create(plan, by)
    except IntegrityError:
        raise Refused(_("There is a campaign of this name already."), field="name") from None
    reference.forget()
    return campaign


def _create(plan: Plan, by: User) -> Campaign:
    campaign = Campaign.objects.create(
        name=plan.name,
        region=plan.region,
        purpose=plan.purpose,
        legal_basis=plan.legal_basis,
        legal_reference=plan.legal_reference,
        planned_end_date=plan.planned_end_date,
        takes_visits=plan.takes_visits,
        opened_by=by,
    )
    campaign.categories.set(plan.categories)
    campaign.need_kinds.set(plan.need_kinds)
    trail.campaign_moved("opened", campaign, by=by, details={"until": campaign.planned_end_date.isoformat()})
    return campaign


@transaction.atomic
def close(campaign: Campaign, *, by: User) -> None:
    """It collects nothing more, in any process: see `campaigns.stays_open`. What it has stays until it is destroyed."""
    now = timezone.now()
    running = Campaign.objects.running().filter(pk=campaign.pk)
    if not running.update(state=CampaignState.CLOSING, closed_by=by, closed_at=now):
        raise Refused(_("This campaign is closed already."))
    campaign.state, campaign.closed_by, campaign.closed_at = CampaignState.CLOSING, by, now
    trail.campaign_moved("closed", campaign, by=by)
    transaction.on_commit(reference.forget)


@transaction.atomic
def hold(campaign: Campaign, *, by: User, why: str, until_date: date) -> None:
    """Nothing of it is destroyed, by its end or by any rule of retention, up to and including that day."""
    if not why:
        raise Refused(_("Say why it has to be kept: which case, whose order."), field="why")
    if until_date < today():
        raise Refused(_("The last day must not lie in the past."), field="until_date")
    kept = Campaign.objects.exclude(state=CampaignState.ENDED).filter(pk=campaign.pk)
    if not kept.update(hold_why=why, hold_by=by, hold_until_date=until_date):
        raise Refused(_("Its data is destroyed already; nothing is left to keep."))
    trail.campaign_moved("held", campaign, by=by, details={"until": until_date.isoformat()})


@transaction.atomic
def lift_hold(campaign: Campaign, *, by: User) -> None:
    """It need not be kept any longer."""
    held = Campaign.objects.filter(pk=campaign.pk, hold_until_date__isnull=False)
    if not held.update(hold_why="", hold_by=None, hold_until_date=None):
        raise Refused(_("There is no legal hold on it."))
    trail.campaign_moved("hold_lifted", campaign, by=by)


@transaction.atomic
def let_go(campaign: Campaign, requests: Iterable[ServiceRequest], *, why: str, by: User) -> int:
    """Requests still open go on as ordinary ones, outside of the campaign: for who still needs help after it.

    They are kept by the ordinary rules of retention. Gives how many left.
    """
    rows = [each for each in requests if each.campaign_id == campaign.pk]
    if not rows:
        raise Refused(_("Choose at least one request."), field="codes")
    if not why:
        raise Refused(_("Say why they are needed beyond the campaign."), field="why")
    for service_request in rows:
        note_down(
            service_request, kind=EventKind.NOTE, by=by, actor=Actor.DESK, note=why,
            event={"details": {"because": "kept"}}, campaign_id=None,
        )  # fmt: skip
    trail.campaign_moved("let_go", campaign, by=by, details={"requests": len(rows)})
    return len(rows)
