"""`manage.py retention`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from households import reference
from households.actions.retention import apply_due, list_due
from households.models import DueRow, Subject
from households.retention import ABOUT, LISTED_FOR, due


class Command(BaseCommand):
    help = "List what the rules of retention no longer keep; with --apply, forget what has been on the list for a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="forget what was listed at least a day ago")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apply"]:
            for subject, count in apply_due().items():
                self.stdout.write(f"{subject}: {count} gone")
        listed = list_due()
        for subject in Subject:
            self.stdout.write(f"{subject}: {self._told(subject, listed)}")
        self.stdout.write(f"What is listed may go after {LISTED_FOR.days} day: by --apply, or by the daily chore.")

    def _told(self, subject: Subject, listed: dict[Subject, int]) -> str:
        days = reference.retention().get(subject)
        if days is None:
            return "no rule, kept for good"
        if subject not in ABOUT:
            return f"kept {days} days"
        first = DueRow.objects.filter(subject=subject).order_by("listed_at").values_list("listed_at", flat=True).first()
        since = f", the first since {first:%Y-%m-%d %H:%M}" if first else ""
        return f"kept {days} days, {due(subject).count()} due, {listed[subject]} listed{since}"
