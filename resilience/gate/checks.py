"""The steps that run no test: style, types, templates, migrations, translations, the settings of a server."""

from __future__ import annotations

import base64
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

import polib

from resilience import translations
from resilience.gate import tools
from resilience.gate.processes import ROOT, environment, python, run
from resilience.gate.steps import Outcome, State, Step

_SOURCES = ("resilience", "households", "templates")
_DOMAINS = ("django", "djangojs")
_SHOWN = 20  # faults printed; more would bury the first


def style() -> Outcome:
    """ruff's rules."""
    return Outcome.of(run(python("-m", "ruff", "check", "--output-format", "concise", ".")))


def layout() -> Outcome:
    """ruff's layout of the code."""
    command = python("-m", "ruff", "format", "--check", "--output-format", "concise", ".")
    return Outcome.of(run(command), "mend it with: python -m ruff format")


def types() -> Outcome:
    """mypy, over everything named in pyproject.toml."""
    return Outcome.of(run(python("-m", "mypy")))


def templates() -> Outcome:
    """djlint's rules."""
    return Outcome.of(run(python("-m", "djlint", "--lint", "--quiet", "templates")))


def migrations() -> Outcome:
    """No model differs from its migrations; asked on an empty database, so that nobody's own one has a say."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(DATABASE_URL=f"sqlite:///{Path(folder, 'empty.sqlite3')}")
        return Outcome.of(run(python("manage.py", "makemigrations", "--check", "--dry-run"), env))


def translated() -> Outcome:
    """Every message in the code is in the catalogue, translated, not fuzzy, with the same placeholders."""
    lack = tools.need(tools.GETTEXT)
    if lack:
        return Outcome.skipped(lack)
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        for source in _SOURCES:
            shutil.copytree(ROOT / source, fresh / source, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        shutil.copy(ROOT / "manage.py", fresh)
        shutil.copytree(ROOT, fresh, ignore=_all_but_requirements, dirs_exist_ok=True)
        found = []
        for domain in _DOMAINS:
            found += _catalogue_faults(fresh, domain)
    return _listed(found)


def _all_but_requirements(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if not (name.startswith("requirements") and name.endswith(".txt"))}


def _catalogue_faults(fresh: Path, domain: str) -> list[str]:
    """Collect the messages in the copy `fresh` and compare them with every catalogue of ours."""
    collect = python("manage.py", "makemessages", "--all", "--domain", domain, "--keep-pot", "--verbosity", "0")
    if run(collect, environment(RESILIENCE_NO_SETUP="1"), cwd=fresh):
        return [f"makemessages failed for {domain}"]
    collected = fresh / "resilience" / "locale" / f"{domain}.pot"
    if not collected.exists():
        return []  # nothing to translate there (no JavaScript with words)
    wanted = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(collected), encoding="utf-8")}
    catalogues = [folder / "LC_MESSAGES" / f"{domain}.po" for folder in _languages()]
    return [fault for catalogue in catalogues for fault in _faults_of(catalogue, wanted)]


def _languages() -> list[Path]:
    return sorted(folder.parent for folder in translations.LOCALE.glob("*/LC_MESSAGES"))


def _faults_of(catalogue: Path, wanted: set[tuple[str | None, str]]) -> list[str]:
    name = str(catalogue.relative_to(ROOT))
    if not catalogue.exists():
        return [f"{name} is missing ({len(wanted)} messages)"] if wanted else []
    entries = [entry for entry in polib.pofile(str(catalogue), encoding="utf-8") if not entry.obsolete]
    have = {(entry.msgctxt, entry.msgid) for entry in entries}
    unused = len(have - wanted)
    sys.stdout.write(f"{name}: {len(wanted)} messages in the code, {unused} in the catalogue alone\n")
    absent = [f"{name}: not in the catalogue: {msgid!r}" for _context, msgid in sorted(wanted - have, key=str)]
    return absent + [f"{name}: {fault}" for fault in translations.faults(catalogue)]


def _listed(found: list[str]) -> Outcome:
    for fault in found[:_SHOWN]:
        sys.stdout.write(f"{fault}\n")
    if len(found) > _SHOWN:
        sys.stdout.write(f"… and {len(found) - _SHOWN} more\n")
    return Outcome(State.FAILED, f"{len(found)} faults") if found else Outcome(State.PASSED)


def deploy() -> Outcome:
    """Django's own checks for a server, on settings such as a server has; a warning is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(
            PRODUCTION="1",
            SECRET_KEY=secrets.token_urlsafe(50),
            FIELD_KEYS="1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            ALLOWED_HOSTS="resilience.example",
            SITE_URL="https://resilience.example",
            DUTY_PHONE="0000-110",
            SMS_CHANNEL="resilience.outbox.channels.SmsGateway",
            EMAIL_CHANNEL="resilience.outbox.channels.Email",
            WEBHOOK_CHANNEL="resilience.outbox.channels.Webhook",
            DATABASE_URL=f"sqlite:///{Path(folder, 'server.sqlite3')}",
            STATIC_ROOT=str(Path(folder, "static")),
            MEDIA_ROOT=str(Path(folder, "media")),
        )
        return Outcome.of(run(python("manage.py", "check", "--deploy", "--fail-level", "WARNING"), env))


STEPS = (
    Step("style", "Style (ruff check)", style),
    Step("layout", "Layout (ruff format)", layout),
    Step("types", "Types (mypy)", types),
    Step("templates", "Templates (djlint)", templates),
    Step("migrations", "Migrations (makemigrations --check)", migrations),
    Step("translations", "Translations (makemessages, complete)", translated),
    Step("deploy", "A server's settings (check --deploy)", deploy),
)
