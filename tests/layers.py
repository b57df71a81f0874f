"""Reads the project's imports and views as syntax trees, and says where they break the house rules.

The rules are those of architecture.md; `tests/test_layers.py` applies them to the project and shows, on planted
violations, that each is caught. Nothing here imports what it judges.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ("resilience", "households")

# --- the picture: who may point at whom -----------------------------------------------------------
LIB, FLOOR, CORE, AREA, ROOF = range(5)
_FLOOR = {"accounts": FLOOR, "audit": FLOOR, "outbox": FLOOR, "keys": FLOOR, "lib": LIB, "formats": LIB}
# The roof in `resilience`: these packages and every module; every other package there is an area.
_ROOF = {"demo", "gate", "management", "templatetags", "urls", "views", "checks"}
# Areas do not import each other, but for these.
_AREA_MAY = {("kitchen", "supplies")}
_FOR_ALL_AREAS = {"notices"}
_STOREY = {LIB: "lib", FLOOR: "the floor", CORE: "the core", AREA: "an area", ROOF: "the roof"}

# Inside `households`: what each layer must not know. Other modules there (care, clocks, …) are rules.
_ABOVE_SCOPE = {"actions", "forms", "views", "admin", "urls", "policies", "management"}
_ABOVE_MODELS = _ABOVE_SCOPE | {"scope", "colleagues", "access"}
_MUST_NOT_KNOW = {
    "models": _ABOVE_MODELS,
    "actions": {"forms", "views", "admin", "urls", "management"},
    "access": _ABOVE_SCOPE - {"policies"},
    "scope": _ABOVE_SCOPE | {"access", "colleagues"},
    "colleagues": _ABOVE_SCOPE,
    "policies": {"actions", "forms", "views", "admin", "urls", "management"},
    "forms": {"views", "admin", "urls", "management"},
    "views": {"admin", "urls", "management"},
    "templatetags": {"actions", "forms", "views", "admin", "urls", "management"},
    "rules": _ABOVE_MODELS,
}
_PURE = {"care", "clocks", "phases", "dispatch"}
_NOT_PURE = ("django.http", "django.template", "django.shortcuts", "django.urls", "django.contrib", "django_htmx")
_LAYERS = _ABOVE_MODELS | {"models", "templatetags"}

_LIFECYCLE = {"pre_save", "post_save", "pre_delete", "post_delete", "pre_init", "post_init", "m2m_changed"}
_METHODS = {"require_GET", "require_POST", "require_safe", "require_http_methods"}
_LETS_IN = {
    "login_required", "login_not_required", "permission_required", "user_passes_test", "staff_member_required",
}  # fmt: skip
# What `access` and `colleagues` fetch by the id in an address.
_ONE_ROW = {
    "household", "household_file", "resident", "building", "person", "service_request", "service_requests",
    "visit_photo", "resident_or_guest", "campaign", "ended_campaign", "dormant_person", "invitation",
    "data_request", "export", "export_to_decide",
}  # fmt: skip
_NOBODYS = {"unscoped", "_base_manager", "_default_manager"}
_OWN_WORK = {"actions", "admin", "management", "demo", "models"}
_OWN_WORK_TOO = {
    "households.retention", "households.holdings", "households.tombstones", "resilience.exports.receivers",
}  # fmt: skip
# Called by Django itself, with an exception or a reason: no URL leads to them.
_HANDLERS = {"bad_request", "permission_denied", "page_not_found", "server_error", "csrf_failure"}
LONGEST_VIEW = 25
LONGEST_FILE = 400


@dataclass(frozen=True)
class Module:
    """One file of the project, read."""

    name: str  # dotted, as imported
    path: str
    source: str
    is_package: bool = False

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source, self.path)

    def at(self, node: ast.AST) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True)
class Import:
    """One name that a module imports, as far as it can be told: `households.models.Grid`."""

    target: str
    node: ast.AST
    for_types_only: bool = False


def modules(root: Path = ROOT) -> list[Module]:
    """Every Python file of the project but the migrations."""
    found = []
    for package in PROJECT:
        for path in sorted((root / package).rglob("*.py")):
            relative = path.relative_to(root)
            if "migrations" not in relative.parts:
                found.append(read(str(relative), path.read_text(encoding="utf-8")))
    return found


def read(path: str, source: str) -> Module:
    """A module from its path below the root and its source."""
    parts = Path(path).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if is_package else parts), path, source, is_package)


# --- imports --------------------------------------------------------------------------------------
def imports(module: Module) -> Iterator[Import]:
    """Every import of a module, wherever it stands, relative ones resolved."""
    tree = module.tree
    typed = {id(child) for node in ast.walk(tree) if _is_type_checking(node) for child in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node, id(node) in typed) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            yield from (Import(f"{base}.{alias.name}", node, id(node) in typed) for alias in node.names)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    parts = parts[: len(parts) - node.level + (1 if module.is_package else 0)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def storey(name: str) -> int:
    """On which storey of the house a dotted name of the project lives."""
    package, _, rest = name.partition(".")
    if package == "households":
        return CORE
    first = rest.split(".")[0]
    return _FLOOR.get(first, AREA if is_area(name) else ROOF)


def is_area(name: str) -> bool:
    """Whether a dotted name belongs to an area: a package of `resilience` that is neither floor nor roof."""
    parts = name.split(".")
    if parts[0] != "resilience" or len(parts) < 2 or parts[1] in _FLOOR or parts[1] in _ROOF:
        return False
    return not (ROOT / "resilience" / f"{parts[1]}.py").exists()


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in PROJECT


def arrow_fault(source: str, target: str) -> str:
    """Why `source` may not know `target`, both dotted names of the project; empty if it may."""
    if not _is_ours(target) or not _is_ours(source):
        return ""
    above, here = storey(target), storey(source)
    if above > here:
        return f"points up: {source} ({_STOREY[here]}) knows {target} ({_STOREY[above]})"
    if above == here == AREA:
        one, other = source.split(".")[1], target.split(".")[1]
        if one != other and (one, other) not in _AREA_MAY and other not in _FOR_ALL_AREAS:
            return f"area to area: {source} knows {target}"
    return ""


def upward(module: Module) -> list[str]:
    """Imports that point up the house, or from one area into another."""
    found = ((found, arrow_fault(module.name, found.target)) for found in imports(module))
    return [f"{module.at(where.node)} {fault}" for where, fault in found if fault]


def layer_of(name: str) -> str:
    """Which layer of the core a dotted name is in: models, actions, …, or `rules` for the modules beside them."""
    parts = name.split(".")
    if parts[0] != "households" or len(parts) < 2:
        return ""
    return parts[1] if parts[1] in _LAYERS else "rules"


def inside_core(module: Module) -> list[str]:
    """Imports inside the core that point up its layers."""
    here = layer_of(module.name)
    forbidden = _MUST_NOT_KNOW.get(here, set())
    return [
        f"{module.at(found.node)} {here} must not know {layer_of(found.target)}: {found.target}"
        for found in imports(module)
        if layer_of(found.target) in forbidden
    ]


def impure(module: Module) -> list[str]:
    """Requests, templates or URLs in the pure rule modules of the core."""
    if module.name.removeprefix("households.").split(".")[0] not in _PURE:
        return []
    return [
        f"{module.at(found.node)} a pure rule knows {found.target}"
        for found in imports(module)
        if found.target.startswith(_NOT_PURE) or found.target == "resilience.lib.http"
    ]


def two_way(all_modules: Iterable[Module]) -> list[str]:
    """Pairs of modules that import each other (imports for types alone do not count)."""
    by_name = {module.name: module for module in all_modules}
    edges = {
        (module.name, target)
        for module in by_name.values()
        for found in imports(module)
        if not found.for_types_only and (target := _module_of(found.target, by_name)) and target != module.name
    }
    return sorted(f"{one} ⇄ {other}" for one, other in edges if one < other and (other, one) in edges)


def _module_of(target: str, known: Iterable[str]) -> str:
    """The module that an imported name stands in: itself, or the one that holds it."""
    if target in known:
        return target
    holder = target.rpartition(".")[0]
    return holder if holder in known else ""


# --- habits ---------------------------------------------------------------------------------------
def inner_imports(module: Module) -> list[str]:
    """Imports inside a function. The bootstrap may: it runs before anything is installed."""
    if module.name == "resilience.bootstrap":
        return []
    return sorted(
        {
            f"{module.at(inner)} import inside {function.name}()"
            for function in ast.walk(module.tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for inner in ast.walk(function)
            if isinstance(inner, ast.Import | ast.ImportFrom)
        }
    )


def too_long(module: Module) -> list[str]:
    """Files with more lines than one can keep in mind."""
    lines = module.source.count("\n")
    return [f"{module.path} has {lines} lines, more than {LONGEST_FILE}"] if lines > LONGEST_FILE else []


def save_overrides(module: Module) -> list[str]:
    """`save` written anew in a class, but a store of sessions: what happens then is a verb in actions/."""
    return [
        f"{module.at(method)} {holder.name}.save() is overridden: write a verb in actions/"
        for holder in ast.walk(module.tree)
        if isinstance(holder, ast.ClassDef) and not any(ast.unparse(base).endswith("Store") for base in holder.bases)
        for method in holder.body
        if isinstance(method, ast.FunctionDef) and method.name == "save"
    ]


def lifecycle_signals(module: Module) -> list[str]:
    """Signals that Django sends for every save and delete."""
    return [
        f"{module.at(found.node)} {found.target.rpartition('.')[2]}: a lifecycle signal; call a verb instead"
        for found in imports(module)
        if found.target.startswith("django.db.models.signals.") and found.target.rpartition(".")[2] in _LIFECYCLE
    ] + [
        f"{module.at(node)} signals.{node.attr}: a lifecycle signal; call a verb instead"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in _LIFECYCLE
    ]


# --- views ----------------------------------------------------------------------------------------
def is_views(module: Module) -> bool:
    return "views" in module.name.split(".")[1:]


def views(module: Module) -> Iterator[ast.FunctionDef]:
    """The views of a module: public functions whose first argument is the request, but for Django's error handlers."""
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name not in _HANDLERS:
            first = [*node.args.posonlyargs, *node.args.args][:1]
            if first and first[0].arg in {"request", "_request"}:
                yield node


def long_views(module: Module) -> list[str]:
    """Views of more than 25 lines, decorators counted, docstring not."""
    return [
        f"{module.at(view)} the view {view.name}() has {length} lines, more than {LONGEST_VIEW}"
        for view in views(module)
        if (length := _length(view)) > LONGEST_VIEW
    ]


def _length(view: ast.FunctionDef) -> int:
    first = min([view.lineno, *(decorator.lineno for decorator in view.decorator_list)])
    lines = (view.end_lineno or view.lineno) - first + 1
    opening = view.body[0]
    if isinstance(opening, ast.Expr) and isinstance(opening.value, ast.Constant) and ast.get_docstring(view):
        lines -= (opening.end_lineno or opening.lineno) - opening.lineno + 1
    return lines


def without_methods(module: Module) -> list[str]:
    """Views that do not say which HTTP methods they answer."""
    return [
        f"{module.at(view)} the view {view.name}() wears no {'/'.join(sorted(_METHODS))}"
        for view in views(module)
        if not any(_name(decorator).rpartition(".")[2] in _METHODS for decorator in view.decorator_list)
    ]


def says_who(module: Module) -> list[str]:
    """Views that say by a decorator who may open them: the table of policies does, and nothing beside it."""
    return [
        f"{module.at(view)} the view {view.name}() wears @{name}: who may open it is a row of policies.py"
        for view in views(module)
        for decorator in view.decorator_list
        if _is_policy(name := _name(decorator))
    ]


def _is_policy(name: str) -> bool:
    return name.startswith("policies.") or name.rpartition(".")[2] in _LETS_IN


def chosen_rows(module: Module) -> list[str]:
    """Views that choose the relation themselves: a thing comes by the request, whose policy says what is enough."""
    return [
        f"{module.at(node)} {ast.unparse(node.func)}({ast.unparse(node.args[0])}, …): hand it the request"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) in ("access", "colleagues")
        and node.func.attr in _ONE_ROW
        and node.args
        and "viewer" in ast.unparse(node.args[0])
    ]


def _name(decorator: ast.expr) -> str:
    """`policies.worker` of both `@policies.worker` and `@policies.worker(…)`."""
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)


def unscoped_gets(module: Module) -> list[str]:
    """Views that fetch a row past access.py."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            if ".objects" in f".{ast.unparse(node.func.value)}":
                found.append(f"{module.at(node)} objects.get() in a view: fetch through access.py")
        elif isinstance(node, ast.Call) and _name(node).rpartition(".")[2] == "get_object_or_404":
            found.append(f"{module.at(node)} get_object_or_404() in a view: fetch through access.py")
    return found


def unscoped_rows(module: Module) -> list[str]:
    """Reads rows about people for nobody's eyes (`resilience.lib.scoped`), where it is not the community's own work."""
    if _works_for_the_community(module.name):
        return []
    return [
        f"{module.at(node)} {ast.unparse(node)}: say for whose eyes, `objects.seen_by(viewer)`"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in _NOBODYS
        if not (isinstance(node.value, ast.Name) and node.value.id == "cls")
    ]


def _works_for_the_community(name: str) -> bool:
    """Verbs on rows that `access` has given out, daily jobs, the administration, the demo."""
    return not _OWN_WORK.isdisjoint(name.split(".")) or name in _OWN_WORK_TOO


def classes(module: Module) -> list[str]:
    """Views written as classes."""
    return [
        f"{module.at(node)} class {node.name}: a view is a function"
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("View") for base in node.bases)
    ]
