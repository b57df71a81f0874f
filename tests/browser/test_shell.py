"""The shell of the signed-in pages: all of the navigation is seen at every width, and the room there is, used."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import FloatRect, Page

from tests import factories as f

from .test_register import Open, session_of

SEEN = """() => {
  const links = [...document.querySelectorAll(":is(.nav, .beneath) a")];
  const width = document.documentElement.clientWidth;
  return links.length > 5 && links.every((each) => {
    const box = each.getBoundingClientRect();
    const there = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return box.left >= 0 && box.right <= width && each.scrollWidth <= each.clientWidth && each.contains(there);
  });
}"""
LINES = """() => new Set([...document.querySelectorAll(".masthead .nav a")].map((each) => each.offsetTop)).size"""


def paths(cast: Any) -> list[str]:
    service_request = f.make_request(cast.household)
    return [
        reverse("desk"),
        reverse("request", args=[service_request.code]),
        reverse("household", args=[cast.household.uid]),
        reverse("building", args=[cast.building.uid]),
        reverse("household-amend", args=[cast.household.uid]),
        reverse("resident", args=[cast.wang.uid]),
        reverse("openings"),
        reverse("data-requests"),
    ]


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return found


@pytest.mark.parametrize(
    ("language", "width", "lines"),
    [("zh-hans", 1440, 1), ("en", 1440, 1), ("en", 1024, 1), ("zh-hans", 390, 2), ("en", 390, 2), ("en", 320, 3)],
)
def test_all_of_the_navigation_is_seen_with_the_language_beside_it(
    cast: Any, open_page: Open, language: str, width: int, lines: int
) -> None:
    page = open_page("/healthz", language=language, width=width, session=session_of(cast.admin))
    origin = page.url.removesuffix("/healthz")
    for path in paths(cast):
        page.goto(origin + path)
        assert page.evaluate(SEEN), path
        assert page.evaluate(LINES) <= lines, path
        assert page.locator(".masthead .lang").is_visible(), path
        assert box(page, ".masthead")["height"] < (80 if width > 1024 else 60 + 50 * (lines + (width < 390))), path


def test_a_wide_window_is_used_and_lines_up(cast: Any, open_page: Open) -> None:
    page = open_page("/healthz", width=1440, session=session_of(cast.lead))
    origin = page.url.removesuffix("/healthz")
    for path in paths(cast):
        page.goto(origin + path)
        edges = {round(box(page, selector)["x"]) for selector in (".brand", "h1")}
        assert len(edges) == 1, (path, edges)
    page.goto(origin + paths(cast)[1])
    assert box(page, "#deeds")["x"] > box(page, "#where + dl")["x"] + 500
