"""The register as lists: on screen with filters, and on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from resilience.lib.http import AuthedRequest, go, posted
from resilience.lib.inputs import decode_cursor

from .. import places, reference, register_list, scope
from ..actions import trail
from ..forms.prints import PrintForm
from ..models import CareColour
from ..register_list import PRINTED_AT_MOST, Filter


@require_http_methods(["GET", "HEAD", "POST"])
def households(request: AuthedRequest) -> HttpResponse:
    """Households of the viewer's places; every filter is a link. With words by POST: no address, no log holds them."""
    asked = request.POST if request.method == "POST" else request.GET
    wanted = Filter.of(asked, text=request.POST.get("q", ""))
    if request.method == "POST" and not wanted.text.strip():
        return go(request, f"{reverse('households')}?{urlencode(wanted.pairs)}")
    after = decode_cursor(asked.get("after", ""), *_CURSOR)
    rows, next_cursor = register_list.page_of(wanted.narrow(scope.households_for(request.viewer)), after)
    register_list.add_needs(rows)
    context = {
        "households": rows,
        "next_cursor": next_cursor,
        "is_first_page": after is None,
        **_filters(request, wanted),
    }
    return render(request, "households/register/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def special_needs(request: AuthedRequest) -> HttpResponse:
    """重点人员清单, to print: by POST, which says what for and is recorded."""
    wanted = Filter.of(request.GET)
    needs = register_list.people_with_needs(wanted.narrow(scope.households_here(request.viewer)), wanted.need)
    rows = [(need, *register_list.phone_of(need.resident)) for need in needs[:PRINTED_AT_MOST]]
    context = {"needs": rows, "is_cut": len(needs) > PRINTED_AT_MOST, **_filters(request, wanted)}
    return _printable(request, "special_needs", context, len(rows))


@require_http_methods(["GET", "HEAD", "POST"])
def not_visited(request: AuthedRequest) -> HttpResponse:
    """Doors not visited, to print as above. `?days=` says for how long."""
    wanted = Filter.of(request.GET)
    doors = register_list.doors_not_visited(wanted.narrow(scope.households_here(request.viewer)), wanted.days)
    context = {"doors": doors[:PRINTED_AT_MOST], "is_cut": len(doors) > PRINTED_AT_MOST, **_filters(request, wanted)}
    return _printable(request, "not_visited", context, len(context["doors"]))


def _printable(request: AuthedRequest, name: str, context: dict[str, Any], rows: int) -> HttpResponse:
    """The list with the question what it is printed for; once that is said, ready for paper and written down."""
    form = PrintForm(posted(request))
    if request.method == "POST" and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        trail.list_printed(
            name, by=request.user, place=places.shared(request.viewer.seen_codes), rows=rows, why=purpose
        )
        context["printed_for"] = form.purpose_words
    page = f"households/register/{name}.html"
    return render(request, page, {**context, "form": form}, status=422 if form.errors else 200)


def _filters(request: AuthedRequest, wanted: Filter) -> dict[str, Any]:
    return {
        "wanted": wanted,
        "need_kinds": list(reference.need_kinds().values()),
        "colours": [choice for choice in CareColour.choices if choice[0]],
        "grids": list(scope.grids_for(request.viewer).current().order_by("code")[:200]),
        "printed_at": timezone.now(),
        "printed_by": request.user,
    }


def _number(value: Any) -> int:
    """A number of a cursor, small enough for any column."""
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise ValueError
    return value


def _door(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10 or "\0" in value:
        raise ValueError
    return value


_CURSOR = (_number, _number, _number, _number, _door, _number)
