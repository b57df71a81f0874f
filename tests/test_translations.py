"""Both languages are whole: every message translated, none fuzzy, no placeholder lost on the way."""

from __future__ import annotations

import gettext
import os
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import to_locale

from resilience import translations

pytestmark = pytest.mark.once

CATALOGUES = sorted(translations.LOCALE.glob("*/LC_MESSAGES/*.po"))
HEADER = r"""
msgid ""
msgstr ""
"Language: zh_Hans\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"""


def named(path: Path) -> str:
    return str(path.relative_to(translations.LOCALE))


def write(folder: Path, entries: str) -> Path:
    """A catalogue of its own, with these entries."""
    po = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(HEADER.lstrip() + entries, encoding="utf-8")
    return po


def entry(msgid: str, msgstr: str, flag: str = "") -> str:
    return f'\n{flag}msgid "{msgid}"\nmsgstr "{msgstr}"\n'


# --- ours ---------------------------------------------------------------------------------------------
def test_every_language_but_english_has_a_catalogue() -> None:
    translated = {path.parent.parent.name for path in CATALOGUES if path.name == "django.po"}
    assert translated == {to_locale(code) for code, _name in settings.LANGUAGES} - {"en"}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=named)
def test_it_is_whole(catalogue: Path) -> None:
    faults = translations.faults(catalogue)
    assert not faults, "\n".join(faults[:30])


@pytest.mark.parametrize("area", ["households", "resilience"])
def test_no_module_hides_words_from_makemessages(area: str) -> None:
    """It finds `gettext`, `gettext_lazy` and `_`; by any other name a message is never translated."""
    hidden = re.compile(r"gettext\w* as (?!_\b)\w+")
    modules = (translations.LOCALE.parent.parent / area).rglob("*.py")
    assert [path.name for path in modules if hidden.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=named)
def test_it_is_not_empty_and_knows_its_plurals(catalogue: Path) -> None:
    po = polib.pofile(str(catalogue))
    assert len(po) > 0
    assert "nplurals=1" in po.metadata["Plural-Forms"]
    assert all(set(found.msgstr_plural) == {0} for found in po if found.msgid_plural)


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=named)
def test_it_does_not_shout(catalogue: Path) -> None:
    shouted = [found.msgid for found in polib.pofile(str(catalogue)) if "!" in found.msgstr or "!" in found.msgstr]
    assert shouted == []


def test_a_person_reads_chinese_unless_they_choose_otherwise() -> None:
    with translation.override("zh-hans"):
        assert _("English") != "English"
        assert str(dict(settings.LANGUAGES)["zh-hans"]) != "Chinese"
    with translation.override("en"):
        assert _("English") == "English"


# --- what is told apart -------------------------------------------------------------------------------
def test_it_finds_nothing_wrong_with_a_whole_catalogue(tmp_path: Path) -> None:
    plural = '\nmsgid "%(n)s door"\nmsgid_plural "%(n)s doors"\nmsgstr[0] "%(n)s 户"\n'
    po = write(tmp_path, entry("%(name)s, {0}: 100%% of %s", "%s {0} %(name)s 100%%") + plural)
    assert translations.faults(po) == []


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        (entry("Send", ""), "untranslated: 'Send'"),
        (entry("Send", "发送", "#, fuzzy\n"), "fuzzy: 'Send'"),
        (entry("Dear %(name)s", "您好"), "other placeholders"),
        (entry("Dear %(name)s", "%(nom)s您好"), "other placeholders"),
        (entry("%s of %s", "共 %s"), "other placeholders"),
        (entry("Floor {0}", "{1} 层"), "other placeholders"),
        ('\nmsgid "%(n)s door"\nmsgid_plural "%(n)s doors"\nmsgstr[0] "户"\n', "other placeholders"),
        ('\nmsgid "one door"\nmsgid_plural "%(n)s doors"\nmsgstr[0] "一户"\n', "other placeholders"),
        ('\nmsgid "%(n)s door"\nmsgid_plural "%(n)s doors"\nmsgstr[0] ""\n', "untranslated"),
    ],
)
def test_it_finds_what_is_wrong(tmp_path: Path, entries: str, fault: str) -> None:
    faults = translations.faults(write(tmp_path, entry("Ask", "求助") + entries))
    assert len(faults) == 1
    assert fault in faults[0]


# --- compiling ----------------------------------------------------------------------------------------
def meaning(mo: Path, msgid: str) -> str:
    with mo.open("rb") as file:
        return gettext.GNUTranslations(file).gettext(msgid)


def test_it_compiles_and_leaves_out_what_is_fuzzy(tmp_path: Path) -> None:
    po = write(tmp_path, entry("Send", "发送") + entry("Ask", "问", "#, fuzzy\n") + entry("Open", ""))
    (mo,) = translations.compile_all(tmp_path)
    assert mo == po.with_suffix(".mo")
    assert [meaning(mo, msgid) for msgid in ("Send", "Ask", "Open")] == ["发送", "Ask", "Open"]


def test_it_compiles_plurals(tmp_path: Path) -> None:
    write(tmp_path, '\nmsgid "%(n)s door"\nmsgid_plural "%(n)s doors"\nmsgstr[0] "%(n)s 户"\n')
    (mo,) = translations.compile_all(tmp_path)
    with mo.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert [catalogue.ngettext("%(n)s door", "%(n)s doors", n) for n in (1, 5)] == ["%(n)s 户"] * 2


def test_it_compiles_only_what_has_changed(tmp_path: Path) -> None:
    po = write(tmp_path, entry("Send", "发送"))
    assert len(translations.compile_all(tmp_path)) == 1
    assert translations.compile_all(tmp_path) == []
    write(tmp_path, entry("Send", "送出"))
    os.utime(po, (1, 1))  # an older version put back, as an archive would
    (mo,) = translations.compile_all(tmp_path)
    assert meaning(mo, "Send") == "送出"
    assert translations.compile_all(tmp_path) == []


def test_a_typo_keeps_the_old_translation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    po = write(tmp_path, entry("Send", "发送"))
    (mo,) = translations.compile_all(tmp_path)
    po.write_text('msgid "Send\nmsgstr', encoding="utf-8")
    os.utime(po, (1, 1))
    assert translations.compile_all(tmp_path) == []
    assert meaning(mo, "Send") == "发送"
    assert "not compiled" in capsys.readouterr().err
    assert sorted(path.name for path in po.parent.iterdir()) == ["django.mo", "django.po"]
