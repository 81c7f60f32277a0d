"""What ``make`` sets up: whatever is half-made mends itself; what cannot be done is one line, and then the same again.

Make and ``set_up.sh`` run as they are, among stand-ins for Python, pip, apt and sudo that do and say what the real ones
do and say; no network, no package, some hundredths of a second each.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TOOLS = (
    *(
        "awk",
        "cat",
        "chmod",
        "cp",
        "date",
        "dirname",
        "env",
        "grep",
        "ls",
        "make",
        "mkdir",
        "mktemp",
        "rm",
        "sed",
        "sh",
    ),
    *("tail", "touch", "tr"),
)
SETTING_UP = ("Makefile", "set_up.sh", "pyproject.toml", ".ci/run")
CALL = "CALL "

# A Python with venv and pip, of one version. What fails is a file in $WORLD.
PYTHON = """#!/bin/sh
here=$(dirname "$0")
[ -e "$here/../pip" ] || [ -e "$here/pip" ] && pip=yes || pip=
case "$*" in
  *version_info*) echo VERSION ;;
  *"import ensurepip, venv"*) [ ! -e "$WORLD/no-ensurepip" ] ;;
  *"import pip"*) [ -n "$pip" ] ;;
  "-m venv"*)
    echo "CALL venv VERSION" >>"$WORLD/log"
    rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python
    [ -e "$WORLD/no-ensurepip" ] && { echo "ensurepip is not available"; exit 1; }
    touch .venv/bin/pip
    echo "VIRTUAL_ENV=\\"$PWD/.venv\\"" >.venv/bin/activate ;;
  "-m pip install"*)
    shift 5
    echo "CALL pip $*" >>"$WORLD/log"
    [ -e "$WORLD/kill-pip" ] && kill -9 $PPID && exit 1
    [ -e "$WORLD/pip-says" ] && { cat "$WORLD/pip-says" >&2; exit 1; }
    for name in dualcos ruff mypy; do
      printf '#!/bin/sh\\necho "CALL %s $1" >>"$WORLD/log"\\n[ ! -e "$WORLD/no-%s" ]\\n' $name $name >"$here/$name"
      chmod +x "$here/$name"
    done ;;
  "-m dualcos --version") echo "dualcos 1" ;;
  *) echo "CALL python $*" >>"$WORLD/log" ;;
esac
"""
APT = """#!/bin/sh
case "$*" in
  *install*)
    echo "CALL apt-get install" >>"$WORLD/log"
    [ -e "$WORLD/apt-says" ] && { cat "$WORLD/apt-says" >&2; exit 100; }
    case "$*" in *python3-venv*) rm -f "$WORLD/no-ensurepip" ;; *) rm -f "$WORLD/dpkg" ;; esac ;;
esac
"""
# dpkg knows removed and half-installed packages, too, and says so with exit code 0.
DPKG = '#!/bin/sh\nif [ -e "$WORLD/dpkg" ]; then cat "$WORLD/dpkg"; else printf "ii "; fi\n'
ID = '#!/bin/sh\ncase "$1" in -u) cat "$WORLD/uid" ;; *) echo somebody ;; esac\n'
# sudo as it is for most: it wants a password.
SUDO = '#!/bin/sh\n[ "$1" = -n ] && shift\n[ -e "$WORLD/password" ] && exit 1\nexec "$@"\n'
NPM = """#!/bin/sh
echo "CALL npm" >>"$WORLD/log"
[ -e "$WORLD/kill-npm" ] && kill -9 $PPID && exit 1
mkdir node_modules
"""


class World:
    """A machine with a checkout, and what its programs were asked to do."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.bin = place / "bin"
        self.checkout = place / "a check out"
        self.log = place / "log"
        self.bin.mkdir()
        self.checkout.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or pytest.skip(f"{tool} is not on this machine"))
        for name, text in (("apt-get", APT), ("dpkg-query", DPKG), ("id", ID), ("sudo", SUDO), ("npm", NPM)):
            self.program(name, text)
        self.python("python3", "3.11")
        self.flag("uid", "0\n")
        for name in (
            "Makefile",
            "set_up.sh",
            "pyproject.toml",
            ".ci/run",
            "tests/dualcos/clients/programs/package.json",
        ):
            (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, self.checkout / name)
        self.venv = self.checkout / ".venv"
        self.busy = self.checkout / "build" / "setting-up"

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def python(self, name: str, version: str) -> None:
        self.program(name, PYTHON.replace("VERSION", version))

    def flag(self, name: str, text: str = "") -> None:
        (self.place / name).write_text(text, encoding="utf-8")

    def unflag(self, name: str) -> None:
        (self.place / name).unlink()

    def ordinary(self) -> None:
        """The user is nobody special, and sudo wants a password."""
        self.flag("uid", "1000\n")
        self.flag("password")

    def run(self, *command: str) -> Run:
        """A command in the checkout; all it says and does, in its order."""
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            ran = subprocess.run(  # noqa: S603 - make, among the programs above
                [self.bin / command[0], *command[1:]],
                cwd=self.checkout,
                env={"PATH": str(self.bin), "WORLD": str(self.place), "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
                timeout=60,
            )
        return Run(ran.returncode, self.log.read_text(encoding="utf-8").splitlines())

    def make(self, *arguments: str) -> Run:
        return self.run("make", *arguments)


class Run(NamedTuple):
    code: int
    lines: list[str]

    @property
    def calls(self) -> list[str]:
        return [line.removeprefix(CALL) for line in self.lines if line.startswith(CALL)]

    @property
    def said(self) -> list[str]:
        """What is left beside announcements, echoed recipes and make's own last line."""
        ours = (line for line in self.lines if not line.startswith((CALL, "make: ", "make[", "echo", ".venv/bin/")))
        return [line for line in ours if not line.endswith("…") and not re.search(r"is \d\.\d+$|Killed", line)]

    def unannounced(self) -> list[str]:
        """What takes long and was not told in the line before."""
        long = re.compile(rf"{CALL}(venv|pip|apt-get install|npm)")
        pairs = zip(["", *self.lines], self.lines, strict=False)
        return [now for was, now in pairs if long.match(now) and not was.endswith("…")]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def served(run: Run) -> bool:
    return run.code == 0 and run.calls[-1] == "dualcos serve" and not run.unannounced()


# --- what is half-made: the next run makes it whole -------------------------------------------------------------------


def without_pip(world: World) -> None:
    """Debian's Python without python3-venv: it makes bin/python, says what is missing and leaves."""
    world.flag("no-ensurepip")
    world.ordinary()
    shutil.rmtree(world.venv)
    world.run("python3", "-m", "venv", ".venv")
    assert (world.venv / "bin" / "python").exists()
    world.unflag("no-ensurepip")


def python_is_gone(world: World) -> None:
    (world.venv / "bin" / "python").unlink()
    (world.venv / "bin" / "python").symlink_to("/nowhere/python3.10")


def another_python(world: World) -> None:
    """The system's Python went on by a version: .venv/bin/python is the new one and finds no package of the old."""
    (world.venv / "bin" / "pip").unlink()
    (world.venv / "bin" / "python").write_text(PYTHON.replace("VERSION", "3.13"), encoding="utf-8")


def too_old(world: World) -> None:
    (world.venv / "bin" / "python").write_text(PYTHON.replace("VERSION", "3.9"), encoding="utf-8")


def moved(world: World) -> None:
    """Scripts of a virtual environment name the folder it was made in."""
    world.checkout = world.checkout.rename(world.place / "elsewhere")
    world.venv = world.checkout / ".venv"


def copied(world: World) -> None:
    """The copy's scripts would start the original."""
    world.checkout = Path(shutil.copytree(world.checkout, world.place / "copy"))
    world.venv = world.checkout / ".venv"


def pip_was_killed(world: World) -> None:
    (world.venv / "card").unlink()
    world.flag("kill-pip")
    assert world.make("serve").code != 0
    world.unflag("kill-pip")
    assert not (world.venv / "card").exists()


def no_folder(world: World) -> None:
    shutil.rmtree(world.venv)
    world.venv.write_text("")


def link_to_nowhere(world: World) -> None:
    shutil.rmtree(world.venv)
    world.venv.symlink_to("/nowhere/.venv")


HALF_MADE = (
    without_pip, python_is_gone, another_python, too_old, moved, copied, pip_was_killed, no_folder, link_to_nowhere,
)  # fmt: skip


def mends_itself(world: World, damage: Callable[[World], None]) -> None:
    assert served(world.make("serve"))
    damage(world)
    mended = world.make("serve")
    assert served(mended)
    assert mended.calls[:-1] == ["venv 3.11", "pip --editable ."]
    assert mended.said == []
    assert world.make("serve").calls == ["dualcos serve"]


@pytest.mark.parametrize("damage", HALF_MADE)
def test_what_is_half_made_is_made_anew(world, damage):
    mends_itself(world, damage)


def test_what_is_whole_is_left_alone(world):
    first = world.make("serve")
    assert served(first)
    assert first.calls == ["venv 3.11", "pip --editable .", "dualcos serve"]
    by_another_name = world.place / "link"
    by_another_name.symlink_to(world.checkout)
    world.checkout = by_another_name
    again = world.make("serve")
    assert (again.calls, again.said) == (["dualcos serve"], [])


def test_a_new_pyproject_is_installed(world):
    assert served(world.make("serve"))
    os.utime(world.checkout / "pyproject.toml", (2**33, 2**33))
    assert world.make("serve").calls == ["pip --editable .", "dualcos serve"]


@pytest.mark.parametrize("dpkg", ["iF ", "rc ", "un "])
def test_a_package_that_dpkg_knows_is_not_yet_there(world, dpkg):
    world.flag("dpkg", dpkg)
    assert world.make("serve").calls == ["venv 3.11", "pip --editable .", "apt-get install", "dualcos serve"]
    assert world.make("serve").calls == ["dualcos serve"]


# --- what cannot be done: one line, and the same again when it is mended ----------------------------------------------


class Hindrance(NamedTuple):
    """What is in the way, the one line about it, and how somebody mends it."""

    cause: Callable[[World], object]
    line: str
    mend: Callable[[World], object]
    arguments: tuple[str, ...] = ()


def no_ensurepip(world: World) -> None:
    world.flag("no-ensurepip")
    world.ordinary()


def no_apt_either(world: World) -> None:
    world.flag("no-ensurepip")
    (world.bin / "apt-get").unlink()


# As pip 23.0 says it, when a package index is not reached and when a disk is full.
NO_NETWORK = """  error: subprocess-exited-with-error
      WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by
 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection:
 [Errno -3] Temporary failure in name resolution')': /simple/hatchling/
      ERROR: Could not find a version that satisfies the requirement hatchling>=1.27 (from versions: none)
      ERROR: No matching distribution found for hatchling>=1.27
      [end of output]
error: subprocess-exited-with-error
"""
FULL_DISK = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
LOCKED = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 77 (apt-get)\n"

HINDRANCES = {
    "no network": Hindrance(
        lambda world: world.flag("pip-says", NO_NETWORK),
        r"Could not install dualcos: no package index can be reached; .* then the same command again",
        lambda world: world.unflag("pip-says"),
    ),
    "a full disk": Hindrance(
        lambda world: world.flag("pip-says", FULL_DISK),
        r"Could not install dualcos: .*No space left on device.* then the same command again",
        lambda world: world.unflag("pip-says"),
    ),
    "no python3-venv, and a user like others": Hindrance(
        no_ensurepip,
        r"python3-venv is missing .*: sudo apt-get install python3-venv, then the same command again",
        lambda world: world.unflag("no-ensurepip"),
    ),
    "no ensurepip, and no Debian": Hindrance(
        no_apt_either,
        r"python3 cannot make virtual environments: install .*, then the same command again",
        lambda world: world.unflag("no-ensurepip"),
    ),
    "no python3-venv, and apt locked": Hindrance(
        lambda world: (world.flag("no-ensurepip"), world.flag("apt-says", LOCKED)),
        r"python3-venv is missing .*Could not get lock.* then the same command again",
        lambda world: world.unflag("apt-says"),
    ),
    "an old Python": Hindrance(
        lambda world: world.python("python3", "3.9"),
        r"python3 is Python 3\.9; dualcos needs 3\.11 or newer: .*PYTHON=.*, then the same command again",
        lambda world: world.python("python3.12", "3.12"),
    ),
    "no Python": Hindrance(
        lambda world: (world.bin / "python3").unlink(),
        r"There is no Python here by the name of python3; install Python 3\.11 or .*, then the same command again",
        lambda world: world.python("python3", "3.11"),
    ),
    "an old Python named": Hindrance(
        lambda world: world.python("python3.10", "3.10"),
        r"python3\.10 is Python 3\.10; dualcos needs 3\.11 or newer: .*, then the same command again",
        lambda world: world.python("python3.10", "3.12"),
        ("PYTHON=python3.10",),
    ),
}


def is_told(world: World, hindrance: Hindrance) -> None:
    hindrance.cause(world)
    for _ in range(2):
        hindered = world.make("serve", *hindrance.arguments)
        assert hindered.code != 0
        assert len(hindered.said) == 1
        assert re.fullmatch(hindrance.line, *hindered.said)
        assert "dualcos serve" not in hindered.calls
        assert not hindered.unannounced()
    hindrance.mend(world)
    assert served(world.make("serve", *hindrance.arguments))


@pytest.mark.parametrize("name", HINDRANCES)
def test_what_cannot_be_done_is_one_line(world, name):
    is_told(world, HINDRANCES[name])


def test_another_make_is_not_disturbed(world):
    assert served(world.make("serve"))
    world.busy.write_text(f"{os.getpid()}\n")
    (world.venv / "card").unlink()
    hindered = world.make("serve")
    assert (hindered.code != 0, hindered.calls) == (True, [])
    assert re.fullmatch(rf"Another make is setting up .venv \(process {os.getpid()}\): .*", *hindered.said)
    world.busy.unlink()
    assert served(world.make("serve"))


def test_python3_venv_is_installed_where_that_is_allowed(world):
    world.flag("no-ensurepip")
    assert world.make("serve").calls == ["apt-get install", "venv 3.11", "pip --editable .", "dualcos serve"]


def test_a_python_that_is_named_is_the_one_in_use(world):
    assert served(world.make("serve"))
    world.python("python3.12", "3.12")
    assert world.make("serve").calls == ["dualcos serve"]
    named = world.make("serve", "PYTHON=python3.12")
    assert named.calls == ["venv 3.12", "pip --editable .", "dualcos serve"]
    assert world.make("serve").calls == ["dualcos serve"]


# --- what is done without, and tried again ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        (World.ordinary, r".*please run: sudo apt-get install --no-install-recommends pcscd .*"),
        (lambda world: world.flag("apt-says", LOCKED), r".*please run: sudo apt-get install .*Could not get lock.*"),
        (lambda world: (world.bin / "apt-get").unlink(), r"Not a Debian system: .* pcscd .*"),
        (lambda world: (world.ordinary(), (world.bin / "sudo").unlink()), r".*please run: apt-get .* \(as root\).*"),
    ],
    ids=["a user like others", "apt locked", "no apt", "no sudo"],
)
def test_the_card_is_served_without_debian_packages(world, cause, line):
    world.flag("dpkg", "un ")
    cause(world)
    run = world.make("serve")
    assert served(run)
    assert re.fullmatch(line, *run.said)


@pytest.mark.parametrize(("target", "called"), [("test", "pip pyscard"), ("fuzz", "pip --editable .[fuzz]")])
def test_what_failed_is_not_taken_for_made(world, target, called):
    assert world.make("models").code == 0
    world.flag("pip-says", NO_NETWORK)
    without = world.make(target)
    assert (without.code, len(without.said)) == (0, 1)
    assert called in without.calls
    world.unflag("pip-says")
    assert called in world.make(target).calls
    assert called not in world.make(target).calls


def test_npm_that_was_killed_begins_again(world):
    world.flag("kill-npm")
    assert world.make("clients-npm").code != 0
    world.unflag("kill-npm")
    assert "npm" in world.make("clients-npm").calls
    assert "npm" not in world.make("clients-npm").calls


# --- the order of the verdicts ----------------------------------------------------------------------------------------


def linter_is_first(world: World) -> None:
    """It is asked before anything that takes long is installed, and what it finds ends the run."""
    world.flag("dpkg", "un ")
    whole = world.run("sh", ".ci/run")
    names = [call.split()[0] for call in whole.calls if not call.startswith(("venv", "pip ruff"))]
    assert (whole.code, names[:1], names[-1:]) == (0, ["ruff"], ["python"])
    assert {"apt-get", "mypy"} <= set(names)
    shutil.rmtree(world.venv)
    world.flag("no-ruff")
    stopped = world.run("sh", ".ci/run")
    assert stopped.code != 0
    assert stopped.calls == ["venv 3.11", next(call for call in whole.calls if "ruff" in call), "ruff check"]


def test_the_linter_answers_first(world):
    linter_is_first(world)


# --- make help --------------------------------------------------------------------------------------------------------


def test_help_names_every_target_and_no_other(world):
    told = "\n".join(world.make("help").lines)
    phony = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[0].split())
    written = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))
    assert phony == written
    assert {name for name in written if not re.search(rf"(make |\(){name}\b(?!-)", told)} == set()
    assert set(re.findall(r"make ([a-z-]+)", told)) <= written


# --- and the test bites: faults planted in what sets up ---------------------------------------------------------------


class SetUpFault(NamedTuple):
    is_: str
    file: str
    old: str
    new: str
    caught_by: Callable[[World], None]


def half_made(damage: Callable[[World], None]) -> Callable[[World], None]:
    return lambda world: mends_itself(world, damage)


def hindered(name: str) -> Callable[[World], None]:
    return lambda world: is_told(world, HINDRANCES[name])


FAULTS = (
    SetUpFault(
        "a .venv with bin/python counts as made", "set_up.sh",
        """    why=$(defect)\n""", """    why=\n""", half_made(without_pip),
    ),
    SetUpFault(
        "where .venv was made is not asked", "set_up.sh",
        """[ "$place" -ef $VENV ]""", """[ -d "$place" ]""", half_made(copied),
    ),
    SetUpFault(
        "an interrupted pip leaves no mark", "set_up.sh",
        """mkdir -p build && echo $$ >$BUSY""", """mkdir -p build""", half_made(pip_was_killed),
    ),
    SetUpFault(
        "pip's failure counts as made", "set_up.sh",
        """reason=$(sed -n 's/^.*""", """touch "$VENV/$stamp"; reason=$(sed -n 's/^.*""", hindered("no network"),
    ),
    SetUpFault(
        "a minute passes in silence", "set_up.sh",
        """echo "Installing $what into""", """: "Installing $what into""", half_made(too_old),
    ),
    SetUpFault(
        "what pip says is passed on as it comes", "set_up.sh",
        """>$VENV/pip.log 2>&1; then""", """2>&1 | tee $VENV/pip.log && false; then""", hindered("no network"),
    ),
    SetUpFault(
        "3.10 is taken for new enough", "set_up.sh",
        """3.[0-9] | 3.10 |""", """3.[0-9] |""", hindered("an old Python named"),
    ),
    SetUpFault(
        "the linter waits for the test tools", "Makefile",
        "\t$(READY) lint\n", "\t$(READY) dev\n", linter_is_first,
    ),
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.is_)
def test_a_planted_fault_is_seen(world, fault):
    path = world.checkout / fault.file
    text = path.read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    path.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
    with pytest.raises(AssertionError):
        fault.caught_by(world)
