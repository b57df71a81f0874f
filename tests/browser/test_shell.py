"""The shell of the signed-in pages: one line of navigation at every width, and the room there is, used."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import FloatRect, Page

from tests import factories as f

from .test_register import Open, session_of

IN_LINE = """() => {
  const tops = (selector) => [...document.querySelectorAll(selector)].filter((each) => each.getClientRects().length)
    .map((each) => Math.round(each.getBoundingClientRect().top));
  return new Set(tops(".masthead .nav a")).size;
}"""


def paths(cast: Any) -> list[str]:
    service_request = f.make_request(cast.household)
    return [
        reverse("desk"),
        reverse("request", args=[service_request.code]),
        reverse("household", args=[cast.household.uid]),
        reverse("building", args=[cast.building.uid]),
        reverse("household-amend", args=[cast.household.uid]),
        reverse("resident", args=[cast.wang.uid]),
    ]


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return found


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 1440), ("zh-hans", 390), ("en", 390)])
def test_the_navigation_is_one_line_with_the_language_beside_it(
    cast: Any, open_page: Open, language: str, width: int
) -> None:
    page = open_page("/healthz", language=language, width=width, session=session_of(cast.admin))
    origin = page.url.removesuffix("/healthz")
    for path in paths(cast):
        page.goto(origin + path)
        assert page.evaluate(IN_LINE) == 1, path
        assert page.locator(".masthead .lang").is_visible(), path
        assert box(page, ".masthead")["height"] < (80 if width > 1024 else 150), path
        fits = page.evaluate("document.querySelector('.nav').scrollWidth <= document.querySelector('.nav').clientWidth")
        assert fits or width < 1024, path


def test_a_wide_window_is_used_and_lines_up(cast: Any, open_page: Open) -> None:
    page = open_page("/healthz", width=1440, session=session_of(cast.lead))
    origin = page.url.removesuffix("/healthz")
    for path in paths(cast):
        page.goto(origin + path)
        edges = {round(box(page, selector)["x"]) for selector in (".brand", "h1")}
        assert len(edges) == 1, (path, edges)
    page.goto(origin + paths(cast)[1])
    assert box(page, "#deeds")["x"] > box(page, "#where + dl")["x"] + 500
