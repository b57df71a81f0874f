"""`manage.py policies`: who may open which address, and what they must be to the thing it names, as a table to read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import override

from households.models import Role
from households.viewer import ADMINISTRATOR
from resilience.lib.policies import Opens, Policy, addresses, policy_named


class Command(BaseCommand):
    help = "Print every address with who may open it and what they must be to the thing it names (Markdown)."

    def add_arguments(self, parser: CommandParser) -> None:
        languages = [code for code, _name in settings.LANGUAGES]
        parser.add_argument("--language", choices=languages, default=settings.LANGUAGE_CODE)

    def handle(self, *args: Any, **options: Any) -> None:
        with override(options["language"]):
            head = [_("Address"), _("Name"), _("Who may open it"), _("What it names"), _("What they must be to it")]
            rows = [head, ["---"] * len(head), *_rows()]
            self.stdout.write("\n".join(f"| {' | '.join(cells)} |" for cells in rows))


def _rows() -> list[list[str]]:
    """All of the administration is one row."""
    found: dict[str, list[str]] = {}
    for name, route in addresses():
        is_inner = name.startswith("admin:")
        shown, path = ("admin:*", "admin/…") if is_inner else (name, route)
        policy = policy_named(name)
        found.setdefault(shown, [f"`/{path}`", f"`{shown}`", *(_cells(policy) if policy else [_("nobody"), "", ""])])
    return list(found.values())


def _cells(policy: Policy) -> list[str]:
    needs = _(", ").join(sorted(str(need.label) for need in policy.needs))
    return [_who(policy), str(policy.about), needs]


def _who(policy: Policy) -> str:
    if policy.opens != Opens.ROLES:
        return str(policy.opens.label)
    words = {role.value: str(role.label) for role in Role} | {ADMINISTRATOR: _("administrator")}
    return _(", ").join(word for role, word in words.items() if role in policy.roles)
