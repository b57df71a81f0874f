"""A household's file and the list of them."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from resilience.lib.http import AuthedRequest, render_part

from .. import access, policies, timeline
from ..files import HouseholdFile


@require_safe
@policies.anyone_serving
def page(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """The file on one screen. `?kind=` narrows the timeline, `?after=` is its next page."""
    household = access.household_file(request.viewer, uid)
    kind = request.GET.get("kind", "")
    kind = kind if kind in timeline.KINDS else ""
    after = timeline.place(request.GET.get("after", ""))
    served = partial(access.households_served, request.viewer)
    story = timeline.read(household, kind=kind, after=after, with_open=True, others=served("other_household"))
    file = HouseholdFile(household, story.open_requests, sees=served("household"), sees_stay=served("stays_with"))
    context = {"household": household, "file": file, "story": story, "kind": kind, "is_first_page": after is None}
    return render_part(request, "households/households/page.html", "timeline", context)
