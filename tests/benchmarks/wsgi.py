"""What granian serves for `--http`: the product, the floor behind its middleware, and the floor bare."""

from __future__ import annotations

import os
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

# The database of one size is the one database of this process.
settings.DATABASES["default"] = settings.DATABASES[os.environ["BENCHMARK_ALIAS"]]
django.setup()

from .client import FloorHandler, bare_handler  # noqa: E402  # both need what setup() has set up

applications = {"product": WSGIHandler(), "floor": FloorHandler(), "bare": bare_handler()}


def application(environ: dict[str, Any], start_response: Any) -> Any:
    return applications[environ.get("HTTP_X_WHO", "product")](environ, start_response)
