"""Sets the project up on a bare machine: makes `.venv` and installs into it what is pinned.

manage.py calls this before anything else, so only the standard library is imported here, and the file must parse
on Python 3.8: an old Python is told what is missing instead of tripping over syntax. Everything said to a person
is said in Chinese and in English, on standard error, because no translation has been compiled yet.

What keeps it right:
- `.venv/setup-done` holds a digest of each requirements file as it was installed: unchanged files cost nothing.
- `.venv/setup-unfinished` is there while something is being installed: found later, the environment is made anew.
- A lock in `var/` keeps two starts from building at once; the children inherit it, so it outlives a killed parent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEWER = tuple(f"python3.{minor}" for minor in range(15, OLDEST[1] - 1, -1))
# Set to anything to install nothing, ever: a container or a server that is provisioned by other means.
OFF = "RESILIENCE_NO_SETUP"
# How this process came to be, told by the one before it: a newer Python was found, or `.venv` was made.
_CAME_BY = "RESILIENCE_SETUP_CAME_BY"
_NEWER, _VENV = "newer-python", "venv"
_DONE = "setup-done"
_UNFINISHED = "setup-unfinished"
_LOG = "setup.log"
_TEXT: dict[str, Any] = {"text": True, "encoding": "utf-8", "errors": "replace"}


class SetupError(Exception):
    """Setting up cannot go on; the message is for the person at the keyboard, in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


def say(chinese: str, english: str) -> None:
    """One line of progress for a person; never on standard output, which may be a file or a pipe."""
    _write(f"{chinese} / {english}\n")


def _write(text: str) -> None:
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding))
    sys.stderr.flush()


# --- the one door -------------------------------------------------------------------------------
def ensure(argv: Sequence[str] | None = None, root: Path = ROOT) -> None:
    """Return if this Python can run the command in `argv`; otherwise set up `.venv` and go on there (no return)."""
    argv = sys.argv if argv is None else argv
    came_by = os.environ.pop(_CAME_BY, "")
    if sys.version_info < OLDEST:
        _go_on_with_a_newer_python(came_by)
    if os.environ.get(OFF):
        return
    wanted = requirements_for(argv, root)
    if is_ready(root, wanted):
        return
    try:
        if came_by == _VENV:
            raise SetupError(
                "运行环境 .venv 已经建好,却不能用。请删除 .venv 文件夹后再试。",
                "The environment .venv was set up and still does not work. Delete the folder .venv and try again.",
            )
        python = build(root, wanted)
    except SetupError as error:
        _write(f"{error}\n")
        raise SystemExit(1) from None
    except OSError as error:
        say("无法写入项目文件夹", f"The project's folder cannot be written: {error}")
        raise SystemExit(1) from None
    _restart(str(python), _VENV)


def requirements_for(argv: Sequence[str], root: Path = ROOT) -> str:
    """The name of the requirements file that the command in `argv` needs."""
    if "test" in argv[1:2]:
        return "requirements-dev.txt"
    if _database_url(root).startswith(("postgres", "pgsql")):
        return "requirements-postgres.txt"
    return "requirements.txt"


def _database_url(root: Path) -> str:
    from_environment = os.environ.get("DATABASE_URL")
    if from_environment is not None:
        return from_environment
    try:
        dotenv = Path(os.environ.get("ENV_FILE") or root / ".env").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^\s*(?:export\s+)?DATABASE_URL\s*=\s*['\"]?([^'\"\s]+)", dotenv, re.MULTILINE)
    return found.group(1) if found else ""


def _go_on_with_a_newer_python(came_by: str) -> NoReturn:
    for name in () if came_by else NEWER:
        found = shutil.which(name)
        if found:
            _restart(found, _NEWER)
    have = ".".join(str(part) for part in sys.version_info[:2])
    need = ".".join(str(part) for part in OLDEST)
    say(
        f"需要 Python {need} 或更新的版本,这里是 {have}。请安装后再试。",
        f"Python {need} or newer is needed, this is {have}. Install it and try again.",
    )
    raise SystemExit(1)


def _restart(python: str, why: str) -> NoReturn:
    """Run the same command line with another Python, in this very process where the system can."""
    os.environ[_CAME_BY] = why
    arguments = list(getattr(sys, "orig_argv", [sys.executable, *sys.argv]))[1:]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":  # execv on Windows gives the prompt back at once
        raise SystemExit(subprocess.call([python, *arguments]))
    os.execv(python, [python, *arguments])


# --- is there anything to do? -------------------------------------------------------------------
def is_ready(root: Path, wanted: str) -> bool:
    """Whether the running Python has what the requirements file `wanted` pins."""
    venv = root / ".venv"
    if _is_ours(venv) and os.path.realpath(sys.prefix) == os.path.realpath(venv):
        return _is_done(venv, root, wanted)
    return not missing(root / wanted, sys.path)


def missing(requirements: Path, search_path: Iterable[str]) -> list[str]:
    """The pins that no folder of `search_path` holds, as `name==version`; reads folder names only."""
    installed: set[str] = set()
    for folder in search_path:
        if folder.endswith("-packages"):
            with contextlib.suppress(OSError):
                installed.update(
                    _canonical(*entry[: -len(".dist-info")].partition("-")[::2])
                    for entry in os.listdir(folder)
                    if entry.endswith(".dist-info")
                )
    return [pin for pin in pins(requirements) if pin not in installed]


def pins(requirements: Path) -> list[str]:
    """Each `name==version` of a requirements file and of those it includes, names in one spelling."""
    found = []
    for path in _closure(requirements):
        for line in path.read_text(encoding="utf-8").splitlines():
            pin = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;#]+)\s*(?:#.*)?$", line.strip())
            if pin:
                found.append(_canonical(pin.group(1), pin.group(2)))
    return found


def _canonical(name: str, version: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() + "==" + version


def _closure(requirements: Path) -> list[Path]:
    """The file and every file it includes by `-r`, included ones first."""
    found = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        include = re.match(r"(?:-r|--requirement)\s+(\S+)", line.strip())
        if include:
            found += _closure(requirements.parent / include.group(1))
    return [*found, requirements]


def _digests(root: Path, wanted: str) -> set[str]:
    """One line per file of the closure: its name and the digest of all that it asks for."""
    lines = set()
    for path in _closure(root / wanted):
        content = b"\0".join(part.read_bytes() for part in _closure(path))
        lines.add(f"{path.name} {hashlib.sha256(content).hexdigest()}")
    return lines


def _is_ours(venv: Path) -> bool:
    return (venv / _DONE).exists() or (venv / _UNFINISHED).exists()


def _python_line(version: str) -> str:
    return f"python {version}"


def _is_done(venv: Path, root: Path, wanted: str, version: str = "{}.{}".format(*sys.version_info[:2])) -> bool:
    if (venv / _UNFINISHED).exists():
        return False
    try:
        done = set((venv / _DONE).read_text(encoding="utf-8").splitlines())
    except OSError:
        return False
    return _python_line(version) in done and _digests(root, wanted) <= done


# --- making the environment ---------------------------------------------------------------------
def build(root: Path, wanted: str) -> Path:
    """Make or mend `.venv` so that it holds `wanted`; the path of its Python. Raises SetupError."""
    venv = root / ".venv"
    python = venv_python(venv)
    with _only_one(root) as lock:
        version = _usable_version(venv, python)
        if version and _is_done(venv, root, wanted, version):
            return python  # it was there already, or another start made it while this one waited
        if not version:
            if venv.exists() and not _is_ours(venv):
                raise SetupError(
                    "这里的 .venv 不是本项目建立的,也没有 pip。请把它移走后再试。",
                    "The .venv here was not made by this project and has no pip. Move it away and try again.",
                )
            _create(venv, python, lock)
            version = _usable_version(venv, python, unfinished_is_fine=True)
        if not version:
            raise SetupError("运行环境 .venv 建好后无法启动。", "The environment .venv does not start.")
        _install(root, venv, wanted, lock)
        done = sorted({_python_line(version), *_digests(root, wanted)})
        write_whole(venv / _DONE, ("\n".join(done) + "\n").encode())
        (venv / _UNFINISHED).unlink()
    say("运行环境已就绪", "Ready")
    return python


def venv_python(venv: Path) -> Path:
    """Where a virtual environment keeps its Python, on this system."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def _usable_version(venv: Path, python: Path, unfinished_is_fine: bool = False) -> str:
    """The version of the environment's Python as `3.11`; empty when there is none that can be trusted."""
    if not python.exists() or ((venv / _UNFINISHED).exists() and not unfinished_is_fine):
        return ""
    ask = "import pip, sys; print('%d.%d' % sys.version_info[:2] if sys.version_info >= (3, 11) else '')"
    try:
        answer = subprocess.run([str(python), "-I", "-c", ask], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _create(venv: Path, python: Path, lock: int | None) -> None:
    say(f"正在建立运行环境 {venv}", "Making the environment")
    base = getattr(sys, "_base_executable", None) or sys.executable
    if _try_venv(base, venv, python, lock):
        return
    # Debian and Ubuntu ship Python without the part that makes environments.
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if not os.path.realpath(base).startswith("/usr/bin/") or not apt_install([package]):
        raise SetupError(
            f"这个 Python 不能建立运行环境。请先安装 venv(Debian、Ubuntu:sudo apt-get install {package}),再运行一次。",
            f"This Python cannot make an environment. Install venv (Debian, Ubuntu: sudo apt-get install {package}) "
            "and run the command again.",
        )
    if not _try_venv(base, venv, python, lock):
        raise SetupError(
            f"安装 {package} 后仍然不能建立运行环境,原因见上。",
            f"An environment still cannot be made after installing {package}; the reason is above.",
        )


def _try_venv(base: str, venv: Path, python: Path, lock: int | None) -> bool:
    """Make the environment from nothing, marked as unfinished; False, and nothing left, if this Python cannot."""
    shutil.rmtree(venv, ignore_errors=True)
    venv.mkdir(exist_ok=True)
    (venv / _UNFINISHED).touch()
    made = subprocess.run([base, "-m", "venv", str(venv)], check=False, **_heard(lock))
    if made.returncode == 0 and _usable_version(venv, python, unfinished_is_fine=True):
        return True
    shutil.rmtree(venv, ignore_errors=True)
    if "ensurepip" not in made.stdout and "No module named venv" not in made.stdout:
        _write(made.stdout)
    return False


def _install(root: Path, venv: Path, wanted: str, lock: int | None) -> None:
    count = len(pins(root / wanted))
    say(
        f"正在安装 {count} 个组件及其依赖,约一两分钟",
        f"Installing {count} packages and what they need: a minute or two",
    )
    (venv / _UNFINISHED).touch()
    python, log = venv_python(venv), venv / _LOG
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", wanted]
    returncode = _run_pip(command, root, log, lock)
    if returncode == 0:
        return
    # pip ended by itself: it resolves and downloads before it writes, so what is there is whole and can be built on.
    (venv / _UNFINISHED).unlink()
    _write("".join(log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-15:]))
    raise SetupError(
        f"安装没有完成,全部记录在 {log}。请检查网络;可用环境变量 PIP_INDEX_URL 指定就近的镜像;再运行一次会接着做。",
        f"Installing did not finish; the whole record is in {log}. Check the network; PIP_INDEX_URL can name a mirror "
        "near you; running the command again goes on from here.",
    )


def _run_pip(command: list[str], root: Path, log: Path, lock: int | None) -> int:
    """Run pip, all its words into `log`, the name of each package onto the screen as it comes."""
    with log.open("w", encoding="utf-8") as record, subprocess.Popen(command, cwd=root, **_heard(lock)) as pip:
        for line in pip.stdout or ():
            record.write(line)
            collecting = re.match(r"Collecting ([A-Za-z0-9._-]+)", line)
            if collecting:
                _write(f"{collecting.group(1)} ")
            elif line.startswith("Installing collected packages"):
                _write("…")
    _write("\n")
    return pip.returncode


def _heard(lock: int | None) -> dict[str, Any]:
    """For subprocess: all its words for us to read, and the lock held for as long as it runs."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **_TEXT}
    return options if lock is None else {**options, "pass_fds": (lock,)}


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[int | None]:
    """Hold the set-up lock; gives its file descriptor, or None where the system has no such lock (Windows)."""
    try:
        import fcntl
    except ImportError:
        yield None
        return
    (root / "var").mkdir(exist_ok=True)
    with (root / "var" / "setup.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("另一个窗口正在准备运行环境,请稍候", "Another start is setting up; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle.fileno()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


# --- Debian's packages --------------------------------------------------------------------------
def apt_install(packages: Sequence[str]) -> bool:
    """Install Debian packages as root or through sudo; False where that is not possible or failed."""
    if not shutil.which("apt-get"):
        return False
    become_root = _become_root()
    if become_root is None:
        return False
    say(f"正在用 apt-get 安装 {' '.join(packages)}", f"Installing {' '.join(packages)} with apt-get")
    apt = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    _quietly([*apt, "update"])  # a failure here is told by the next line, if it matters
    installed = _quietly([*apt, "install", "-y", "--no-install-recommends", *packages])
    if installed.returncode:
        _write("".join(installed.stdout.splitlines(keepends=True)[-15:]))
    return installed.returncode == 0


def _become_root() -> list[str] | None:
    """What to put before a command so that it runs as root; None where nobody here may."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if sys.stdin is not None and sys.stdin.isatty():
        return ["sudo"]  # it may ask for the password
    return ["sudo", "-n"] if _quietly(["sudo", "-n", "true"]).returncode == 0 else None


def _quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **_TEXT)
