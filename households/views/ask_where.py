"""Where help is needed, without a door's code: community → building → entrance → door, each a page of links."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from resilience.lib.http import go, posted

from .. import by_secret
from ..actions import drafts as verbs
from ..forms.drafts import AddressForm
from ..models import Building, Household
from .ask_page import AskPage

MOST_SHOWN = 60


@require_safe
def communities(request: HttpRequest) -> HttpResponse:
    """The communities we serve; with one only, straight to its buildings."""
    served = by_secret.served_communities()
    if len(served) == 1:
        return redirect("ask-where-community", served[0].code)
    wanted = _wanted(request)
    found = [each for each in served if wanted in f"{each.parent} {each}"]
    context = {"found": found[:MOST_SHOWN], "is_cut": len(found) > MOST_SHOWN, "q": wanted}
    return render(request, "households/drafts/where_communities.html", context)


@require_safe
def buildings(request: HttpRequest, code: str) -> HttpResponse:
    community = by_secret.served_community(code)
    wanted = _wanted(request)
    found = [each for each in by_secret.open_buildings(community) if wanted in f"{each.name} {each.address}"]
    context = {
        "community": community, "found": found[:MOST_SHOWN], "is_cut": len(found) > MOST_SHOWN, "q": wanted,
        "is_only": len(by_secret.served_communities()) == 1,
    }  # fmt: skip
    return render(request, "households/drafts/where_buildings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def doors(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Entrances as links (`?entrance=`), then the doors of one as buttons. A door's number is no secret."""
    building = by_secret.open_building(uid)
    households = list(by_secret.doors_of(building))
    if request.method == "POST":
        return _choose(request, building, households)
    entrances = sorted({each.entrance for each in households})
    asked = request.GET.get("entrance", "")[:2]
    entrance = int(asked) if asked.isascii() and asked.isdigit() else None
    if entrance is None and len(entrances) == 1:
        entrance = entrances[0]
    context = {
        "building": building, "entrances": entrances, "entrance": entrance if entrance in entrances else None,
        "doors": [each for each in households if each.entrance == entrance],
    }  # fmt: skip
    return render(request, "households/drafts/where_doors.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def unlisted(request: HttpRequest, code: str) -> HttpResponse:
    """A door that is not in the register: in their own words. `?building=` when at least the building is."""
    community = by_secret.served_community(code)
    page = AskPage(request)
    if page.draft is None:
        return redirect("ask")
    building = _building_of(request, community.pk)
    form = AddressForm(posted(request), initial={"address": (page.draft.answers.get("place") or {}).get("address", "")})
    if request.method == "POST" and form.is_valid():
        verbs.write_place(page.draft, community=community, building=building, address=form.cleaned_data["address"])
        return go(request, page.next_url)
    context = {"form": form, "community": community, "building": building}
    status = 422 if request.method == "POST" else 200
    return render(request, "households/drafts/where_unlisted.html", context, status=status)


def _choose(request: HttpRequest, building: Building, households: list[Household]) -> HttpResponse:
    entrance, _, door = request.POST.get("door", "")[:20].partition("/")
    chosen = next((each for each in households if str(each.entrance) == entrance and each.door == door), None)
    page = AskPage(request)
    if page.draft is None:
        return go(request, reverse("ask"))
    if chosen is None:
        return go(request, reverse("ask-where-doors", args=[building.uid]))
    verbs.choose_household(page.draft, chosen)
    return go(request, page.next_url)


def _building_of(request: HttpRequest, community_id: int) -> Building | None:
    asked = request.GET.get("building", "")
    try:
        building = by_secret.open_building(UUID(asked[:40])) if asked else None
    except (ValueError, Http404):
        return None
    return building if building and building.community_id == community_id else None


def _wanted(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "")[:60].split()).strip()
