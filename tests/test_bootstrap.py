"""It sets itself up: on a bare machine, after a kill, after a change; and costs nothing when there is nothing to do."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections import namedtuple
from pathlib import Path
from typing import Any, NoReturn

import pytest

from resilience import bootstrap
from resilience.bootstrap import SetupError

pytestmark = pytest.mark.once

BASE = getattr(sys, "_base_executable", sys.executable)
# A project that needs one package, which lies beside it: the whole way through, without a network.
MANAGE = """
import sys
from resilience import bootstrap
bootstrap.ensure()
import tiny
print(sys.prefix, tiny.VERSION, *sys.argv[1:])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project that uses the real bootstrap."""
    return make_project(tmp_path)


@pytest.fixture(scope="session")
def _built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("built"))
    assert start(folder, "demo").returncode == 0
    return folder


@pytest.fixture
def built(_built_once: Path, tmp_path: Path) -> Path:
    """The small project after its first start. (An environment may be moved; making one takes seconds.)"""
    return Path(shutil.copytree(_built_once, tmp_path / "built", symlinks=True))


def make_project(tmp_path: Path) -> Path:
    (tmp_path / "resilience").mkdir()
    (tmp_path / "resilience" / "__init__.py").touch()
    source = Path(bootstrap.__file__).read_text(encoding="utf-8")
    (tmp_path / "resilience" / "bootstrap.py").write_text(source, encoding="utf-8")
    (tmp_path / "manage.py").write_text(MANAGE)
    make_wheel(tmp_path, "1.0")
    make_wheel(tmp_path, "2.0")
    require(tmp_path, "tiny==1.0")
    return tmp_path


def make_wheel(folder: Path, version: str) -> None:
    """A package of one line, `tiny`."""
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", f"VERSION = {version!r}\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


def require(project: Path, *pins: str) -> None:
    """Write what the small project needs; it is found beside it and nowhere else."""
    (project / "requirements.txt").write_text("\n".join(["--no-index", "--find-links .", *pins, ""]))


def start(project: Path, *arguments: str, python: str = BASE, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the small project's manage.py, by default with the Python that environments are made from."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(project), **env}
    command = [python, "manage.py", *arguments]
    return subprocess.run(command, cwd=project, env=clean, capture_output=True, text=True, check=False, timeout=300)


# --- the files themselves ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["manage.py", "resilience/__init__.py", "resilience/bootstrap.py"])
def test_it_can_be_read_by_an_old_python(name: str) -> None:
    source = (bootstrap.ROOT / name).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))


def test_it_imports_nothing_that_must_be_installed() -> None:
    code = "import sys; import resilience.bootstrap; print(*{name.partition('.')[0] for name in sys.modules})"
    ran = subprocess.run([BASE, "-S", "-c", code], cwd=bootstrap.ROOT, capture_output=True, text=True, check=True)
    foreign = {name for name in ran.stdout.split() if name not in sys.stdlib_module_names and name != "resilience"}
    assert {name for name in foreign if not name.startswith(("__main__", "_sysconfigdata"))} == set()


# --- what a command needs -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "url", "wanted"),
    [
        (["demo"], None, "requirements.txt"),
        ([], None, "requirements.txt"),
        (["demo", "test"], None, "requirements.txt"),
        (["test"], None, "requirements-dev.txt"),
        (["test", "--fast"], "postgres://x", "requirements-dev.txt"),
        (["migrate"], "postgres://user@host/name", "requirements-postgres.txt"),
        (["migrate"], "postgresql://user@host/name", "requirements-postgres.txt"),
        (["migrate"], "sqlite:////tmp/x", "requirements.txt"),
    ],
)
def test_it_knows_what_a_command_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], url: str | None, wanted: str
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("ENV_FILE", raising=False)
    if url is not None:
        monkeypatch.setenv("DATABASE_URL", url)
    assert bootstrap.requirements_for(["manage.py", *arguments], tmp_path) == wanted


@pytest.mark.parametrize("line", ["DATABASE_URL=postgres://x", 'export DATABASE_URL = "postgres://x"'])
def test_it_reads_the_database_from_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("ENV_FILE", raising=False)
    (tmp_path / ".env").write_text(f"DEBUG=1\n{line}\n")
    assert bootstrap.requirements_for(["manage.py", "work"], tmp_path) == "requirements-postgres.txt"


def test_it_reads_the_pins_of_included_files(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text(
        "# words\nDjango==5.2.19\npython_stdnum==2.2  # why\n\nwindows==1; os_name=='nt'\n"
    )
    (tmp_path / "dev.txt").write_text("-r base.txt\npsycopg[binary,pool]==3.3.9\nloose>=1\n")
    assert bootstrap.pins(tmp_path / "dev.txt") == ["django==5.2.19", "python-stdnum==2.2", "psycopg==3.3.9"]


def test_it_reads_every_line_of_our_own_requirements() -> None:
    for name in ("requirements.txt", "requirements-postgres.txt", "requirements-dev.txt"):
        path = bootstrap.ROOT / name
        lines = path.read_text(encoding="utf-8").splitlines()
        own = [line for line in lines if line.strip() and not line.startswith(("#", "-r"))]
        included = [pin for part in bootstrap._closure(path)[:-1] for pin in bootstrap.pins(part)]
        assert len(bootstrap.pins(path)) >= len(own)
        assert set(included) <= set(bootstrap.pins(path))


def test_it_sees_what_is_installed_and_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("Django==5.2.19\ndjango-csp==4.0\nsegno==1.6.6\n")
    packages = tmp_path / "site-packages"
    for folder in ("django-5.2.19.dist-info", "django_csp-3.8.dist-info", "segno-1.6.6", "_pytest"):
        (packages / folder).mkdir(parents=True)
    found = bootstrap.missing(tmp_path / "requirements.txt", [str(packages), str(tmp_path / "gone-packages"), ""])
    assert found == ["django-csp==4.0", "segno==1.6.6"]


def test_it_costs_nothing_where_all_is_installed() -> None:
    best = 1.0
    for _ in range(5):
        started = time.process_time()
        bootstrap.ensure(["manage.py", "test"])
        best = min(best, time.process_time() - started)
    assert best < 0.03


# --- an old Python ------------------------------------------------------------------------------------
Version = namedtuple("Version", "major minor micro releaselevel serial")


@pytest.fixture
def old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 9, 2, "final", 0))


@pytest.fixture
def restarted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where it would have gone on, instead of going there."""
    seen: list[str] = []

    def instead(python: str, _why: str) -> NoReturn:
        seen.append(python)
        raise SystemExit(0)

    monkeypatch.setattr(bootstrap, "_restart", instead)
    return seen


@pytest.mark.usefixtures("old_python")
def test_it_tells_an_old_python_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit) as left:
        bootstrap.ensure(["manage.py", "demo"])
    assert left.value.code == 1
    said = capsys.readouterr().err
    assert "Python 3.11 or newer is needed, this is 3.9" in said
    assert "需要 Python 3.11" in said


@pytest.mark.usefixtures("old_python")
def test_it_goes_on_with_a_newer_python_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, restarted: list[str]
) -> None:
    there = {"python3.12": "/opt/python3.12", "python3.11": "/opt/python3.11"}
    monkeypatch.setattr(bootstrap.shutil, "which", there.get)
    with pytest.raises(SystemExit):
        bootstrap.ensure(["manage.py", "demo"])
    assert restarted == ["/opt/python3.12"]


# --- nothing is done twice, or where it should not be ------------------------------------------------
def test_it_leaves_a_provisioned_machine_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(bootstrap.OFF, "1")
    bootstrap.ensure(["manage.py", "demo"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_it_does_not_go_round_in_circles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    monkeypatch.setenv("RESILIENCE_SETUP_CAME_BY", "venv")
    with pytest.raises(SystemExit):
        bootstrap.ensure(["manage.py", "demo"], project)
    assert "still does not work" in capsys.readouterr().err
    assert "RESILIENCE_SETUP_CAME_BY" not in os.environ


def test_it_still_builds_after_it_found_a_newer_python(project: Path) -> None:
    came = start(project, "demo", RESILIENCE_SETUP_CAME_BY="newer-python")
    assert came.stdout.split() == inside(project), came.stderr


@pytest.mark.usefixtures("old_python")
def test_a_newer_python_that_is_too_old_as_well_ends_it(monkeypatch: pytest.MonkeyPatch, restarted: list[str]) -> None:
    monkeypatch.setenv("RESILIENCE_SETUP_CAME_BY", "newer-python")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: "/opt/python3.12")
    with pytest.raises(SystemExit):
        bootstrap.ensure(["manage.py", "demo"])
    assert restarted == []


def test_it_says_so_where_it_may_not_write(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "var").write_text("in the way")
    with pytest.raises(SystemExit):
        bootstrap.ensure(["manage.py", "demo"], project)
    assert "cannot be written" in capsys.readouterr().err


def test_it_never_removes_an_environment_that_is_not_its_own(project: Path) -> None:
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "mine.txt").touch()
    with pytest.raises(SetupError, match="not made by this project"):
        bootstrap.build(project, "requirements.txt")
    assert (project / ".venv" / "mine.txt").exists()


# --- Debian without ensurepip ------------------------------------------------------------------------
class Commands:
    """Stands in for subprocess: answers by the first words that fit, and remembers what was asked."""

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        line = " ".join(command)
        self.asked.append(line)
        code, said = next((answer for words, answer in self.answers.items() if words in line), (0, ""))
        return subprocess.CompletedProcess(command, code, said, "")


NO_ENSUREPIP = (1, "The virtual environment was not created successfully because ensurepip is not available.")


def test_it_installs_what_debian_leaves_out(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    commands = Commands({"-m venv": NO_ENSUREPIP})
    monkeypatch.setattr(bootstrap.subprocess, "run", commands)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap.os.path, "realpath", lambda _path: "/usr/bin/python3.11")
    with pytest.raises(SetupError, match="still cannot be made"):
        bootstrap._create(project / ".venv", project / ".venv" / "bin" / "python", None)
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    assert [line for line in commands.asked if "apt-get" in line and "install" in line and line.endswith(package)]
    assert len([line for line in commands.asked if "-m venv" in line]) == 2
    assert not (project / ".venv").exists()


def test_it_says_what_to_install_where_it_may_not(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    monkeypatch.setattr(bootstrap.subprocess, "run", Commands({"-m venv": NO_ENSUREPIP}))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    monkeypatch.setattr(bootstrap.os.path, "realpath", lambda _path: "/usr/bin/python3.11")
    with pytest.raises(SetupError, match=r"(?s)请先安装 venv.*sudo apt-get install python3"):
        bootstrap._create(project / ".venv", project / ".venv" / "bin" / "python", None)


@pytest.mark.parametrize(
    ("uid", "sudo", "allowed", "prefix"),
    [(0, False, False, []), (1000, False, False, None), (1000, True, True, ["sudo", "-n"]), (1000, True, False, None)],
)
def test_it_becomes_root_only_where_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch, uid: int, sudo: bool, allowed: bool, prefix: list[str] | None
) -> None:
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: uid)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: "/usr/bin/sudo" if sudo else None)
    monkeypatch.setattr(bootstrap.subprocess, "run", Commands({"sudo -n true": (0 if allowed else 1, "")}))
    monkeypatch.setattr(bootstrap.sys, "stdin", None)
    assert bootstrap._become_root() == prefix


# --- the whole way, for real (nothing to download) ---------------------------------------------------
def inside(project: Path, version: str = "1.0") -> list[str]:
    """What the small project prints when it runs in its environment."""
    return [str(project / ".venv"), version, "demo"]


def test_it_builds_once_and_goes_on_inside(project: Path) -> None:
    first = start(project, "demo", "--seed", "7")
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == [*inside(project), "--seed", "7"]
    assert "正在建立运行环境" in first.stderr
    second = start(project, "demo")
    assert second.stdout.split() == inside(project)
    assert second.stderr == ""


def test_it_installs_again_when_the_requirements_change(built: Path) -> None:
    require(built, "tiny==2.0")
    changed = start(built, "demo")
    assert changed.stdout.split() == inside(built, "2.0")
    assert "Installing" in changed.stderr
    assert "Making the environment" not in changed.stderr


@pytest.mark.parametrize("python", [BASE, ".venv/bin/python"])
def test_it_heals_what_was_killed_half_way(built: Path, python: str) -> None:
    # pip believes in a package whose metadata is there; its module never came.
    next((built / ".venv").glob("lib/*/site-packages/tiny.py")).unlink()
    (built / ".venv" / "setup-unfinished").touch()
    healed = start(built, "demo", python=python)
    assert healed.returncode == 0, healed.stderr
    assert healed.stdout.split() == inside(built)
    assert not (built / ".venv" / "setup-unfinished").exists()


def test_it_heals_after_a_real_kill(project: Path) -> None:
    process = subprocess.Popen([BASE, "manage.py", "demo"], cwd=project, stderr=subprocess.DEVNULL)
    give_up = time.monotonic() + 60
    while not (project / ".venv" / "setup-unfinished").exists() and time.monotonic() < give_up:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert start(project, "demo").stdout.split() == inside(project)


def test_it_makes_it_anew_when_its_python_has_gone(built: Path) -> None:
    python = built / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(built / "a python that was removed")
    assert start(built, "demo").stdout.split() == inside(built)


def test_it_shows_why_installing_failed_and_goes_on_later(project: Path) -> None:
    require(project, "no-such-package-anywhere==99.99")
    failed = start(project, "demo")
    assert failed.returncode == 1
    assert "No matching distribution found for no-such-package-anywhere" in failed.stderr
    assert "PIP_INDEX_URL" in failed.stderr
    assert "Traceback" not in failed.stderr
    require(project, "tiny==1.0")
    later = start(project, "demo")
    assert later.stdout.split() == inside(project)
    assert "Making the environment" not in later.stderr


def test_two_starts_at_once_build_it_once(project: Path) -> None:
    started = [
        subprocess.Popen([BASE, "manage.py", "demo"], cwd=project, stdout=-1, stderr=-1, text=True) for _ in range(2)
    ]
    said = [process.communicate(timeout=300) for process in started]
    assert [out.split() for out, _err in said] == [inside(project)] * 2
    assert sum("Making the environment" in err for _out, err in said) == 1
