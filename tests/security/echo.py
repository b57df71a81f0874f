"""A WSGI application that says what its server took for one request. For `test_wire.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    said = {"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "body": body.decode("latin-1")}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
