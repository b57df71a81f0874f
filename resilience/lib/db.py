"""Small SQL that Django does not say by itself, in both dialects."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, JSONField
from django.db.models.functions import JSONObject


class JsonRows(Aggregate):
    """The rows of a subquery as one JSON list of objects: a short child list without a statement of its own.

    `Photo.objects.filter(service_request=OuterRef("pk")).values("service_request").values(rows=JsonRows(uid="uid"))`
    gives `[{"uid": …}, …]` in no order, or None when there are none. Keep it to a handful of rows.
    """

    function = "JSONB_AGG"
    output_field = JSONField()
    name = "JsonRows"

    def __init__(self, **columns: Any) -> None:
        super().__init__(JSONObject(**columns))

    # Django clones an expression by its sources, not by its arguments.
    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)
