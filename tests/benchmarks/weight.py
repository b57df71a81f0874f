"""What goes over the wire: the page, and everything that it asks for in its first load."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

import brotli

from .client import Answer, Browser

_ASKED_FOR = (
    r'<link[^>]+rel="(?:stylesheet|icon|preload|manifest)"[^>]*href="([^"]+)"',
    r'<script[^>]+src="([^"]+)"',
    r'<img[^>]+src="([^"]+)"',
    r'<use[^>]+href="([^"#]+)',
)
_ASKED_FOR_BY_CSS = r"""(?:url\(|@import\s+)["']?([^"')]+)"""


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes of bodies. `html` as it was sent, `html_br` as brotli would have made it; `files` as they were sent."""

    html: int
    html_br: int
    files: tuple[tuple[str, int], ...]

    @property
    def requests(self) -> int:
        return 1 + len(self.files)

    @property
    def first_load(self) -> int:
        return self.html + sum(size for _url, size in self.files)


def weigh(browser: Browser, page: Answer, path: str) -> Weight:
    """The page and what a browser with an empty cache fetches for it; files that a style sheet names included."""
    waiting = _links(_ASKED_FOR, page.body.decode(), path)
    files: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        if url in files:
            continue
        answer = browser.get(url)
        if answer.status != 200:
            raise RuntimeError(f"{path} asks for {url}, which answered {answer.status}")
        files[url] = len(answer.body)
        if url.endswith(".css"):
            waiting |= _links((_ASKED_FOR_BY_CSS,), _text(answer), url)
    return Weight(len(page.body), len(brotli.compress(page.body, quality=5)), tuple(sorted(files.items())))


def _links(patterns: tuple[str, ...], text: str, base: str) -> set[str]:
    found = {urldefrag(urljoin(base, link)).url for pattern in patterns for link in re.findall(pattern, text)}
    return {url for url in found if not url.startswith(("data:", "#"))}


def _text(answer: Answer) -> str:
    body = brotli.decompress(answer.body) if answer.header("Content-Encoding") == "br" else answer.body
    return body.decode()
