"""The floor's one table."""

from __future__ import annotations

from django.db import models


class BareRow(models.Model):
    """What a plain view lists, shows and inserts: eight columns, one index."""

    place = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=9, unique=True)
    category = models.CharField(max_length=30)
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=200)
    state = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        app_label = "benchmarks"
        indexes = [models.Index(fields=["place", "due_at"], name="bare_row_queue")]

    def __str__(self) -> str:
        return self.code
