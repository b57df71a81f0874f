"""The translations: compiled without GNU gettext, which a bare machine lacks, and checked for completeness.

`manage.py` compiles at each start what has changed; the `.mo` files are not kept in git.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import polib

from resilience.bootstrap import write_whole

LOCALE = Path(__file__).resolve().parent / "locale"
# %(name)s, %s, %d, %%; {name}, {0}
_PLACEHOLDER = re.compile(r"%\([A-Za-z_]\w*\)[-+#0-9.]*[a-zA-Z]|%[-+#0-9.]*[sdifrx]|\{[A-Za-z0-9_.]*\}")


def compile_all(locale: Path = LOCALE) -> list[Path]:
    """Compile each `.po` whose `.mo` is missing or belongs to another version of it; the `.mo` files written.

    The `.mo` carries the time of its `.po`, so that an older `.po` put back is noticed as well. Fuzzy and empty
    entries are left out. A `.po` that cannot be read keeps the `.mo` there is: no start fails for a typo.
    """
    written = []
    for po in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        moment = po.stat().st_mtime_ns
        if _moment_of(mo) == moment:
            continue
        try:
            write_whole(mo, polib.pofile(str(po), encoding="utf-8").to_binary())
            os.utime(mo, ns=(moment, moment))
            written.append(mo)
        except (OSError, ValueError) as error:
            sys.stderr.write(f"{po}: not compiled: {error}\n")
    return written


def _moment_of(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def faults(po: Path) -> list[str]:
    """What is wrong with a `.po` file, one sentence each: untranslated, fuzzy, or other placeholders."""
    found = []
    for entry in polib.pofile(str(po), encoding="utf-8"):
        if entry.obsolete:
            continue
        if entry.fuzzy:
            found.append(f"fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            found.append(f"untranslated: {entry.msgid!r}")
        else:
            found += _other_placeholders(entry)
    return found


def _other_placeholders(entry: polib.POEntry) -> list[str]:
    """A translation uses exactly what its original uses; a plural form, all that any of the originals uses."""
    if not entry.msgid_plural:
        same = placeholders(entry.msgstr) == placeholders(entry.msgid)
        return [] if same else [f"other placeholders: {entry.msgid!r} → {entry.msgstr!r}"]
    allowed = {*placeholders(entry.msgid), *placeholders(entry.msgid_plural)}
    return [
        f"other placeholders: {entry.msgid_plural!r} → {form!r}"
        for form in entry.msgstr_plural.values()
        if set(placeholders(form)) != allowed
    ]


def placeholders(text: str) -> list[str]:
    """The places of a message that a value is put into, sorted; `%%` is none."""
    return sorted(_PLACEHOLDER.findall(text.replace("%%", "")))
