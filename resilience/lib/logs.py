"""What a log line may say: what happened, where in the code, at what kind of address. Never of whom.

A path may be the secret that opens a request, and the message of an exception quotes what somebody typed, or, from
PostgreSQL, the whole row that it refused. So neither is written: of a path its shape, of an exception its type and
the lines of code it came through. Say other things about a row by its id (`lib.rows`).
"""

from __future__ import annotations

import copy
import logging
import re
import traceback
from types import TracebackType
from typing import Any

_WORD = re.compile(r"[a-z][a-z_-]{0,19}", re.ASCII)  # a segment of our own addresses; no id or code looks like one
_HIDDEN = "…"
_Raised = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)  # as `sys.exc_info` gives it


def shape(path: str) -> str:
    """`/track/…/note/`: a path without what is different from record to record."""
    return "/".join(part if not part or _WORD.fullmatch(part) else _HIDDEN for part in path[:2_000].split("/"))


class NamelessFormatter(logging.Formatter):
    """Leaves out of every record what might be somebody's."""

    def format(self, record: logging.LogRecord) -> str:
        request: Any = getattr(record, "request", None)  # Django adds it to whatever is about one
        path = getattr(request, "path", None)
        if path:
            record = copy.copy(record)
            said = record.args if isinstance(record.args, tuple) else ()
            escaped = path.encode("unicode_escape").decode("ascii")  # as Django logs it
            record.args = tuple(shape(path) if each in (path, escaped) else each for each in said) or record.args
        record.exc_text = None  # as another handler has formatted it
        return super().format(record)

    def formatException(self, ei: _Raised) -> str:
        """The code it came through and its type, the cause first."""
        fault, lines = ei[1], list[str]()
        seen = set[int]()
        while fault is not None and id(fault) not in seen:
            seen.add(id(fault))
            kind = type(fault)
            lines[:0] = [*traceback.format_tb(fault.__traceback__), f"{kind.__module__}.{kind.__qualname__}\n"]
            fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
        return "".join(lines).rstrip("\n")
