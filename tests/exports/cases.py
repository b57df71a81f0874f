"""What the tests of exports share: a file asked for, and what stands in it."""

from __future__ import annotations

import io
from typing import Any

from resilience.accounts.models import User
from resilience.exports.actions import Wanted, ask
from resilience.exports.making import make_waiting
from resilience.exports.models import Export, Form, Purpose, Which
from resilience.lib.sheets import read_rows
from tests import factories as f
from tests.base import CastTestCase, Response

ASKED = {"purpose": "relief", "words": "周三发米", "columns": ["address", "contact", "phone"], "form": "xlsx"}


class ExportTestCase(CastTestCase):
    """With a supervisor above the community, and somebody else in its office."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.supervisor = f.make_supervisor("supervisor", cls.home.parent, "丁志远")
        cls.second = f.make_staff("second", cls.home, "何敏")

    def asked(self, which: str = Which.HOUSEHOLDS, *, by: User | None = None, **more: Any) -> Export:
        """Through the verb; not made yet."""
        wanted = {"purpose": Purpose.RELIEF, "words": "周三发米", "columns": ["address", "contact", "phone"], **more}
        return ask(Wanted(which=Which(which), **wanted), by=by or self.clerk)

    def made(self, which: str = Which.HOUSEHOLDS, **more: Any) -> Export:
        export = self.asked(which, **more)
        make_waiting()
        export.refresh_from_db()
        return export

    def fetched(self, export: Export) -> Response:
        return self.client.post(f"/exports/{export.uid}/fetch/")

    def rows_of(self, response: Response, form: str = Form.XLSX) -> list[list[str]]:
        content = b"".join(response.streaming_content)
        assert len(content) == int(response["Content-Length"])
        return list(read_rows(io.BytesIO(content), form))

    def table(self, which: str = Which.HOUSEHOLDS, **more: Any) -> list[list[str]]:
        """What stands in the file of that list, its head first."""
        export = self.made(which, **more)
        self.sign_in(export.asked_by)
        return self.rows_of(self.fetched(export), export.form)
