"""What the server keeps in its own memory between requests: the same for everybody, and nothing of anybody."""

from __future__ import annotations

from django.core.cache import caches

from tests.canaries import Planted, plant
from tests.security.server import ServerTestCase
from tests.surface import TABLE, address


class CacheTests(ServerTestCase):
    world: Planted

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.world = plant("金雀甲", 7, cls.building, cls.worker, "701")

    def kept(self) -> bytes:
        """Everything in every cache, as it lies in memory."""
        stores = [caches[name]._cache for name in ("default", "template_fragments")]
        return (
            b"".join(value for store in stores for value in store.values()) + repr([list(s) for s in stores]).encode()
        )

    def test_no_cache_holds_anything_personal_after_every_page_was_read(self) -> None:
        for cache_name in ("default", "template_fragments"):
            caches[cache_name].clear()
        opened = 0
        for user in (None, self.lead, self.admin):
            if user:
                self.sign_in(user)
            for name, rule in TABLE.items():
                answer = self.get(address(name, self.world.ids(rule.about) if rule.about else {}))
                opened += answer.status_code == 200
        assert opened > 60
        kept = self.kept()
        assert len(kept) > 500  # something was kept, else this says nothing
        assert [canary for canary in self.world.canaries if canary.encode() in kept] == []
