"""The story of a request as HTML. In Python, not in a template: its lines are most of the page they stand on."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from resilience.lib.dates import moment_words
from resilience.lib.icons import icon_svg

from ..request_story import StoryLine

register = template.Library()


@register.simple_tag
def story_lines(lines: Iterable[StoryLine]) -> SafeString:
    """The `<li>`s. Whatever people wrote is escaped here."""
    among = _("only among colleagues")
    among = f'<span class="chip t-off">{icon_svg("eye-off")}{escape(among)}</span>'
    return SafeString("".join([_line(line, among) for line in lines]))


def _line(line: StoryLine, among: str) -> str:
    other = f' · <a href="{reverse("request", args=[line.other])}">{line.other}</a>' if line.other else ""
    return (
        f'<li><p class="row"><strong>{icon_svg(line.icon)} {escape(line.what)}</strong>'
        f"{'' if line.is_public else among}"
        f'<p class="muted">{escape(line.who)} · '
        f'<time datetime="{line.at.isoformat()}">{moment_words(line.at)}</time>{other}'
        f"{_words(line.note) if line.note else ''}{_photos(line.photos) if line.photos else ''}\n"
    )


def _words(note: str) -> str:
    return f'<p class="words">{escape(note).replace(chr(10), "<br>")}'


def _photos(urls: Iterable[str]) -> str:
    alt = escape(_("Photo"))
    shown = "".join([f'<li><a href="{url}"><img src="{url}" alt="{alt}" loading="lazy"></a>' for url in urls])
    return f'<ul class="photos">{shown}</ul>'
