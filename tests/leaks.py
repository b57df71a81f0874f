"""Reads every log line, warning and mail of the test run for somebody's data: one that names anybody fails its test.

What the tests' people are called, their phones and numbers, the words planted in their files (`tests.canaries`), and
every secret that leads to a record: none of it may stand where operators, and whoever gets at a log, would read it.

Left out on purpose: what a channel of the outbox sends (`resilience.outbox`), which is a message to the very person;
and what the terminal of whoever runs a command of `manage.py` shows, as they asked for it.
"""

from __future__ import annotations

import json
import logging
import re
from unittest import TestCase

from django.core import mail as django_mail

from resilience.lib.logs import Lines

# The cast's names (`tests.base`) and the words of planted worlds; no other test data contains them.
NAMES = (
    "王秀英", "李国强", "张不可见", "王小明", "王建军", "马晓兰", "赵建国", "孙玉梅", "陈静",
    "金雀", "不可见",
)  # fmt: skip
# All phones of the tests are 199 0000 ... and nobody's; ID numbers begin with a division of Lanzhou.
NUMBERS = re.compile(r"199[ -]?0\d{3}[ -]?\d{4}|6201\d{2}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx]")
# The link of a request, the key of a door, and what a session or a signed cookie holds.
SECRETS = re.compile(r"/(?:track|h)/(?=[\w-]{20})[\w-]+|\b(?:sessionid|csrftoken|draft)=\S+")
# Django's own, with what is written into every column: only a test listens, as a server refuses to run with DEBUG.
_STATEMENTS = "django.db.backends"
_CANARIES = re.compile("|".join((*map(re.escape, NAMES), NUMBERS.pattern, SECRETS.pattern)))


# What chance makes: the ids of records, nonces, keys of links.
_CHANCE = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[\w-]{24,}", re.ASCII)


def without_chance(text: str) -> str:
    """For tests that look for a short word: a door's 502 stands in one id of a hundred too."""
    return _CHANCE.sub("", text)


def found_in(text: str) -> list[str]:
    """The canaries in it, each once."""
    return sorted(set(_CANARIES.findall(text)))


class Collector(logging.Handler):
    """Reads each record as operators would: through the formatter of our settings, its traceback included."""

    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.leaks: list[str] = []
        self.lines = 0

    def listen(self) -> None:
        """Among the handlers of the root logger, as the one of our settings is, whose formatter it takes."""
        root = logging.getLogger()
        ours = [handler.formatter for handler in root.handlers if isinstance(handler.formatter, Lines)]
        assert ours, "LOGGING names the formatter that leaves out what is somebody's"
        self.setFormatter(ours[0])
        root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == _STATEMENTS:
            return
        self.lines += 1
        line = self.format(record)  # JSON in ASCII: names are escaped in it
        self.look(f"log of {record.name}", json.dumps(json.loads(line), ensure_ascii=False))

    def look(self, where: str, text: str) -> None:
        if leaked := found_in(text):
            self.leaks.append(f"{where}: {', '.join(leaked)} in: {text[-400:]}")

    def look_at_mails(self) -> None:
        for mail in getattr(django_mail, "outbox", []):
            self.look("mail", f"{mail.subject}\n{mail.body}")

    def told(self) -> list[str]:
        """What leaked since it was asked last."""
        leaks, self.leaks = self.leaks, []
        return leaks


COLLECTOR = Collector()


def hush(case: TestCase) -> None:
    """Let nobody but the collector hear what is logged during a test: pytest would keep every line of thousands."""
    root = logging.getLogger()
    deaf = [handler for handler in root.handlers if not isinstance(handler, Collector)]
    for handler in deaf:
        root.removeHandler(handler)
        case.addCleanup(root.addHandler, handler)
