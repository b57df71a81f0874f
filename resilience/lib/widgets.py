"""A form's inputs as HTML, as Django's own widget templates write them but for white space between tags.

In Python: those templates include one another three deep for each input, and a form of ten costs more than its page.
Whatever is not listed here is left to its template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]  # what a widget's get_context gives as "widget"


class Renderer(TemplatesSetting):
    """Named by FORM_RENDERER."""

    field_template_name = "includes/_field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        write = _WRITERS.get(template_name)
        return SafeString(write(context["widget"]) if write else super().render(template_name, context, request))


def _escape(value: object) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


def _attributes(attrs: Mapping[str, object]) -> str:
    shown = [(name, value) for name, value in attrs.items() if value is not False]
    return "".join([f" {name}" if value is True else f' {name}="{_escape(value)}"' for name, value in shown])


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_escape(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{_escape(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _input_option(widget: Widget) -> str:
    """One radio button or checkbox of several, with its label around it where it is asked for."""
    if not widget["wrap_label"]:
        return _input(widget)
    points_to = f' for="{_escape(widget["attrs"]["id"])}"' if widget["attrs"].get("id") else ""
    return f"<label{points_to}>{_input(widget)} {_escape(widget['label'])}</label>"


def _textarea(widget: Widget) -> str:
    value = _escape(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{_escape(widget["name"])}"{_attributes(widget["attrs"])}>\n{value}</textarea>'


def _select(widget: Widget) -> str:
    groups = "".join([_group(name, options) for name, options, _number in widget["optgroups"]])
    return f'<select name="{_escape(widget["name"])}"{_attributes(widget["attrs"])}>{groups}</select>'


def _group(name: str | None, options: list[Widget]) -> str:
    shown = "".join([_option(option) for option in options])
    return f'<optgroup label="{_escape(name)}">{shown}</optgroup>' if name else shown


def _option(option: Widget) -> str:
    attributes = _attributes(option["attrs"])
    return f'<option value="{_escape(option["value"])}"{attributes}>{_escape(option["label"])}</option>'


_WRITERS: dict[str, Callable[[Widget], str]] = {
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
    **{
        f"django/forms/widgets/{name}.html": _input
        for name in ("checkbox", "date", "email", "file", "hidden", "input", "number", "password", "text", "time")
    },
    **{f"django/forms/widgets/{name}.html": _input_option for name in ("checkbox_option", "radio_option")},
}
