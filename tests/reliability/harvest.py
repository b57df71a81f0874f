"""Reads the forms and links of a page, so that a test can fill in what a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve


@dataclass
class Form:
    """A form of a page: where it goes, how, and each of its fields with the values it offers."""

    action: str
    method: str = "get"
    page: str = ""  # where it stands
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def offer(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path, self.forms, self.links = path, list[Form](), set[str]()
        self.form: Form | None = None
        self.select = ""
        self.text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and said.get("href"):
            self.links.add(self._path(said["href"]))
        if tag == "form":
            self.form = Form(self._path(said.get("action") or self.path), said.get("method", "get").lower(), self.path)
            self.forms.append(self.form)
        if self.form is None:
            return
        name = said.get("name", "")
        if tag == "select":
            self.select = name
            self.form.fields.setdefault(name, [])
        elif tag == "option" and self.select:
            self.form.offer(self.select, said.get("value", ""))
        elif tag == "textarea" and name:
            self.form.fields.setdefault(name, [])
        elif tag == "input" and said.get("type") == "file":
            self.form.files.append(name)
        elif tag in ("input", "button") and name and name != "csrfmiddlewaretoken":
            self.form.offer(name, said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""

    def _path(self, href: str) -> str:
        return urljoin(self.path, href)


def read(path: str, html: str) -> tuple[list[Form], set[str]]:
    """The forms of the page at `path`, and the paths its links lead to on this host."""
    reader = _Reader(path)
    reader.feed(html)
    here = {link for link in reader.links if not urlsplit(link).netloc and link.startswith("/")}
    return reader.forms, {link.partition("#")[0] for link in here}


@dataclass(frozen=True)
class Target:
    """Something to send malformed requests to."""

    actor: str
    form: Form


def grouped(targets: list[Target]) -> dict[tuple[str, str], dict[str, list[Target]]]:
    """By actor and method, then by the name of the URL."""
    found: dict[tuple[str, str], dict[str, list[Target]]] = {}
    for each in targets:
        try:
            name = resolve(each.form.action.partition("?")[0]).view_name
        except Resolver404:
            name = each.form.action
        found.setdefault((each.actor, each.form.method), {}).setdefault(name, []).append(each)
    return found
