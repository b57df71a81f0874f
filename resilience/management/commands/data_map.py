"""`manage.py data_map`: every field, how delicate it is, what for, on which legal basis, how long."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from resilience.data_map import Row, rows
from resilience.lib.crypto import BlindIndexField

COLUMNS = ("field", "level", "stored", "purpose", "basis", "retention", "reason")


class Command(BaseCommand):
    help = "Print what is kept: a row for every field of every table."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("text", "csv", "json"), default="text")
        parser.add_argument("--lang", choices=[code for code, _name in settings.LANGUAGES], default="en")

    def handle(self, *args: Any, **options: Any) -> None:
        with override(options["lang"]):
            found = [told(row) for row in rows()]
        if missing := [row["field"] for row in found if not row["level"]]:
            raise CommandError(f"Nobody has classified: {', '.join(missing)}")
        {"text": self._text, "csv": self._csv, "json": self._json}[options["format"]](found)

    def _text(self, found: list[dict[str, str]]) -> None:
        shown = ("field", "level", "stored", "retention", "purpose")
        widths = {name: max(_width(row[name]) for row in found) for name in shown}
        for row in ({name: name for name in shown}, *found):
            line = "  ".join(row[name] + " " * (widths[name] - _width(row[name])) for name in shown)
            self.stdout.write(line.rstrip())

    def _csv(self, found: list[dict[str, str]]) -> None:
        table = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(found)

    def _json(self, found: list[dict[str, str]]) -> None:
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))


def told(row: Row) -> dict[str, str]:
    """In the language that is active."""
    return {"field": row.where, **dict(_told(row))}


def _told(row: Row) -> Iterator[tuple[str, str]]:
    held = row.held
    index = isinstance(row.field, BlindIndexField)
    yield "level", str(held.level.label) if held else ""
    yield "stored", "fingerprint" if index else "sealed" if row.is_sealed else "plain"
    yield "purpose", str(held.use.purpose) if held else ""
    yield "basis", str(held.use.basis) if held else ""
    yield "retention", str(held.use.retention.words) if held else ""
    yield "reason", str(held.reason) if held else ""


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
