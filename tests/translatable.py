"""Every message of the code, read from its syntax: also where xgettext, which goes by names, is blind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from django.utils.translation.template import templatize

MODULE = "django.utils.translation"
# Which argument is the message, by the function's name without `_lazy` and `_noop`; the context is the first one.
_MESSAGE = {"gettext": 0, "ngettext": 0, "pgettext": 1, "npgettext": 1}
_IN_TEMPLATE = re.compile(r"(?<!\w)(_|n?p?gettext)\((.*?)\)(?= |$)", re.DOTALL)

Message = tuple[str, str]  # context or "", msgid


def python_messages(source: str) -> Iterator[tuple[Message | None, int]]:
    """Each call of a translating function by whatever name, with its line; None when its message is no literal."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == MODULE
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (function := _function(node.func, names)) in _MESSAGE:
            yield _message(function, node.args), node.lineno


def _function(called: ast.expr, names: dict[str, str]) -> str:
    """`gettext` of `_`, `_t`, `gettext_lazy` and `translation.gettext`; '' for any other function."""
    if isinstance(called, ast.Name):
        name = names.get(called.id, "")
    elif isinstance(called, ast.Attribute) and ast.unparse(called.value) in ("translation", MODULE):
        name = called.attr
    else:
        name = ""
    return name.removesuffix("_lazy").removesuffix("_noop")


def _message(function: str, arguments: list[ast.expr]) -> Message | None:
    said = [arg.value if isinstance(arg, ast.Constant) else None for arg in arguments]
    at = _MESSAGE[function]
    if len(said) <= at or not all(isinstance(words, str) for words in said[: at + 1]):
        return None
    return (str(said[0]) if at else "", str(said[at]))


def template_messages(source: str) -> Iterator[Message]:
    """Each `{% translate %}`, `{% blocktranslate %}` and `_("…")` of a template, as Django hands it to xgettext."""
    for found in _IN_TEMPLATE.finditer(templatize(source)):
        call = ast.parse(f"f({found[2]})", mode="eval").body
        function = "gettext" if found[1] == "_" else found[1]
        if isinstance(call, ast.Call) and (message := _message(function, call.args)):
            yield message
