"""The programs the gate needs beside Python: found where they are, installed from Debian where they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from resilience.bootstrap import apt_install

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_GETTEXT = ("xgettext", "msgmerge", "msguniq", "msgattrib")
OLDEST_POSTGRES = 14  # Django 5.2 supports no older one


@dataclass(frozen=True)
class Tool:
    """A program: how it is called, the Debian package that brings it, and how to tell that it is there."""

    name: str
    package: str
    find: Callable[[], str]  # its path or folder; empty when it is not there


def need(*tools: Tool) -> str:
    """Have these tools, installing what is missing where that is allowed; what is still missing, in one sentence."""
    missing = [tool for tool in tools if not tool.find()]
    if missing and apt_install([tool.package for tool in missing]):
        missing = [tool for tool in missing if not tool.find()]
    if not missing:
        return ""
    packages = " ".join(tool.package for tool in missing)
    return f"{', '.join(tool.name for tool in missing)} not found; on Debian or Ubuntu: apt-get install {packages}"


def find_chromium() -> str:
    """The path of a Chromium or Chrome; the environment's CHROMIUM wins. Empty when there is none."""
    named = os.environ.get("CHROMIUM", "")
    found = [named, *(shutil.which(name) or "" for name in _CHROMIUM), _MAC_CHROME]
    return next((path for path in found if path and os.access(path, os.X_OK)), "")


def find_chinese_font() -> str:
    """A font with Chinese characters: without one, pages are measured and pictured with empty boxes."""
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh", "file"], capture_output=True, text=True, check=False)
        return listed.stdout.partition("\n")[0].strip()
    return next((str(path) for path in Path("/usr/share/fonts").glob("**/*CJK*")), "")


def find_gettext() -> str:
    """The path of xgettext, if the whole of GNU gettext is there."""
    return (shutil.which("xgettext") or "") if all(shutil.which(name) for name in _GETTEXT) else ""


def find_postgres() -> str:
    """The folder with the newest PostgreSQL server's programs; empty when there is none that Django supports."""
    on_path = shutil.which("postgres")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/pgsql").glob("*/bin")]
    folders += [Path(os.path.realpath(on_path)).parent] if on_path else []
    usable = [(_major(folder), str(folder)) for folder in folders if (folder / "initdb").exists()]
    version, folder = max(usable, default=(0, ""))
    return folder if version >= OLDEST_POSTGRES else ""


def _major(folder: Path) -> int:
    """The major version of the PostgreSQL whose programs are in the folder; 0 when it does not say."""
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
        return int(said.split()[2].partition(".")[0])
    except (OSError, IndexError, ValueError):
        return 0


CHROMIUM = Tool("Chromium", "chromium", find_chromium)
CHINESE_FONT = Tool("a Chinese font", "fonts-noto-cjk", find_chinese_font)
GETTEXT = Tool("GNU gettext", "gettext", find_gettext)
POSTGRES = Tool("PostgreSQL", "postgresql", find_postgres)
