"""Who may open the pages about people's own data. A copy shows numbers whole: only the office hands it over."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from households.policies import MANAGED, OFFICE, WORKED, WORKING
from resilience.lib.policies import Policy, by_secret, only

_RESIDENT, _ASKED = _("resident"), _("request about one's own data")

POLICIES: dict[str, Policy] = {
    "resident-data": only(WORKING, _RESIDENT, WORKED),
    "consent-say": only(WORKING, _RESIDENT, WORKED),
    "consent-take-back": only(WORKING, _RESIDENT, WORKED),
    "data-request-new": only(OFFICE, _RESIDENT, MANAGED),
    "data-requests": only(OFFICE),
    "data-request": only(OFFICE, _ASKED, MANAGED),
    "data-request-take": only(OFFICE, _ASKED, MANAGED),
    "data-request-copy": only(OFFICE, _ASKED, MANAGED),
    "data-request-fetch": only(OFFICE, _ASKED, MANAGED),
    "data-request-proposed": only(OFFICE, _ASKED, MANAGED),
    "data-request-do": only(OFFICE, _ASKED, MANAGED),
    "data-request-answer": only(OFFICE, _ASKED, MANAGED),
    "track-data": by_secret(_("secret link")),
}
