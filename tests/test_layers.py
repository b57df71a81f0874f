"""The house stays as architecture.md draws it: arrows point down, views are thin, no row is saved unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db.models import Model

from tests import layers
from tests.layers import Module, read

pytestmark = pytest.mark.once

MODULES = layers.modules()
VIEWS = [module for module in MODULES if layers.is_views(module)]
SCOPED = [module for module in VIEWS if not module.name.startswith("resilience.accounts.")]

RULES: dict[str, tuple[Callable[[Module], list[str]], list[Module]]] = {
    "imports point down the house": (layers.upward, MODULES),
    "imports point down the layers of the core": (layers.inside_core, MODULES),
    "pure rules know no request and no template": (layers.impure, MODULES),
    "nothing is imported inside a function": (layers.inner_imports, MODULES),
    "no file is over 400 lines": (layers.too_long, MODULES),
    "save is not overridden": (layers.save_overrides, MODULES),
    "there are no lifecycle signals": (layers.lifecycle_signals, MODULES),
    "a view is a function": (layers.classes, VIEWS),
    "a view has at most 25 lines": (layers.long_views, VIEWS),
    "a view says its methods": (layers.without_methods, VIEWS),
    "who may open a view is said in the table": (layers.says_who, VIEWS),
    "a view does not choose the relation": (layers.chosen_rows, VIEWS),
    "a view fetches through access.py": (layers.unscoped_gets, SCOPED),
    "rows about people are read for somebody's eyes": (layers.unscoped_rows, MODULES),
}


@pytest.mark.parametrize("rule", RULES)
def test_it_keeps_the_rule(rule: str) -> None:
    check, modules = RULES[rule]
    faults = [fault for module in modules for fault in check(module)]
    assert not faults, f"{rule}:\n  " + "\n  ".join(faults)


def test_no_two_modules_import_each_other() -> None:
    faults = layers.two_way(MODULES)
    assert not faults, "two-way imports:\n  " + "\n  ".join(faults)


def test_foreign_keys_point_down_the_house() -> None:
    faults = [fault for model in apps.get_models() for fault in _upward_keys(model)]
    assert not faults, "foreign keys that point up:\n  " + "\n  ".join(faults)


def _upward_keys(model: type[Model]) -> list[str]:
    targets = [(field.name, field.related_model) for field in model._meta.get_fields() if not field.auto_created]
    return [
        f"{model._meta.label}.{name}: {fault}"
        for name, target in targets
        if isinstance(target, type) and (fault := layers.arrow_fault(model.__module__, target.__module__))
    ]


def test_it_reads_the_whole_project() -> None:
    names = {module.name for module in MODULES}
    assert {"resilience.settings", "resilience.lib", "households.models.requests", "resilience.gate.steps"} <= names
    assert not any("migrations" in name for name in names)


# --- the checker catches what it is there for -------------------------------------------------------
PLANTED: dict[str, tuple[str, str, str]] = {
    "the core imports an area": ("up", "households/actions/visits.py", "from resilience.kitchen.models import Meal"),
    "the core imports the roof": ("up", "households/views/queue.py", "from resilience import urls"),
    "the core imports a filter of the roof": ("up", "households/care.py", "import resilience.templatetags.ui"),
    "accounts import the core": ("up", "resilience/accounts/views.py", "import households.models"),
    "the outbox imports the core": ("up", "resilience/outbox/models.py", "from households.models import Household"),
    "lib imports accounts": ("up", "resilience/lib/dates.py", "from resilience.accounts.models import User"),
    "an area imports the roof": ("up", "resilience/kitchen/views.py", "from resilience.views import home"),
    "an area imports another": ("up", "resilience/council/actions.py", "from resilience.kitchen.models import Meal"),
    "an upward import for types": (
        "up",
        "households/models/visits.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from resilience.relief.models import Loan",
    ),
    "models import actions": ("core", "households/models/visits.py", "from households.actions import visits"),
    "models import access": ("core", "households/models/visits.py", "from ..access import seen"),
    "models import views by dots": ("core", "households/models/visits.py", "from ..views.queue import queue"),
    "models import a sibling of the package": ("core", "households/models/__init__.py", "from ..forms import visits"),
    "actions import forms": ("core", "households/actions/visits.py", "from households.forms.visits import VisitForm"),
    "actions import views": ("core", "households/actions/visits.py", "from households import views"),
    "access imports actions": ("core", "households/access.py", "from households.actions.requests import submit"),
    "rows in sight import access": ("core", "households/scope.py", "from . import access"),
    "forms import views": ("core", "households/forms/visits.py", "from ..views import round"),
    "rules import access": ("core", "households/care.py", "from households import access"),
    "a rule takes a request": ("pure", "households/clocks.py", "from django.http import HttpRequest"),
    "a rule renders": ("pure", "households/dispatch.py", "from django.template.loader import render_to_string"),
    "an import in a function": ("inner", "households/care.py", "def due():\n    import json\n    return json"),
    "an import in a method": (
        "inner",
        "resilience/lib/x.py",
        "class A:\n    def b(self):\n        from os import path",
    ),
    "a long file": ("long", "households/care.py", "x = 1\n" * 401),
    "save is overridden": (
        "save",
        "households/models/visits.py",
        "class Visit:\n    def save(self, **kwargs): ...",
    ),
    "a signal is imported": ("signal", "households/apps.py", "from django.db.models.signals import post_save"),
    "a signal is named": (
        "signal",
        "households/apps.py",
        "from django.db.models import signals\nsignals.pre_save.connect(f)",
    ),
    "a class as view": ("class", "households/views/queue.py", "class Queue(ListView): ..."),
    "a long view": ("lines", "households/views/queue.py", "def queue(request):\n" + "    x = 1\n" * 25),
    "a long view by its decorators": (
        "lines",
        "households/views/queue.py",
        "@a\n@b\ndef queue(request):\n" + "    x = 1\n" * 23,
    ),
    "no methods": ("methods", "households/views/queue.py", "@never_cache\ndef queue(request): ..."),
    "a policy on a view": ("policy", "households/views/q.py", "@policies.staff\n@require_GET\ndef q(request): ..."),
    "a policy with arguments": ("policy", "households/views/q.py", "@policies.any_of('worker')\ndef q(request): ..."),
    "open to all": ("policy", "resilience/views.py", "@login_not_required\n@require_GET\ndef q(_request): ..."),
    "open to who is signed in": (
        "policy",
        "resilience/accounts/views.py",
        "@decorators.login_required\ndef q(request): ...",
    ),
    "a row for a viewer": (
        "relation",
        "households/views/q.py",
        "def q(request, uid):\n    return access.household(request.viewer, uid)",
    ),
    "get in a view": ("get", "households/views/queue.py", "def q(request):\n    return Grid.objects.get(pk=1)"),
    "get on a queryset": (
        "get",
        "households/views/queue.py",
        "def q(request):\n    return Grid.objects.open().get(pk=1)",
    ),
    "get_object_or_404": (
        "get",
        "households/views/queue.py",
        "def q(request):\n    return get_object_or_404(Grid, pk=1)",
    ),
    "rows for nobody's eyes": ("eyes", "households/rounds.py", "def f(pk):\n    return Visit.unscoped.filter(pk=pk)"),
    "the back door": ("eyes", "households/views/q.py", "def q(request):\n    return list(Visit._base_manager.all())"),
}
ALLOWED: dict[str, tuple[str, str, str]] = {
    "the roof imports everything": (
        "up",
        "resilience/urls.py",
        "from resilience.kitchen import urls\nimport households",
    ),
    "an area imports the core": ("up", "resilience/kitchen/models.py", "from households.models import Household"),
    "the kitchen draws stock": ("up", "resilience/kitchen/actions.py", "from resilience.supplies.actions import draw"),
    "any area posts a notice": ("up", "resilience/relief/actions.py", "from resilience.notices.actions import post"),
    "the core imports the floor": ("up", "households/models/visits.py", "from resilience.lib.dates import MAX_DATE"),
    "the outbox imports accounts": ("up", "resilience/outbox/models.py", "from resilience.accounts.models import User"),
    "views import what is below": (
        "core",
        "households/views/queue.py",
        "from households import access, actions, forms, policies",
    ),
    "forms import models": ("core", "households/forms/visits.py", "from households.models import Visit"),
    "siblings import each other": ("core", "households/models/visits.py", "from .requests import ServiceRequest"),
    "rules import models": ("pure", "households/care.py", "from households.models import CareRule"),
    "a top-level import": ("inner", "households/care.py", "import json\ndef due():\n    return json"),
    "a file of 400 lines": ("long", "households/care.py", "x = 1\n" * 400),
    "a store of sessions": (
        "save",
        "resilience/accounts/sessions.py",
        "class S(DatabaseStore):\n    def save(self): ...",
    ),
    "a function called save": ("save", "households/actions/visits.py", "def save(visit): ..."),
    "another signal": ("signal", "households/apps.py", "from django.db.models.signals import post_migrate"),
    "a form in views": ("class", "households/views/queue.py", "class Filter(Form): ..."),
    "a view of 25 lines": ("lines", "households/views/queue.py", "def q(request):\n" + "    x = 1\n" * 24),
    "a docstring is not counted": (
        "lines",
        "households/views/q.py",
        'def q(request):\n    """A\n    B"""\n' + "    x = 1\n" * 24,
    ),
    "a view with methods": ("methods", "households/views/q.py", "@require_http_methods(['GET'])\ndef q(request): ..."),
    "a view with its methods only": ("policy", "households/views/q.py", "@require_GET\ndef q(request): ..."),
    "a row for a request": (
        "relation",
        "households/views/q.py",
        "def q(request, uid):\n    return access.household(request, uid)",
    ),
    "rows for a viewer": (
        "relation",
        "households/views/q.py",
        "def q(request):\n    return scope.households_for(request.viewer)",
    ),
    "a helper": ("policy", "households/views/q.py", "def _part(request): ...\ndef label(household): ..."),
    "an error handler": ("methods", "resilience/views.py", "def csrf_failure(request, reason=''): ..."),
    "rows for a viewer's eyes": ("eyes", "households/rounds.py", "def f(v):\n    return Visit.objects.seen_by(v)"),
    "a verb's rows": ("eyes", "households/actions/visits.py", "def f(pk):\n    return Visit.unscoped.get(pk=pk)"),
    "get of a dictionary": ("get", "households/views/q.py", "def q(request):\n    return request.GET.get('x')"),
}
CHECKS: dict[str, Callable[[Module], list[str]]] = {
    "up": layers.upward,
    "core": layers.inside_core,
    "pure": layers.impure,
    "inner": layers.inner_imports,
    "long": layers.too_long,
    "save": layers.save_overrides,
    "signal": layers.lifecycle_signals,
    "class": layers.classes,
    "lines": layers.long_views,
    "methods": layers.without_methods,
    "policy": layers.says_who,
    "relation": layers.chosen_rows,
    "get": layers.unscoped_gets,
    "eyes": layers.unscoped_rows,
}


@pytest.mark.parametrize("name", PLANTED)
def test_it_catches(name: str) -> None:
    check, path, source = PLANTED[name]
    faults = CHECKS[check](read(path, source))
    assert len(faults) == 1
    assert path in faults[0]


@pytest.mark.parametrize("name", ALLOWED)
def test_it_allows(name: str) -> None:
    check, path, source = ALLOWED[name]
    assert CHECKS[check](read(path, source)) == []


def test_it_catches_two_modules_that_import_each_other() -> None:
    one = read("households/care.py", "from households.clocks import due")
    other = read("households/clocks.py", "from . import care")
    assert layers.two_way([one, other]) == ["households.care ⇄ households.clocks"]


def test_it_allows_a_second_way_for_types() -> None:
    one = read("households/care.py", "from households.clocks import due")
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import care"
    assert layers.two_way([one, read("households/clocks.py", source)]) == []


def test_it_catches_a_foreign_key_that_points_up() -> None:
    assert "points up" in layers.arrow_fault("households.models.visits", "resilience.kitchen.models")
    assert layers.arrow_fault("resilience.kitchen.models", "households.models.visits") == ""
    assert layers.arrow_fault("resilience.accounts.models", "django.contrib.auth.models") == ""


def test_every_check_has_a_planted_violation() -> None:
    assert {check for check, _path, _source in PLANTED.values()} == set(CHECKS)
    assert {check for check, _modules in RULES.values()} == set(CHECKS.values())
