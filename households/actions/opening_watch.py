"""Those in charge hear of openings: at once when somebody opens very much, and once a day how the day was.

Messages name nobody: a forwarded line must give away neither a resident nor a colleague. The page tells the rest.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from resilience.audit.actions import record
from resilience.lib.dates import today
from resilience.outbox.actions import Draft, post

from ..models import Opening, Region
from ..models.openings import STANDS_OUT
from ..viewer import WATCHING_ROLES
from .telling import to_office

ABOUT = "openings"
DAYS_BACK = 3  # a day is told of as late as that, should nothing have run meanwhile


def raise_alarm(opening: Opening, count: int) -> None:
    """The first above the limit within an hour: a row in the audit, and a message to all in charge of the place."""
    record(
        "openings.alarm", by=opening.by, subject=("user", opening.by.uid.hex), place=opening.community.code,
        details={"count": count, "role": opening.role},
    )  # fmt: skip
    with override(settings.LANGUAGE_CODE):
        words = ngettext(
            "One person opened sealed details %(n)d time within an hour.",
            "One person opened sealed details %(n)d times within an hour.",
            count,
        ) % {"n": count}
    post(_told(opening.community, f"alarm:{opening.pk}", words))


def send_digests() -> int:
    """Of each community and day that is over: how many openings there were, and what stands out. Each is told once.

    Gives how many messages were there to be told.
    """
    drafts: list[Draft] = []
    for back in range(1, DAYS_BACK + 1):
        day = today() - timedelta(days=back)
        for community in Region.objects.filter(pk__in=Opening.objects.of_day(day).order_by().values("community")):
            drafts += _digest(community, day)
    post(drafts)
    return len(drafts)


def _digest(community: Region, day: date) -> list[Draft]:
    counted = (
        Opening.objects.looks()
        .of_day(day)
        .filter(community=community)
        .aggregate(openings=Count("pk"), people=Count("by", distinct=True), standing_out=Count("pk", filter=STANDS_OUT))
    )
    with override(settings.LANGUAGE_CODE):
        parts = [
            _("Sealed details opened on %(day)s: %(openings)d by %(people)d people")
            % {"day": date_format(day, "SHORT_DATE_FORMAT"), **counted}
        ]
        if counted["standing_out"]:
            parts.append(_("%(n)d of them want a second look") % {"n": counted["standing_out"]})
    return _told(community, f"{community.pk}:{day.isoformat()}", " · ".join(parts), day=day)


def _told(community: Region, key: str, words: str, *, day: date | None = None) -> list[Draft]:
    """To the desk's group chat, and by e-mail to those in charge of the place who left an address."""
    on_page = f"{reverse('openings')}?place={community.code}&day={(day or today()).isoformat()}"
    body = f"{words}\n{settings.SITE_URL}{on_page}"
    return to_office(community, f"openings:{key}", body, *WATCHING_ROLES, about=ABOUT)
