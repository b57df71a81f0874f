"""The rows of the page that shows all answers. What stands around an answer is the same for everybody: it is kept."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

register = template.Library()

# What was asked, and where it is changed: the page, and the field on it.
_QUESTIONS = {
    "what": (gettext_lazy("What"), "ask", ""),
    "kind": (gettext_lazy("What exactly"), "ask-kind", ""),
    "urgency": (gettext_lazy("How urgent"), "ask", "#id_urgency_0"),
    "where": (gettext_lazy("Where"), "ask-where", ""),
    "text": (gettext_lazy("Your words"), "ask-details", "#id_text"),
    "photos": (gettext_lazy("Photos"), "ask-details", "#photos"),
    "name": (gettext_lazy("You"), "ask-details", "#id_name"),
    "their_name": (gettext_lazy("Who needs it"), "ask-details", "#id_their_name"),
    "every_days": (gettext_lazy("How often"), "ask-details", "#id_every_days"),
    "often": (gettext_lazy("How often"), "ask-often", ""),
}


@register.simple_block_tag
def answer(content: SafeString, question: str) -> SafeString:
    """`{% answer "text" %}{{ answers.text }}{% endanswer %}`: a row of `dl.summary`, with a way to change it."""
    before, after = _around_answer(get_language(), question)
    return SafeString(f"{before}{content}{after}")


@lru_cache(maxsize=100)
def _around_answer(_language: str | None, question: str) -> tuple[str, str]:
    label, page, field = _QUESTIONS[question]
    change = format_html(
        '<a href="{}{}">{}<span class="hidden-text"> {}</span></a>', reverse(page), field, _("Change"), label
    )
    return format_html("<div><dt>{}</dt><dd>", label), format_html('</dd>\n<dd class="change">{}</dd></div>', change)
