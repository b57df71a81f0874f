"""Our icons: two sprites, and the markup that shows one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

_STATIC = Path(__file__).resolve().parent.parent / "static" / "resilience"
_SPRITES = ("icons.svg", "icons-staff.svg")  # residents load only the first
_UNKNOWN_ICON = "ellipsis"
_ICON_ID = re.compile(r'<symbol id="([a-z0-9-]+)"')


@cache
def icon_names() -> Mapping[str, str]:
    """The sprite's file of every icon there is, by the icon's name. For forms that let staff choose one, too."""
    return {name: sprite for sprite in _SPRITES for name in _ICON_ID.findall((_STATIC / sprite).read_text("utf-8"))}


@lru_cache(maxsize=512)
def icon_svg(name: str) -> SafeString:
    """The icon as SVG, hidden from screen readers (a word always stands beside it). An unknown name gives '…'."""
    known = name if name in icon_names() else _UNKNOWN_ICON
    sprite = static(f"resilience/{icon_names()[known]}")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, known)
