"""The product's settings as on a server, with the bare table beside its own and two sizes of database."""

from __future__ import annotations

import copy

from resilience.settings import *  # noqa: F403  # the point is to run exactly these
from resilience.settings import DATABASES, INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks"]


def _sized(size: str) -> dict[str, object]:
    """The product's own options for the database of that size."""
    database = copy.deepcopy(DATABASES["default"])
    database["NAME"] = env.str("BENCHMARK_DATABASE").format(size=size)
    return database


DATABASES = {"default": _sized("small"), "large": _sized("large")}
