"""Who may open an address, and what they must be to the thing it names: one `Policy` for each URL name.

Every app writes its rows in its own `policies.py`, as `POLICIES`; `table` is all of them, and `manage.py policies`
prints it. A name without a row opens to nobody; `manage.py check` finds it, and a row without an address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.models import TextChoices
from django.http import HttpRequest
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _


class Relation(TextChoices):
    """What somebody can be to a thing."""

    SEEN = "seen", _("sees it")
    WORKED = "worked", _("works there")
    MANAGED = "managed", _("decides there")
    WATCHED = "watched", _("looks over what is done there")
    HAS = "has", _("has it now")


class Opens(TextChoices):
    PUBLIC = "public", _("anybody")
    SECRET = "secret", _("whoever has the secret in the address")
    SIGNED_IN = "signed_in", _("whoever is signed in")
    ROLES = "roles", _("some roles")


@dataclass(frozen=True, slots=True)
class Policy:
    """`about` names the kind of thing the address names, '' for none; any of `needs` is enough, to that thing."""

    opens: Opens
    roles: frozenset[str] = frozenset()
    about: Promise | str = ""
    needs: frozenset[Relation] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether nobody needs to sign in."""
        return self.opens in (Opens.PUBLIC, Opens.SECRET)

    @property
    def is_secret(self) -> bool:
        """Whether the address is the key: never stored by a cache or a search engine."""
        return self.opens == Opens.SECRET

    def lets_in(self, roles: Collection[str]) -> bool:
        """Whether it opens to somebody signed in who has these roles."""
        return self.opens != Opens.ROLES or not self.roles.isdisjoint(roles)


def public() -> Policy:
    """Anybody; nothing of a person is on it."""
    return Policy(Opens.PUBLIC)


def by_secret(about: Promise | str = "") -> Policy:
    """Whoever holds the code, link or cookie. Never cached, never indexed."""
    return Policy(Opens.SECRET, about=about)


def signed_in() -> Policy:
    """Anybody with an account, whatever their role: about themselves only."""
    return Policy(Opens.SIGNED_IN)


def only(roles: Iterable[str], about: Promise | str = "", *needs: Relation) -> Policy:
    return Policy(Opens.ROLES, frozenset(roles), about, frozenset(needs))


# --- the table ------------------------------------------------------------------------------------
@cache
def table() -> Mapping[str, Policy]:
    """Every row, by URL name; `<namespace>:*` for all of a namespace that has no row of its own."""
    rows: dict[str, Policy] = {}
    for app in apps.get_app_configs():
        if app.module and module_has_submodule(app.module, "policies"):
            more: Mapping[str, Policy] = import_module(f"{app.name}.policies").POLICIES
            if twice := rows.keys() & more.keys():
                raise ImproperlyConfigured(f"{app.name}.policies has rows that another app has: {sorted(twice)}")
            rows |= more
    return MappingProxyType(rows)


def policy_named(name: str) -> Policy | None:
    """Of a URL name, with its namespaces."""
    rows = table()
    return rows.get(name) or rows.get(f"{name.rpartition(':')[0]}:*")


def policy_of(request: HttpRequest) -> Policy | None:
    """Of the address asked for; None where there is no such address or no row for it."""
    match: ResolverMatch | None = request.resolver_match
    return policy_named(match.view_name) if match else None


# --- the addresses --------------------------------------------------------------------------------
class Address(NamedTuple):
    name: str  # with namespaces; '' for one that has none
    route: str


def addresses() -> list[Address]:
    """Of the resolver, in the order they are tried."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, route: str, space: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, here, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{space}{pattern.name or ''}", here)
