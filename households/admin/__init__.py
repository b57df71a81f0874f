"""The administration of the core: one noun a file. What moves by a verb is read-only here."""

from . import (
    appointments,
    care,
    categories,
    clocks,
    households,
    people,
    places,
    requests,
    residents,
    retention,
    visits,
)

__all__ = [
    "appointments", "care", "categories", "clocks", "households", "people", "places", "requests", "residents",
    "retention", "visits",
]  # fmt: skip
