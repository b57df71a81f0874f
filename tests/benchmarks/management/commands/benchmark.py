"""The measuring half of `python -m tests.benchmarks`, which has made the databases and the environment."""

from __future__ import annotations

import json
import platform
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from tests.benchmarks import measure, report
from tests.benchmarks.pages import FLOORS, PAGES
from tests.benchmarks.stage import Stage
from tests.benchmarks.wire import Wire, served

ALIASES = {"small": "default", "large": "large"}


class Command(BaseCommand):
    """Started by tests/benchmarks/__main__.py, never by hand."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in ("--small", "--large", "--rounds", "--calls"):
            parser.add_argument(name, type=int, required=True)
        for name in ("--cpu", "--profile", "--http"):
            parser.add_argument(name, action="store_true")
        parser.add_argument("--only", default="")
        parser.add_argument("--json", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        clock = time.thread_time if options["cpu"] else time.perf_counter
        stages = {size: Stage(alias, options[size], clock) for size, alias in ALIASES.items()}
        for stage in stages.values():
            started = time.perf_counter()
            with stage.on():
                stage.build()
            self._tell(f"{stage.rows:,} requests written in {time.perf_counter() - started:.0f} s")
        wanted = [page for page in PAGES if options["only"] in page.name]
        lines = [measure.Line(page) for page in [*FLOORS.values(), *wanted]]
        measure.look(lines, stages)
        if options["profile"]:
            self.stdout.write(measure.profile(lines, stages["large"], calls=options["calls"]))
            return
        with ExitStack() as undo:
            if options["http"]:
                for size, stage in stages.items():
                    port = undo.enter_context(served(ALIASES[size]))
                    with stage.on():
                        stage.open_to(*(Wire(port, who) for who in ("product", "floor", "bare")))
            measure.run(lines, stages, rounds=options["rounds"], calls=options["calls"], tell=self._tell)
        self._say(lines, options)

    def _say(self, lines: list[measure.Line], options: dict[str, Any]) -> None:
        floors = measure.floors_of(lines)
        about = {
            "database": connection.vendor,
            "python": platform.python_version(),
            "machine": platform.platform(),
            "clock": "processor" if options["cpu"] else "wall",
            "through": "granian" if options["http"] else "a function call",
            **{name: options[name] for name in ("small", "large", "rounds", "calls")},
        }
        heading = ", ".join(f"{name} {value}" for name, value in about.items())
        self.stdout.write(report.text(lines, floors, heading))
        if options["json"]:
            said = report.as_json(lines, floors, about)
            options["json"].write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")

    def _tell(self, what: str) -> None:
        self.stderr.write(what)
