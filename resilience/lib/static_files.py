"""Names of static files, looked up once a process: a page names six, and each look-up costs as much as a statement."""

from __future__ import annotations

from functools import lru_cache

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """For files that were collected before the server started, and do not change under it."""

    @lru_cache(maxsize=200)  # noqa: B019  # there is one storage, and it lives as long as the process
    def url(self, name: str | None, force: bool = False) -> str:
        return str(super().url(name, force))
