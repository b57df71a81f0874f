"""Who may open each address of the core, and what they must be to the thing it names.

What each role is for; it holds for a part of the place tree, from–until (`models/appointments.py`):

volunteer    lends a hand in a grid or a community: reads the requests that are with them now, with door and name but
             no number whole, and accepts, starts, answers, resolves or gives them back. No file, no list, no search.
worker       serves a grid: its files, doors, visits, and the requests there; decides about none but what is with them.
lead         a worker who also decides in their grids: who gets a request, who answers for a household. The desk.
staff        the same for a region; and colleagues who leave or are ill, and the tables of the administration.
supervisor   looks on in a region: queue, requests, files, numbers, lists, people. Changes nothing.
auditor      sees of a region how many there are, and what was done by whom; nobody's data, no request, no file.
             Excludes every other role.
administrator (`User.is_superuser`)  everything, everywhere.

Being signed in is not enough for anything but one's own account. A role opens the address; then `access` looks what
one is to that very thing: SEEN, WORKED, MANAGED, WATCHED (by the place it lies in; the office and supervisors look over
what is done there, and are the second person where one is asked for) or HAS (a request with them now). What they do
not see does not exist for them (404); what they see and may not do is 403. Areas and the roof have their own rows.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from resilience.lib.policies import Policy, Relation, by_secret, only, public

from .models import Role
from .viewer import ADMINISTRATOR

SEEN, WORKED, MANAGED, WATCHED, HAS = (
    Relation.SEEN,
    Relation.WORKED,
    Relation.MANAGED,
    Relation.WATCHED,
    Relation.HAS,
)

OFFICE = frozenset({Role.STAFF, ADMINISTRATOR})
DESK = OFFICE | {Role.LEAD}
WORKING = DESK | {Role.WORKER}
HELPING = frozenset({Role.VOLUNTEER, Role.WORKER, Role.LEAD})
"""Whoever may be given a request."""
AT_REQUESTS = WORKING | HELPING
READING = WORKING | {Role.SUPERVISOR}
OVERSEEING = DESK | {Role.SUPERVISOR}
COUNTING = OVERSEEING | {Role.AUDITOR}
APPROVING = WATCHING = OFFICE | {Role.SUPERVISOR}
AUDITING = frozenset({Role.AUDITOR, ADMINISTRATOR})

_BUILDING, _COMMUNITY, _DOOR, _LINK = _("building"), _("community"), _("door code"), _("secret link")
_INVITATION = _("invitation")
_HOUSEHOLD, _RESIDENT, _PERSON = _("household"), _("resident"), _("colleague")
_REQUEST, _REQUESTS, _PHOTO, _CAMPAIGN = _("request"), _("requests"), _("photo"), _("campaign")


def _request(roles: frozenset[str], *needs: Relation) -> Policy:
    return only(roles, _REQUEST, *needs)


POLICIES: dict[str, Policy] = {
    # anybody
    "home": public(),
    "ask": by_secret(),
    "ask-kind": by_secret(),
    "ask-danger": by_secret(),
    "ask-where": by_secret(),
    "ask-where-doors": by_secret(_BUILDING),
    "ask-where-community": by_secret(_COMMUNITY),
    "ask-where-unlisted": by_secret(_COMMUNITY),
    "ask-details": by_secret(),
    "ask-often": by_secret(),
    "ask-check": by_secret(),
    "ask-send": by_secret(),
    "ask-add": by_secret(),
    "ask-added": public(),
    "ask-clear": by_secret(),
    "ask-photo": by_secret(_PHOTO),
    # residents, by a code, a link or their door
    "door": by_secret(_DOOR),
    "track-find": by_secret(),
    "track": by_secret(_LINK),
    "track-confirm": by_secret(_LINK),
    "track-reopen": by_secret(_LINK),
    "track-note": by_secret(_LINK),
    "track-cancel": by_secret(_LINK),
    "track-photo": by_secret(_LINK),
    # workers
    "round": only(HELPING),
    "round-households": only({Role.WORKER, Role.LEAD}),
    "visit-photo": only(READING, _PHOTO, SEEN),
    "household-door": only(WORKING, _HOUSEHOLD, SEEN),
    # the desk
    "desk": only(OVERSEEING),
    "desk-numbers": only(COUNTING),
    "desk-new": only(DESK),
    "desk-search": only(OVERSEEING),
    "bulk-assign": only(DESK, _REQUESTS, MANAGED),
    "twins": only(DESK, _REQUESTS, MANAGED),
    "calls": only(DESK),
    "call-answer": _request(DESK, MANAGED),
    "people": only(OVERSEEING),
    "person-back": only(OFFICE, _PERSON, MANAGED),
    "person-leave": only(OFFICE, _PERSON, MANAGED),
    "person-sessions": only(OFFICE, _PERSON, MANAGED),
    "people-dormant": only(OFFICE),
    "invitations": only(OFFICE),
    "invitation-new": only(OFFICE),
    "invitation-cancel": only(OFFICE, _INVITATION, MANAGED),
    "invited": by_secret(_INVITATION),
    # requests
    "request": _request(READING | HELPING, SEEN),
    "request-photo": _request(READING | HELPING, SEEN),
    "request-accept": _request(AT_REQUESTS, HAS),
    "request-start": _request(AT_REQUESTS, HAS),
    "request-decline": _request(AT_REQUESTS, HAS),
    "request-hand-over": _request(WORKING, HAS),
    "request-assign": _request(WORKING, MANAGED),
    "request-take-up": _request(WORKING, MANAGED),
    "request-reply": _request(AT_REQUESTS, HAS, MANAGED),
    "request-note": _request(AT_REQUESTS, SEEN),
    "request-pause": _request(WORKING, HAS, MANAGED),
    "request-resume": _request(WORKING, HAS, MANAGED),
    "request-item": _request(AT_REQUESTS, HAS, MANAGED),
    "request-resolve": _request(AT_REQUESTS, HAS, MANAGED),
    "request-edit": _request(WORKING, MANAGED),
    "request-reject": _request(WORKING, MANAGED),
    "request-reopen": _request(WORKING, MANAGED),
    "request-take-back": _request(WORKING, MANAGED),
    "request-cancel": _request(WORKING, MANAGED),
    "request-unmerge": _request(DESK, MANAGED),
    # the register
    "door-codes": only(DESK, _BUILDING, MANAGED),
    "door-code": only(DESK, _HOUSEHOLD, MANAGED),
    "households": only(READING),
    "special-needs-list": only(READING),
    "not-visited-list": only(READING),
    "household": only(READING, _HOUSEHOLD, SEEN),
    "household-amend": only(WORKING, _HOUSEHOLD, WORKED),
    "household-confirm": only(WORKING, _HOUSEHOLD, WORKED),
    "household-phone-add": only(WORKING, _HOUSEHOLD, WORKED),
    "household-phone-remove": only(WORKING, _HOUSEHOLD, WORKED),
    "household-responsible": only(DESK, _HOUSEHOLD, MANAGED),
    "household-close": only(DESK, _HOUSEHOLD, MANAGED),
    "household-event": only(WORKING, _HOUSEHOLD, WORKED),
    "resident-add": only(WORKING, _HOUSEHOLD, WORKED),
    "resident": only(WORKING, _RESIDENT, WORKED),
    "resident-amend": only(WORKING, _RESIDENT, WORKED),
    "resident-event": only(WORKING, _RESIDENT, WORKED),
    "need-add": only(WORKING, _RESIDENT, WORKED),
    "need-end": only(WORKING, _RESIDENT, WORKED),
    "buildings": only(READING),
    "building": only(READING, _BUILDING, SEEN),
    "building-open-door": only(WORKING, _BUILDING, WORKED),
    "track-looked": by_secret(_LINK),
    "track-message": by_secret(_LINK),
    "track-by-message": by_secret(_LINK),
    # what is sealed; of a resident also by the door where they stay meanwhile
    "openings": only(WATCHING),
    "openings-allow": only(WATCHING, _PERSON, WATCHED),
    "request-open": _request(READING | HELPING, HAS, MANAGED, WATCHED),
    "household-open": only(READING, _HOUSEHOLD, WORKED, WATCHED),
    "resident-open": only(READING, _RESIDENT, WORKED, WATCHED),
    # campaigns and what ends
    "campaigns": only(APPROVING),
    "campaign-new": only(OFFICE),
    "ends-next": only(APPROVING),
    "campaign": only(APPROVING, _CAMPAIGN, SEEN),
    "campaign-close": only(OFFICE, _CAMPAIGN, MANAGED),
    "campaign-hold": only(OFFICE, _CAMPAIGN, MANAGED),
    "campaign-preview": only(APPROVING, _CAMPAIGN, WATCHED),
    "campaign-destroy": only(OFFICE, _CAMPAIGN, MANAGED),
    "campaign-approve": only(APPROVING, _CAMPAIGN, WATCHED),
    "campaign-certificate": only(APPROVING, _CAMPAIGN, SEEN),
    # the audit
    "audit": only(AUDITING),
    "audit-verify": only(AUDITING),
}
