"""`manage.py demo`: a believable place in half a minute, then the site itself.

What it says is in Chinese and in English at once: it is the first thing a stranger runs.
"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from households.models import Household
from resilience.demo.fill import Filled, fill, is_filled
from resilience.demo.place import ADMIN, AUDITOR, DESK, HOUSEHOLDS, PASSWORD, SUPERVISOR, VOLUNTEERS, WORKERS
from resilience.demo.serve import NotServed, free_port, serve

MOST_HOUSEHOLDS = 50_000
_STAGES = {
    "tables": "准备表格和行政区划 / tables and divisions",
    "households": "住进居民、走访四周 / households, and four weeks of visits",
    "requests": "经历四周诉求 / four weeks of requests",
}


class Command(BaseCommand):
    help = "Fill a believable neighbourhood (once) and serve it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households", type=int, default=HOUSEHOLDS, help="how many doors (1 to 50,000)")
        parser.add_argument("--seed", type=int, default=2022, help="another seed, another neighbourhood")
        parser.add_argument(
            "--fresh", action="store_true", help="empty the demo's database first, whatever was done in it"
        )
        parser.add_argument("--no-serve", action="store_true", help="fill only")
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets phones in your network in")
        parser.add_argument("--port", type=int, default=8000, help="the next free one is taken when it is busy")

    def handle(self, *args: Any, **options: Any) -> None:
        _survive_any_terminal()
        _refuse(options)
        self.stdout.write("正在准备演示，大约半分钟。 / Preparing the demo, about half a minute.")
        call_command("migrate", verbosity=0, interactive=False)
        if options["fresh"]:
            _empty()
        self._tell(fill(options["households"], options["seed"], self._progress))
        if not options["no_serve"]:
            self._serve(options["host"], options["port"])

    def _progress(self, stage: str, share: float) -> None:
        """One line a stage, redrawn on a terminal, written once elsewhere."""
        if self.stdout.isatty():
            done = "✓" if share >= 1 else f"{share:4.0%}"
            self.stdout.write(f"\r  {done:>4} {_STAGES[stage]}", ending="\n" if share >= 1 else "")
            self.stdout.flush()
        elif share >= 1:
            self.stdout.write(f"  ✓ {_STAGES[stage]}")

    def _tell(self, filled: Filled) -> None:
        if filled.households:
            self.stdout.write(
                f"已准备好：{filled.households} 户，{filled.requests} 件诉求。"
                f" / Ready: {filled.households} households, {filled.requests} requests."
            )
            return
        if filled.moved_days:
            self.stdout.write(
                f"演示数据已经在了，所有日期往后移了 {filled.moved_days} 天，接着上次的样子。"
                f" / The demo is there already; every date was moved by {filled.moved_days} d, to where you left it."
            )
        else:
            self.stdout.write("演示数据已经在了，没有改动。 / The demo is there already; nothing was changed.")
        self.stdout.write(f"  数据库 / database: {_database()}\n  重新开始 / to begin anew: manage.py demo --fresh")

    def _serve(self, host: str, wanted: int) -> None:
        try:
            port = free_port(host, wanted)
            if port != wanted:
                self.stdout.write(f"端口 {wanted} 被占用，改用 {port}。 / Port {wanted} is busy, so {port} it is.")
            serve(host, port, self._say_where, self.stdout.write)
        except NotServed as fault:
            raise CommandError(str(fault)) from None

    def _say_where(self, address: str) -> None:
        lead, *workers = WORKERS
        people = [
            (ADMIN[0], ADMIN[1], "管理员 / administrator"),
            *((username, name, "社区工作人员 / desk") for username, name in DESK),
            (lead[0], lead[1], "网格长 / grid lead"),
            *((username, name, "网格员 / grid worker") for username, name in workers),
            *((username, name, "志愿者 / volunteer") for username, name in VOLUNTEERS),
            (*SUPERVISOR, "街道督导 / supervisor of the subdistrict"),
            (*AUDITOR, "审计员 / auditor of the district"),
        ]
        self.stdout.write(f"\n  居民 / residents:  {address}\n  登录 / sign in:    {address}start/\n")
        for username, name, what in people:
            self.stdout.write(f"    {username:<11}{what}  {name}")
        self.stdout.write(f"  密码都是 / password of all: {PASSWORD}")
        self.stdout.write(
            "  演示不要求第二重验证，正式系统要求（SECOND_FACTOR）。"
            " / The demo asks for no second factor; a real place does (SECOND_FACTOR)."
        )
        self.stdout.write("\n按 Ctrl-C 停止。 / Ctrl-C stops it.")
        self.stdout.flush()


def _refuse(options: dict[str, Any]) -> None:
    if settings.PRODUCTION:
        raise CommandError(
            "PRODUCTION=1：演示里的人是虚构的，密码人人都知道，不能放进正式系统。"
            " / The demo's people are invented and its passwords known to all: it does not belong here."
        )
    if not 1 <= options["households"] <= MOST_HOUSEHOLDS:
        raise CommandError(f"--households: 1–{MOST_HOUSEHOLDS}")
    if not 1 <= options["port"] <= 65_535:
        raise CommandError("--port: 1–65535")


def _empty() -> None:
    """Only what is a demo's, or nobody's yet."""
    if Household.unscoped.exists() and not is_filled():
        raise CommandError(
            f"--fresh: {_database()} 里不是演示数据，没有清空。"
            " / That database does not hold the demo; nothing was emptied."
        )
    call_command("flush", verbosity=0, interactive=False)


def _database() -> str:
    """Where the data really is, without its password."""
    used = settings.DATABASES["default"]
    where = f"{used['HOST']}:{used['PORT'] or 5432}/" if used.get("HOST") else ""
    return f"{used['ENGINE'].rpartition('.')[2]} {where}{used['NAME']}"


def _survive_any_terminal() -> None:
    """A terminal that cannot show Chinese shows question marks instead of ending us."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
