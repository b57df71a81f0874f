"""What our code never does, read from its syntax: runs text, pastes SQL, trusts a weak hash, calls somebody up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from resilience.gate.processes import ROOT

pytestmark = pytest.mark.once

# Starts programs by name and argument list, never by a shell; no request leads there.
_TOOLS = ("resilience/bootstrap.py", "resilience/gate/", "resilience/management/commands/")
_MADE_UP = ("resilience/demo/", "resilience/management/commands/demo.py")


def sources(kind: str = "*.py", *folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders or ("resilience", "households"):
        for path in sorted((ROOT / folder).rglob(kind)):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def calls(source: str) -> Iterator[str]:
    """The dotted name of everything that is called: `os.system`, `eval`, `hashlib.md5`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def importing(*modules: str) -> set[str]:
    """The files that import one of these modules, or something in it."""
    return {
        name
        for name, source in sources()
        for module in imports(source)
        if any(module == each or module.startswith(f"{each}.") for each in modules)
    }


def calling(pattern: str) -> set[str]:
    return {name for name, source in sources() for called in calls(source) if re.fullmatch(pattern, called)}


def test_it_reads_the_whole_project() -> None:
    assert len(list(sources())) > 150
    assert "hmac.new" in calls((ROOT / "resilience/lib/crypto.py").read_text(encoding="utf-8"))


def test_no_text_is_run_as_code() -> None:
    assert calling(r"eval|exec|compile|__import__|builtins\..*") == set()
    assert importing("code", "codeop") == set()


def test_nothing_is_unpacked_that_could_be_an_object() -> None:
    assert importing("pickle", "marshal", "shelve", "dill", "jsonpickle", "yaml") == set()


def test_no_xml_is_read() -> None:
    assert importing("xml", "lxml", "xmltodict", "bs4", "html5lib") == set()


def test_programs_are_started_by_the_tools_only_and_without_a_shell() -> None:
    starting = importing("subprocess", "pty", "multiprocessing") | calling(r"os\.(system|popen|exec\w*|spawn\w*)")
    assert {name for name in starting if not name.startswith(_TOOLS)} - {"resilience/demo/serve.py"} == set()
    assert [name for name, source in sources() if re.search(r"shell\s*=\s*True", source)] == []


def test_other_machines_are_called_from_one_place() -> None:
    """The channels, whose addresses are the operator's settings; a test's own probe of a port is the demo's."""
    asking = importing("urllib.request", "http.client", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "socket")
    assert {name for name in asking if not name.startswith((*_TOOLS, *_MADE_UP))} == {"resilience/outbox/channels.py"}
    assert importing("django.core.mail") == {"resilience/outbox/channels.py"}


def test_only_strong_hashes_are_used() -> None:
    used = {found for _name, source in sources() for found in re.findall(r"\bhashlib\.(\w+)", source)}
    assert used == {"sha256", "blake2b"}
    for name, source in sources():
        for node in ast.walk(ast.parse(source)):  # the third argument of hmac.new is its hash
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "hmac.new":
                assert ast.unparse(node.args[2]) == "hashlib.sha256", name


def test_ciphers_come_from_the_library_and_are_authenticated() -> None:
    ciphers = {
        module
        for _name, source in sources()
        for module in imports(source)
        if module.startswith(("cryptography", "Crypto", "nacl", "ssl"))
    }
    assert ciphers <= {
        "cryptography.exceptions",
        "cryptography.fernet",
        "cryptography.hazmat.primitives.ciphers.aead",
    }


def test_chance_is_the_systems_where_it_matters() -> None:
    assert {name for name in importing("random") if not name.startswith(_MADE_UP)} == set()


def test_no_template_switches_escaping_off() -> None:
    faults = []
    for name, source in sources("*.html", "templates"):
        faults += [f"{name}: {each}" for each in re.findall(r"\|\s*safe\w*|autoescape\s+off|\{%\s*debug", source)]
        # A value outside quotes could add an attribute.
        faults += [f"{name}: {each}" for each in re.findall(r"\s[\w-]+=\{\{[^}]*\}\}", source)]
        faults += [f"{name}: {each}" for each in re.findall(r"\son\w+\s*=|javascript:|hx-on|hx-vals=.js:", source)]
    assert not faults
    # A QR code drawn by segno: numbers and path commands, whatever is in it.
    assert calling(r"(.*\.)?mark_safe") == {
        "households/views/audit.py",
        "households/views/invitations.py",
        "households/views/qr.py",
        "resilience/accounts/factors.py",
    }
    for name in calling(r"(.*\.)?mark_safe"):
        source = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"mark_safe\(([^)]*)\)", source) == ["svg"], name
        assert re.search(r"\bsvg = segno\.make\(", source), name


def test_no_template_is_made_of_text() -> None:
    assert calling(r"(.*\.)?(from_string|Template)") == set()


def test_forms_name_their_fields() -> None:
    for name, source in sources():
        assert not re.search(r"""fields\s*=\s*["']__all__["']""", source), name
        for node in ast.walk(ast.parse(source)):
            is_meta = isinstance(node, ast.ClassDef) and node.name == "Meta" and "/forms/" in name
            if is_meta and isinstance(node, ast.ClassDef):
                named = {ast.unparse(each.targets[0]) for each in node.body if isinstance(each, ast.Assign)}
                assert "exclude" not in named, name


def test_no_row_is_filled_from_a_request_as_it_comes() -> None:
    for name, source in sources():
        assert not re.search(r"\*\*\s*(dict\()?\s*\w*\.?request\.(POST|GET|FILES)", source), name
        assert not re.search(r"setattr\(.*request\.(POST|GET)", source), name


def test_scripts_put_in_text_as_text_and_keep_nothing() -> None:
    scripts = dict(sources("*.js", "resilience/static"))
    assert len(scripts) >= 5
    unwanted = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(\s*[\"']"
        r"|localStorage|sessionStorage|indexedDB|postMessage|addEventListener\(\s*[\"']message|__proto__|\.prototype\.\w+\s*="
        r"|import\(|https?://"
    )
    found = [(name, each) for name, source in scripts.items() for each in re.findall(unwanted, source)]
    # A part of a page of ours, as our server wrote it: what htmx does, too.
    assert found == [("resilience/static/resilience/ask.js", "outerHTML")]


def test_no_secret_stands_in_the_code() -> None:
    looks_secret = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_\w{30}"
        r"|(?i:password|secret|token|key)\w*\s*[:=]\s*[\"'][\w+/=-]{24,}[\"']"
    )
    known = {"insecure-demo-key-for-one-machine-only-never-for-a-server"}  # refused on a server
    files = [*sources(), *sources("*.html", "templates"), *sources("*.yml", ".github")]
    found = [(name, text) for name, source in files for text in looks_secret.findall(source)]
    assert [each for each in found if not any(allowed in each[1] for allowed in known)] == []
    assert [path.name for path in Path(ROOT).glob("*.pem")] == []
