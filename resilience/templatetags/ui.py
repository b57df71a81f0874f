"""How things look, from plain values: icons, chips, links that change one filter, masked phones. Knows no model.

Built in for every template (settings.TEMPLATES). Inside a row of a long list a tag costs more than the row's
SQL: call `icon_svg` and `chip` once per distinct value in the view and print the result.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.forms import BaseForm, BaseFormSet, BoundField
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from resilience.lib import dates
from resilience.lib.icons import icon_svg

register = template.Library()


# What a state looks like: tone (a class of base.css) and icon. The word beside it comes from the caller.
LOOKS: dict[str, tuple[str, str]] = {
    # a request
    "draft": ("t-off", "pencil"),
    "submitted": ("t-new", "send"),
    "accepted": ("t-new", "check"),
    "assigned": ("t-go", "user"),
    "in_progress": ("t-go", "footprints"),
    "progress": ("t-go", "footprints"),
    "open": ("t-new", "clock"),
    "for_now": ("t-good", "rotate-ccw"),
    "dropped": ("t-off", "circle-x"),
    "waiting": ("t-warn", "pause"),
    "resolved": ("t-good", "circle-check"),
    "closed": ("t-off", "lock"),
    "reopened": ("t-warn", "rotate-ccw"),
    "rejected": ("t-off", "circle-x"),
    "cancelled": ("t-off", "circle-x"),
    "merged": ("t-off", "merge"),
    # how urgent
    "life": ("t-bad", "triangle-alert"),
    "danger": ("t-bad", "triangle-alert"),
    "urgent": ("t-warn", "flag"),
    "ordinary": ("t-off", "clock"),
    # a clock
    "ok": ("t-off", "clock"),
    "soon": ("t-warn", "alarm-clock"),
    "overdue": ("t-bad", "triangle-alert"),
    "paused": ("t-off", "pause"),
    "done": ("t-good", "check"),
    # an answer
    "half_done": ("t-warn", "circle-help"),
    "not_done": ("t-bad", "circle-x"),
    "satisfied": ("t-good", "star"),
    "mostly": ("t-go", "star"),
    "not_satisfied": ("t-bad", "circle-x"),
    # a door
    "well": ("t-good", "check"),
    "due": ("t-warn", "footprints"),
    "needs": ("t-go", "heart-pulse"),
    "away": ("t-off", "door-closed"),
    "stale": ("t-warn", "history"),
    # how often somebody is to be contacted
    "red": ("t-bad", "heart-pulse"),
    "yellow": ("t-warn", "heart-pulse"),
    "green": ("t-good", "heart-pulse"),
}
_CN_INTERNATIONAL = 13  # digits of +86 and a mobile number
_NEUTRAL = ("t-off", "info")


def chip(look: str, label: object) -> SafeString:
    """A coloured pill: icon and word. `look` is a key of `LOOKS`; an unknown one is neutral."""
    tone, name = LOOKS.get(look, _NEUTRAL)
    return format_html('<span class="chip {}">{}{}</span>', tone, icon_svg(name), label)


@register.simple_tag(name="icon")
def icon(name: str) -> SafeString:
    """`{% icon "phone" %}`"""
    return icon_svg(str(name))


@register.simple_tag
def state_chip(state: str, label: object) -> SafeString:
    """`{% state_chip service_request.state service_request.get_state_display %}`; for an urgency, too."""
    return chip(str(state), label)


@register.simple_tag
def clock_chip(look: str, label: object, moment: str = "") -> SafeString:
    """`{% clock_chip "soon" "还有 20 分钟" moment %}`: look ok | soon | overdue | paused | done.

    `moment` (ISO 8601) makes it a `<time>`, so that the exact moment can be read by machines.
    """
    if not moment:
        return chip(look, label)
    tone, name = LOOKS.get(look, _NEUTRAL)
    return format_html('<time class="chip {}" datetime="{}">{}{}</time>', tone, moment, icon_svg(name), label)


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: Any) -> str:
    """This page's own query string with some parameters changed: `href="{% query_with state="open" page=None %}"`.

    None or "" removes a parameter; a list repeats it. Starts with '?', so that an empty one is still a link.
    """
    request = context.get("request")
    query: QueryDict = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query.setlist(key, [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)])
    return "?" + query.urlencode()


@register.simple_tag
def faults(*forms: BaseForm | BaseFormSet[Any] | str | None) -> list[tuple[str, str]]:
    """What is wrong in these forms (or formsets), in order: (id to jump to or "", the words beside the field)."""
    found: list[tuple[str, str]] = []
    for form in forms:
        if isinstance(form, BaseFormSet):
            found += [("", str(text)) for text in form.non_form_errors()] + faults(*form.forms)
        elif isinstance(form, BaseForm):
            found += [(_target(form, name), str(text)) for name, texts in form.errors.items() for text in texts]
    return list(dict.fromkeys(found))


@register.simple_tag
def optional(field: BoundField) -> SafeString:
    """The word '(optional)' beside the label of a field that is, unless `leave_optional_unsaid` took it away."""
    if field.field.required or getattr(field.field, "is_quiet_optional", False):
        return SafeString("")
    return format_html('<span class="optional"> {}</span>', _("(optional)"))


@register.simple_tag
def hint_and_error(field: BoundField) -> SafeString:
    """What helps with a field and what is wrong with it, with the ids that its input is described by."""
    hint = errors = ""
    if field.help_text:
        hint = format_html('<div class="hint" id="{}_helptext">{}</div>', field.auto_id, field.help_text)
    if field.errors:
        line = '<p class="error">{}<span><span class="hidden-text">{} </span>{}</span></p>'
        said = ((icon_svg("triangle-alert"), _("Error:"), fault) for fault in field.errors)
        errors = format_html('<div id="{}_error">{}</div>', field.auto_id, format_html_join("", line, said))
    return SafeString(hint + errors)


def _target(form: BaseForm, name: str) -> str:
    """The id that a link to a fault jumps to: the widget, the first choice of a group, or nothing."""
    if name not in form.fields or form[name].is_hidden or not form[name].auto_id:
        return ""
    return form[name].id_for_label or f"{form[name].auto_id}_0"


@register.filter
def phone(number: object) -> str:
    """A phone number with its middle hidden: 138 **** 5678. What is too short to hide usefully is hidden whole."""
    digits = re.sub(r"\D", "", str(number or ""), flags=re.ASCII)
    if len(digits) == _CN_INTERNATIONAL and digits.startswith("86"):
        digits = digits[2:]
    if not digits:
        return ""
    if len(digits) < 7:
        return "****"
    return f"{digits[:3]} **** {digits[-4:]}" if len(digits) >= 11 else f"**** {digits[-3:]}"


@register.filter
def since(moment: datetime | None) -> str:
    """'3 days ago'; nothing for None."""
    return "" if moment is None else dates.since_words(moment)


@register.filter
def day_words(moment: datetime) -> str:
    """'today', 'on Tuesday', 'on 7 March 2026': for a sentence."""
    return dates.day_words(moment)


@register.filter
def length_words(seconds: float | None) -> str:
    """'5 hours'; nothing for None."""
    return "" if seconds is None else dates.length_words(seconds)


@register.filter
def since_words(moment: datetime) -> str:
    """'3 days ago'; 'just now' within a minute."""
    return dates.since_words(moment)
