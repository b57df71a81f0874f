"""Rows about people: a queryset that is not read before it is said whose eyes it is for.

A model about people has two managers, in this order:

    unscoped = HouseholdQuerySet.as_manager()
    objects = ScopedManager.from_queryset(HouseholdQuerySet)()

`objects` is for what somebody looks at: `Household.objects.seen_by(viewer).filter(…)`; without `seen_by` it can be part
of another query, and reading it raises `NobodysEyes`. `unscoped` is for the community's own work (verbs on rows that
`access` has given out, daily jobs, the administration); tests/layers.py lists the modules that may name it. It is
the default manager, so what hangs on a row that somebody has (`household.visits`) is reached without saying it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn, Self, TypeVar

from django.db import models

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


HOLDER = "whoever holds the secret that leads there"
ANYBODY = "whoever asks: it is about nobody, a door of the place, or a moment"


class NobodysEyes(RuntimeError):
    """Rows about people were to be read, and nobody said for whom. A mistake of ours, never of who asks."""


class ScopedQuerySet(models.QuerySet[Row_co]):
    """Of a `ScopedManager`: not read, counted, changed or deleted before `seen_by`. Else: as any queryset."""

    _is_seen = True

    def seen_by(self, viewer: object) -> Self:
        """For these eyes: a `Viewer`, or who holds a secret. Filters nothing: who calls it says which rows."""
        if viewer is None:
            raise NobodysEyes(f"{self.model._meta.label}: None has no eyes")
        return self._with(True)

    def of_row(self, **row: Any) -> Self:
        """What hangs on a row that somebody has: `Visit.objects.of_row(household=household)`, by foreign keys only.

        As `household.visits.all()`, where there is no more than the row's id, or not that name.
        """
        for name, value in row.items():
            if value is None or not self.model._meta.get_field(name).many_to_one:
                raise NobodysEyes(f"{self.model._meta.label}: no row by {name}")
        return self._with(True).filter(**row)

    def reached_from(self, *rows: models.Model | models.QuerySet[Any, Any]) -> Self:
        """For whoever has, or may read, those rows, where it takes more than a foreign key to get from them."""
        for each in rows:
            if isinstance(each, ScopedQuerySet):
                each.refuse_unseen()
        return self._with(True)

    def unseen(self) -> Self:
        """For nobody's eyes yet."""
        return self._with(False)

    def _with(self, is_seen: bool) -> Self:
        clone = self.all()
        clone._is_seen = is_seen
        return clone

    def none(self) -> Self:
        """Nothing: for any eyes."""
        return super().none()._with(True)

    def refuse_unseen(self) -> None:
        """Raises NobodysEyes."""
        if not self._is_seen:
            raise NobodysEyes(f"{self.model._meta.label}: for whose eyes? Say `seen_by(viewer)`, or use `unscoped`")

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._is_seen = self._is_seen
        return clone

    def __or__(self, other: models.QuerySet[Any]) -> Self:
        return self._for_both(super().__or__(other), other)

    def __and__(self, other: models.QuerySet[Any]) -> Self:
        return self._for_both(super().__and__(other), other)

    def union(self, *others: models.QuerySet[Any], all: bool = False) -> Self:
        found = super().union(*others, all=all)
        for other in others:
            found = self._for_both(found, other)
        return found

    def _for_both(self, found: Any, other: models.QuerySet[Any]) -> Any:
        """Rows of two querysets are seen when both were."""
        return found if getattr(other, "_is_seen", True) and self._is_seen else found.unseen()

    # --- all that goes to the database ------------------------------------------------------------
    def _fetch_all(self) -> None:
        self.refuse_unseen()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[Row_co]:
        self.refuse_unseen()
        return super().iterator(chunk_size)

    def count(self) -> int:
        self.refuse_unseen()
        return super().count()

    def exists(self) -> bool:
        self.refuse_unseen()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self.refuse_unseen()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self.refuse_unseen()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self.refuse_unseen()
        return super().delete()

    def explain(self, *, format: Any | None = None, **options: Any) -> str:
        self.refuse_unseen()
        return super().explain(format=format, **options)

    def raw(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Rows by SQL of one's own would be for nobody's eyes."""
        raise NobodysEyes(f"{self.model._meta.label}: no raw SQL")


class ScopedManager(models.Manager[Row_co]):
    """`objects`: rows for nobody's eyes yet."""

    def get_queryset(self) -> Any:
        return super().get_queryset().unseen()  # type: ignore[attr-defined]
