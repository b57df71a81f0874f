"""How many forms a door, a phone, a building and everybody together may begin and fill in; the numbers are `limits`.

Two counts, each once: of a form begun (`begin`), and of one filled in (`count_form`), for whom and where is written
into the draft. A form that is not counted is not filed, whatever its sender skipped. A danger to life never ends here.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from resilience.accounts import limits
from resilience.lib.errors import TooMany

from ..models import Household, RequestDraft

COUNTED = "counted"
"""In a draft's answers: the phone and the place it was counted for. No form has a field of that name."""


def begin(network: str, *, door: Household | None = None, phone: str = "") -> None:
    """Count a new form, or one that is now for the scanned `door`. `network`: see `lib.http.client_network`.

    The door has its own budget, and so has the `phone`, if they gave one with the first page: nobody who floods us
    from the same address can use them up.
    """
    if door:
        spent = limits.count((limits.ASK_DOOR, door.door_key))
    elif phone:
        spent = limits.count((limits.ASK_PHONE_BEGINS, phone), (limits.ASK_ADDRESS_PHONES, network))
    else:
        spent = limits.count((limits.ASK_ADDRESS, network))
    if spent:
        raise TooMany(please_call(), wait=spent.wait)


def count_form(draft: RequestDraft | None, phone: str, *, door: Household | None = None) -> dict[str, Any]:
    """Count a filled-in form: what to keep with its answers. Asks nothing when it was counted for the same before."""
    if draft and is_counted(draft, phone, door):
        return {COUNTED: draft.answers[COUNTED]}
    household = door or (draft.household if draft else None)
    spent = limits.count((limits.ASK_PHONE, phone), *_places(draft, household, door), (limits.ASK_ALL, ""))
    if spent:
        raise TooMany(please_call(), wait=spent.wait)
    return {COUNTED: _mark(draft, phone, household)}


def is_counted(draft: RequestDraft, phone: str, door: Household | None = None) -> bool:
    return draft.answers.get(COUNTED) == _mark(draft, phone, door or draft.household)


def please_call() -> str:
    return _(
        "We have had very many forms from here just now. Please call us: %(phone)s. Nothing you typed is lost."
    ) % {"phone": settings.DUTY_PHONE}


def phone_first(refused: TooMany) -> TooMany:
    """For a page that asks for the phone as well: with it they may go on at once."""
    return TooMany(
        _(
            "We have had very many forms from your network just now. Write your phone number below to go on, or call "
            "us: %(phone)s. Nothing you typed is lost."
        )
        % {"phone": settings.DUTY_PHONE},
        wait=refused.wait,
    )


def _places(draft: RequestDraft | None, household: Household | None, door: Household | None) -> list[limits.Try]:
    """Building and community, as far as they said; none for a scanned door, which was counted when it was scanned."""
    if door or not draft or draft.answers.get("by_door"):
        return []
    if household:
        building, community = str(household.building_id), household.community.code
    else:
        written = draft.answers.get("place") or {}
        building, community = "", str(written.get("community", ""))
    tries = [(limits.ASK_BUILDING, building), (limits.ASK_COMMUNITY, community)]
    return [(limit, who) for limit, who in tries if who]


def _mark(draft: RequestDraft | None, phone: str, household: Household | None) -> list[str]:
    written = (draft.answers.get("place") or {}) if draft and not household else {}
    return [phone, f"door {household.pk}" if household else str(written.get("community", ""))]
