"""Opening what is sealed of a file, a person or a request: by POST only, with a reason, the values in the answer alone.

Not a redirect: a value must stand in no address, session or message. The browser may send the form once more; within
ten minutes that is the same opening.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from resilience.lib.errors import Refused
from resilience.lib.http import AuthedRequest, posted, render_part, safe_next

from .. import access, scope, seals
from ..actions.openings import Opened, open_values
from ..forms.openings import OpenForm
from ..models import Household, Resident, Sealed, ServiceRequest
from ..openings import NOTES, SHOWN_FOR, Subject, values_of

TEMPLATE = "households/openings/page.html"
ASKED_AT_MOST = 3


@require_http_methods(["GET", "HEAD", "POST"])
def of_household(request: AuthedRequest, uid: UUID) -> HttpResponse:
    household = access.household(request, uid)
    return _answer(request, household, household, reverse("household", args=[uid]))


@require_http_methods(["GET", "HEAD", "POST"])
def of_resident(request: AuthedRequest, uid: UUID) -> HttpResponse:
    """Of a guest, for who serves the door where they stay: not the ID number, which no visit needs."""
    resident = access.resident_or_guest(request, uid)
    home, stay = resident.household, resident.stays_with
    if stay is None or access.may(request.viewer, "resident-open", home):
        return _answer(request, resident, home, reverse("household", args=[home.uid]))
    return _answer(request, resident, stay, reverse("household", args=[stay.uid]), hidden=[Sealed.ID_NUMBER])


@require_http_methods(["GET", "HEAD", "POST"])
def of_request(request: AuthedRequest, code: str) -> HttpResponse:
    """For a volunteer only whom to call: they know no door but the one they are sent to."""
    service_request = access.service_request(request, code)
    hidden = [] if request.viewer.sees_places else [Sealed.DOOR_NOTE]
    return _answer(request, service_request, service_request.household, reverse("request", args=[code]), hidden=hidden)


def _answer(
    http: AuthedRequest, subject: Subject, door: Household | None, back: str, *, hidden: Sequence[Sealed] = ()
) -> HttpResponse:
    """Ask for a reason; with one, the values. `?what=` says which fields."""
    asked = _asked(http, subject, door)
    form = OpenForm(posted(http), subject=subject, asked=asked, wanted=http.GET.getlist("what"), hidden=hidden)
    opened: Opened | None = None
    if form.is_valid():
        try:
            role = http.viewer.role_over(door or subject)
            opened = open_values(subject, by=http.user, role=role, **form.deed())
        except Refused as refused:
            form.refuse(refused)
    url, what = seals.url_of(subject), form.chosen
    numbers = [each for each in what if each not in NOTES]  # of a note there is nothing to show masked
    masked = values_of(subject, numbers) if numbers and not opened else []
    context = {
        "form": form,
        "opened": opened,
        "subject": subject,
        "about": _about(subject),
        "masked": masked,
        "id": seals.seal_id(seals.key_of(subject), what),
        "notes": [each.label for each in what if each in NOTES],
        "show": seals.show_words(what, len(opened.values if opened else masked)),
        "url": url,
        "back": safe_next(http, back),
        "shown_for": SHOWN_FOR,
        "here": f"{url}?{urlencode([('what', field.value) for field in what])}",
    }
    return render_part(http, TEMPLATE, "opened" if opened else "ask", context, status=422 if form.errors else 200)


def _asked(http: AuthedRequest, subject: Subject, household: Household | None) -> list[ServiceRequest]:
    """The household's open requests that the viewer sees, by what is due first: reasons to open its details."""
    if household is None or isinstance(subject, ServiceRequest):
        return []
    rows = scope.requests_for(http.viewer).filter(household=household).open().due_first()
    return list(rows.only("code", "due_at")[:ASKED_AT_MOST])


def _about(subject: Subject) -> str:
    """What it is of, as a heading says it."""
    if isinstance(subject, ServiceRequest):
        return f"{subject.category} {subject.code_label}"
    return subject.name if isinstance(subject, Resident) else subject.address
