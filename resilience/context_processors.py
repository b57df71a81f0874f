"""What every page may know about the house. Nothing is looked up until a template asks; visitors cost no SQL."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from resilience.lib.http import cookie_name
from resilience.lib.policies import policy_named

TEXT_SIZE_COOKIE = "text_size"  # by `lib.http.cookie_name`
# Per cent of our 18 px, and how the switch names it. 200 % = 36 px, above the 30 dp that the elder version asks for.
TEXT_SIZES: dict[str, Promise] = {
    "100": _("Standard"),
    "112": _("Large"),
    "150": _("Larger"),
    "200": _("Largest"),
}


@dataclass(frozen=True)
class NavLink:
    url: str
    label: str
    icon: str
    is_current: bool = False


@dataclass(frozen=True)
class _Entry:
    """Of the navigation. One that has others beneath leads to the first of them that somebody may open."""

    url_name: str
    label: Promise
    icon: str
    besides: str = ""  # not listed for whoever opens that one, too
    beneath: tuple[_Entry, ...] = ()


_DATA = (
    _Entry("openings", _("Openings"), "eye"),
    _Entry("data-requests", _("Data requests"), "user"),
    _Entry("exports", _("Exports"), "download"),
    _Entry("campaigns", _("Campaigns"), "calendar"),
    _Entry("audit", _("Audit"), "shield"),
)
_ENTRIES = (
    _Entry("round", _("My round"), "route"),
    _Entry("desk", _("Desk"), "inbox"),
    _Entry("desk-new", _("New request"), "plus"),
    _Entry("calls", _("Call-down"), "phone"),
    _Entry("people", _("People"), "users"),
    _Entry("households", _("Households"), "house"),
    _Entry("buildings", _("Buildings"), "building-2"),
    _Entry("desk-numbers", _("Numbers"), "chart-column", besides="desk"),
    _Entry("", pgettext_lazy("navigation", "Data"), "lock", beneath=_DATA),
    _Entry("admin:index", pgettext_lazy("navigation", "Admin"), "settings"),
)


@dataclass(frozen=True)
class _Open:
    """An entry that somebody may open, where it leads, and those beneath it."""

    entry: _Entry
    url: str
    beneath: tuple[_Open, ...] = ()

    @property
    def urls(self) -> list[str]:
        return [self.url, *(each.url for each in self.beneath)]

    def as_link(self, here: str) -> NavLink:
        return NavLink(self.url, str(self.entry.label), self.entry.icon, here in self.urls)


class House:
    """`house` in every template."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def duty_phone(self) -> str:
        return settings.DUTY_PHONE

    @cached_property
    def duty_tel(self) -> str:
        """The duty phone as a `tel:` link wants it."""
        return "".join(c for c in settings.DUTY_PHONE if c in "+0123456789")

    @cached_property
    def text_size(self) -> str:
        chosen = self._request.COOKIES.get(cookie_name(TEXT_SIZE_COOKIE), "")
        return chosen if chosen in TEXT_SIZES else "100"

    @property
    def text_class(self) -> str:
        return "" if self.text_size == "100" else f"text-{self.text_size}"

    @cached_property
    def next_text_size(self) -> str:
        """One step up; from the largest back to the standard."""
        sizes = list(TEXT_SIZES)
        return sizes[(sizes.index(self.text_size) + 1) % len(sizes)]

    @property
    def text_sizes(self) -> list[tuple[str, str, bool]]:
        return [(size, str(label), size == self.text_size) for size, label in TEXT_SIZES.items()]

    @property
    def other_languages(self) -> list[tuple[str, str]]:
        """Code and own name of every language but the one on screen."""
        own_names = {"zh-hans": "中文", "en": "English"}
        return [(code, own_names.get(code, str(name))) for code, name in settings.LANGUAGES if code != get_language()]

    @cached_property
    def here(self) -> str:
        """Where a switch of language or text size returns to."""
        return self._request.get_full_path()

    @cached_property
    def user(self) -> Any:
        """Who is signed in, or None. Looks only when there is a session cookie."""
        if settings.SESSION_COOKIE_NAME not in self._request.COOKIES:
            return None
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def look(self) -> str:
        """All that masthead, navigation and footer depend on: what is kept of them is kept under this."""
        opened = [(each.entry.url_name, each.urls) for each in self._open_entries]
        said = (get_language(), self.text_size, settings.DUTY_PHONE, self.user is not None, opened, self._here)
        return repr(said)

    @property
    def nav(self) -> list[NavLink]:
        return [each.as_link(self._here) for each in self._open_entries]

    @property
    def beneath(self) -> list[NavLink]:
        """What stands beneath the entry that the page lies under."""
        current = next((each for each in self._open_entries if self._here in each.urls), None)
        return [each.as_link(self._here) for each in current.beneath] if current else []

    @cached_property
    def _open_entries(self) -> list[_Open]:
        if self.user is None:
            return []
        urls = _urls(get_urlconf())
        return [found for entry in _ENTRIES if (found := self._found(entry, urls))]

    def _found(self, entry: _Entry, urls: dict[str, str]) -> _Open | None:
        """An entry with only one beneath it is that one."""
        if entry.beneath:
            beneath = tuple(found for each in entry.beneath if (found := self._found(each, urls)))
            if len(beneath) < 2:
                return beneath[0] if beneath else None
            return _Open(entry, beneath[0].url, beneath)
        is_open = entry.url_name in urls and self._is_open(entry)
        return _Open(entry, urls[entry.url_name]) if is_open else None

    @cached_property
    def _here(self) -> str:
        """The entry that the page lies under. /desk/calls/ lies under /desk/ too: the longest address that fits."""
        fits = [url for each in self._open_entries for url in each.urls if self._request.path.startswith(url)]
        return max(fits, key=len, default="")

    def _is_open(self, entry: _Entry) -> bool:
        return self._opens(entry.url_name) and not (entry.besides and self._opens(entry.besides))

    def _opens(self, url_name: str) -> bool:
        policy = policy_named(url_name)
        viewer = getattr(self._request, "viewer", None)
        return policy is not None and viewer is not None and policy.lets_in(viewer.roles)


@cache
def _urls(_urlconf: str | None) -> dict[str, str]:
    """The address of each entry, by its name. An area that this place has not switched on has none."""
    found = {}
    for entry in (*_ENTRIES, *_DATA):
        with suppress(NoReverseMatch):
            found[entry.url_name] = reverse(entry.url_name)
    return found


def house(request: HttpRequest) -> dict[str, House]:
    return {"house": House(request)}
