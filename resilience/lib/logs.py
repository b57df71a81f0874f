"""What the log holds: a moment, a place in the code, the shape of an address. Never what somebody typed.

A path can carry the secret of a resident's link, an exception's words a phone number that the database refused. So a
line has the route instead of the path, and of an exception its kind and where it was raised, not its words.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

_OURS = Path(__file__).resolve().parent.parent.parent
_URL = re.compile(r"(https?://[^\s/]+)/\S*")
_FRAMES = 12  # the innermost; more would bury them
_CHAIN = 4  # of exceptions that led to one another


class Lines(logging.Formatter):
    """One line of JSON a record, ASCII only: whatever a value holds, it neither ends the line nor starts another."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        request: Any = getattr(record, "request", None)
        if hasattr(request, "path"):
            line |= {"said": _said(record, request.path), "method": request.method, "route": _route(request)}
            if by := _by(request):
                line["by"] = by
        else:
            line["said"] = record.getMessage()
        if number := getattr(request, "fault_number", ""):
            line["fault"] = number
        if status := getattr(record, "status_code", None):
            line["status"] = status
        if record.exc_info and record.exc_info[1]:
            line["raised"] = raised(record.exc_info[1])
        return json.dumps(line, default=str)


def _by(request: Any) -> str:
    """The uid of who is signed in, if the page has looked already: a log asks no database. '' for a visitor."""
    uid = getattr(getattr(request, "_cached_user", None), "uid", None)
    return uid.hex if uid else ""


def new_fault_number(request: Any) -> str:
    """Six digits for the page that says something went wrong; the log's line of the same request has them as well.

    Digits, because people read it out on the phone. It leads from what somebody saw to the line, and says nothing.
    """
    number = f"{secrets.randbelow(1_000_000):06}"
    request.fault_number = number
    return number


def _route(request: Any) -> str:
    """The pattern of the address, such as `track/<str:token>/`; '' when it has none, which may be a mistyped secret."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else ""


def _said(record: logging.LogRecord, path: str) -> str:
    """The message without the path that Django puts into it."""
    escaped = path.encode("unicode_escape").decode("ascii")  # Django writes it so
    args = record.args if isinstance(record.args, tuple) else ()
    args = tuple("*" if arg in (path, escaped) else arg for arg in args)
    said = str(record.msg) % args if args else str(record.msg)
    fault = record.exc_info[1] if record.exc_info else None
    if fault is not None and (words := str(fault)):
        said = said.replace(words, _kind(fault))  # Django logs the words of what it calls suspicious: what was typed
    return _URL.sub(r"\1/*", said)  # of a refused form: the page it came from


def raised(fault: BaseException) -> list[dict[str, Any]]:
    """Kind and place of an exception and of those that led to it, the last one first."""
    chain: list[dict[str, Any]] = []
    each: BaseException | None = fault
    while each is not None and len(chain) < _CHAIN:
        chain.append({"kind": _kind(each), "where": _places(each.__traceback__)})
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return chain


def _kind(fault: BaseException) -> str:
    kind = type(fault)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _places(trace: TracebackType | None) -> list[str]:
    """`households/views/people.py:59 with_loads`, the innermost last."""
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(name: str) -> str:
    path = Path(name)
    if path.is_relative_to(_OURS):
        return str(path.relative_to(_OURS))
    _before, found, inside = name.partition("site-packages/")
    return inside if found else path.name
