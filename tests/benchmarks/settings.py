"""The product's settings as on a server, with the bare table beside its own and two sizes of database."""

from __future__ import annotations

import copy
from typing import Any

from resilience import settings as product
from resilience.settings import *  # noqa: F403  # the point is to run exactly these

SECOND_FACTOR = "optional"  # everybody of the benchmark is signed in by force
INSTALLED_APPS = [*product.INSTALLED_APPS, "tests.benchmarks"]


def _sized(size: str) -> Any:
    """The product's own options for the database of that size."""
    database = copy.deepcopy(product.DATABASES["default"])
    database["NAME"] = product.env.str("BENCHMARK_DATABASE").format(size=size)
    return database


DATABASES = {"default": _sized("small"), "large": _sized("large")}
