"""A door's label: the link behind its code, drawn as inline SVG (our CSP allows no picture from data or elsewhere)."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from resilience.lib.codes import sign_token

from ..by_secret import DOOR
from ..models import Household


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed for one door. `svg` is drawn from our own link only."""

    household: Household
    link: str
    svg: SafeString


def door_link(household: Household) -> str:
    """The address in a door's code, absolute."""
    return settings.SITE_URL + reverse("door", args=[sign_token(household.door_key, DOOR)])


def drawn(text: str) -> SafeString:
    """A QR code of a text of our own making."""
    svg = segno.make(text, error="m", micro=False).svg_inline(
        scale=1, border=0, omitsize=True, svgclass=None, lineclass=None
    )
    return mark_safe(svg)  # noqa: S308  segno's own drawing: numbers and path commands


def label_of(household: Household) -> Label:
    link = door_link(household)
    return Label(household, link, drawn(link))
