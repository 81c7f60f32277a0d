"""What ``dualcos doctor`` looks at: a row for each thing, how to look, and whom it matters to.

A look gives what it found and the one command that mends it. *Missing* is what something that is here cannot work
without; what only matters if somebody wants more is a *note*.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from dualcos.cli.commands_to_paste import program
from dualcos.cli.facts.doctor_facts import CheckState
from dualcos.cli.surroundings import Surroundings
from dualcos.reader.embedded.socket_service import VARIABLE
from dualcos.reader.service_inquiry import LONGEST_PATH, ServiceSeen, ServiceTrouble
from dualcos.reader.vpcd import CARD_PORT

OLDEST_PYTHON = (3, 11)
SERVE, VPCD, CLIENTS, ISSUANCE, TESTS = "serve embedded", "serve vpcd", "PC/SC programs", "issuance", "tests"
AUDIENCES = (SERVE, VPCD, CLIENTS, ISSUANCE, TESTS)
EVERYBODY = (SERVE, VPCD, ISSUANCE, TESTS)
LIBRARY = "libpcsclite.so.1"
_SOCKET_NAME = "/dualcos-12345678/pcscd.comm"  # as the embedded service makes one
_REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?\s*(?:\(?>=\s*([0-9][0-9A-Za-z.]*))?")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_DEVICE = re.compile(r"^\s*DEVICENAME\s+/dev/null:0x([0-9A-Fa-f]+)", re.MULTILINE)
_DRIVER = re.compile(r"^\s*LIBPATH\s+(\S+)", re.MULTILINE)
_PRIVATE = stat.S_IRWXG | stat.S_IRWXO


class Look(NamedTuple):
    """What was found, and the command that mends it."""

    state: CheckState
    says: str
    mend: str | None = None


class DoctorCheck(NamedTuple):
    """One row."""

    id: str
    title: str
    matters_to: tuple[str, ...]
    look: Callable[[Surroundings], Look]


# --- dualcos itself ---------------------------------------------------------------------------------------------------


def _python(here: Surroundings) -> Look:
    has, wanted = ".".join(map(str, here.python)), ".".join(map(str, OLDEST_PYTHON))
    if here.python[:2] < OLDEST_PYTHON:
        return Look("missing", f"{has} is too old, {wanted} is wanted", _install(here, "python3", "python3-venv"))
    return Look("ok", f"{has}, {here.executable}")


def _own_packages(here: Surroundings) -> Look:
    if here.in_the_way:
        return Look("missing", here.in_the_way, f"{here.executable} -P -m dualcos")
    return Look("ok", "they lie side by side, nothing stands before them")


def _dependencies(here: Surroundings) -> Look:
    wanted = [each for each in here.required if not _EXTRA.search(each)]
    if not wanted:
        return Look("note", "dualcos is not installed here; which versions it needs is not known")
    wrong = [(text, trouble) for text in wanted if (trouble := _trouble(here, text))]
    if wrong:
        return Look("missing", "; ".join(trouble for _, trouble in wrong), _pip(here, *(text for text, _ in wrong)))
    return Look("ok", f"all {len(wanted)} are here and new enough")


def _trouble(here: Surroundings, requirement: str) -> str:
    """What is wrong with a distribution, empty if it is here and new enough."""
    name, oldest = _needed(requirement)
    has = here.installed(name)
    if has is None:
        return f"{name} is not installed"
    if _number(has) < _number(oldest):
        return f"{name} {has} is too old, {oldest} is wanted"
    return ""


def _needed(requirement: str) -> tuple[str, str]:
    found = _REQUIREMENT.match(requirement)
    return (found[1], found[2] or "0") if found else (requirement, "0")


def _number(text: str) -> tuple[int, ...]:
    """A version for comparing: its leading numbers."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    numbers = [int(each) for each in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _temporary(here: Surroundings) -> Look:
    folder = here.temporary
    if folder is None:
        return Look("missing", "no folder for temporary files can be written", "export TMPDIR=$HOME")
    if len(os.fsencode(folder)) + len(_SOCKET_NAME) > LONGEST_PATH:
        says = f"{folder} is so long that a socket in it has no name: {LONGEST_PATH} bytes in all"
        return Look("missing", says, "export TMPDIR=/tmp")
    return Look("ok", f"{folder}")


def _screen(here: Surroundings) -> Look:
    if here.output.lower().replace("_", "-") in ("utf-8", "utf8"):
        return Look("ok", f"stdout is {here.output}")
    says = f"stdout is {here.output}: what has no place in it, Chinese perhaps and ✗, is shown as \\uXXXX"
    return Look("note", says, "set PYTHONUTF8=1" if here.system == "Windows" else "export LC_ALL=C.UTF-8")


# --- the PC/SC service ------------------------------------------------------------------------------------------------


def _library(here: Surroundings) -> Look:
    if not here.linux:
        return Look("ok", "the system has one")
    if here.library_loads(LIBRARY):
        return Look("ok", f"{LIBRARY} is found")
    state: CheckState = "missing" if here.installed("pyscard") else "note"
    return Look(state, f"{LIBRARY} is not found: every PC/SC program needs it", _install(here, "libpcsclite1"))


def _variable(here: Surroundings) -> Look:
    """The socket that programs started from this shell go to."""
    path = here.environment.get(VARIABLE)
    if path is None:
        return Look("ok", f"{VARIABLE} is not set: programs go to the system's service")
    seen = here.ask(Path(path))
    if seen.trouble is None:
        return Look("ok", f"{VARIABLE} leads to {_readers(seen)}")
    return Look("missing", f"{VARIABLE} is {path}: {seen.trouble.value}", f"unset {VARIABLE}")


def _service(here: Surroundings) -> Look:
    if not here.linux:
        return Look("ok", f"{here.system or 'this system'} has its own, which is not looked into here")
    seen = here.ask(here.service_socket)
    if seen.trouble is None:
        return Look("ok", f"pcscd answers in protocol 4:{seen.minor}: {_readers(seen)}")
    needed: CheckState = "missing" if _entries(here) else "note"
    if here.command("pcscd") is None:
        return Look(needed, "pcscd is not installed", _install(here, "pcscd"))
    if seen.trouble in (ServiceTrouble.NOT_THERE, ServiceTrouble.DEAD):
        return Look(needed, "pcscd is installed and does not run", _start(here))
    says = f"pcscd at {here.service_socket}: {seen.trouble.value}"
    if seen.trouble is ServiceTrouble.HUNG_UP:
        # Debian's start script and unit read this file; without polkit, every user of this machine may connect.
        rule = "echo PCSCD_ARGS=--disable-polkit | {}tee -a /etc/default/pcscd && {}"
        return Look("missing", f"{says} (polkit refuses this user)", rule.format(_sudo(here), _restart(here)))
    if seen.trouble is ServiceTrouble.FORBIDDEN:
        return Look("missing", says, f"{_sudo(here)}chmod a+rw {here.service_socket}")
    return Look("missing", says, _restart(here))


def _readers(seen: ServiceSeen) -> str:
    shown = (f"{each.name}{', with a card' if each.card else ''}" for each in seen.readers)
    return "; ".join(shown) or "no reader"


# --- vpcd -------------------------------------------------------------------------------------------------------------


class _Entry(NamedTuple):
    """A reader of vpcd in pcscd's configuration: the driver, and the port of its first slot."""

    driver: Path
    port: int


def _entries(here: Surroundings) -> list[_Entry]:
    found = []
    try:
        texts = [path.read_text("utf-8", "replace") for path in sorted(here.reader_folder.iterdir()) if path.is_file()]
    except OSError:
        return []
    for text in texts:
        device, driver = _DEVICE.search(text), _DRIVER.search(text)
        if device and driver and "vpcd" in driver[1]:
            found.append(_Entry(Path(driver[1]), int(device[1], 16)))
    return found


def _driver(here: Surroundings) -> Look:
    if not here.linux:
        return Look("note", "not looked for on this system; `serve --reader vpcd` says if it is there")
    entries = _entries(here)
    if not entries:
        says = f"no virtual reader in {here.reader_folder}: `serve --reader vpcd` needs one, `serve` does not"
        return Look("note", says, _install(here, "pcscd", "vsmartcard-vpcd"))
    lost = [each.driver for each in entries if not each.driver.exists()]
    if lost:
        return Look("missing", f"its driver {lost[0]} is not there", _install(here, "--reinstall", "vsmartcard-vpcd"))
    return Look("ok", ", ".join(f"{each.driver.name} on ports {each.port}, {each.port + 1}" for each in entries))


def _slots(here: Surroundings) -> Look:
    """Looked at in the kernel's table only: whoever connects, inserts a card."""
    entries = _entries(here)
    if not entries:
        return Look("ok", "no virtual reader, no slots")
    if not any(path.exists() for path in here.connections):
        return Look("note", "this system does not show who listens on which port")
    ports = [port for each in entries for port in (each.port, each.port + 1)]
    if not any(map(here.listening, ports)):
        if here.ask(here.service_socket).trouble is not None:
            return Look("note", "there are none while pcscd does not answer")
        return Look("missing", f"pcscd runs, and nobody listens on port {ports[0]}", _restart(here))
    taken = [port for port in ports if here.connected(port)]
    if taken:
        free = next((each.port for each in entries if each.port not in taken), None)
        says = f"a card is in the slot on port {', '.join(map(str, taken))}; another one waits until it is taken out"
        elsewhere = f"{program()} serve" + (f" --reader vpcd --port {free}" if free is not None else "")
        return Look("note", says, elsewhere)
    usual = "" if CARD_PORT in ports else f"; give it with --port {entries[0].port}"
    return Look("ok", f"free, on ports {', '.join(map(str, ports))}{usual}")


# --- more than serving ------------------------------------------------------------------------------------------------


class _Extra(NamedTuple):
    """Something optional: the distribution, what is done with it, for whom."""

    name: str
    distribution: str
    what: str
    matters_to: tuple[str, ...]


_EXTRAS = (
    _Extra("pcsc", "pyscard", "real readers (--pcsc), and PC/SC programs in Python", (CLIENTS, ISSUANCE)),
    _Extra("sm", "gmssl", "SM2: profile pboc-sm, key pairs of social-3.0-pki", (SERVE, ISSUANCE)),
    _Extra("fast", "gmpy2", "RSA signatures in a fifth of the time", (ISSUANCE,)),
    _Extra("cluster", "distributed", "batches and campaigns on other machines (--cluster)", (ISSUANCE,)),
    _Extra("screen", "textual", "a cashier's screen of the terminals", (SERVE,)),
    _Extra("hypothesis", "hypothesis", "`dualcos fuzz`, and its properties in tests of your own", (TESTS,)),
)


def _extra(extra: _Extra) -> Callable[[Surroundings], Look]:
    def look(here: Surroundings) -> Look:
        wanted = next((each for each in here.required if _needed(each)[0] == extra.distribution), extra.distribution)
        trouble = _trouble(here, wanted)
        if not trouble:
            return Look("ok", f"{extra.distribution} {here.installed(extra.distribution)}: {extra.what}")
        here_but_old = here.installed(extra.distribution) is not None
        return Look("missing" if here_but_old else "note", f"{trouble}: {extra.what}", _pip(here, wanted))

    return look


def _java(here: Surroundings) -> Look:
    if here.command("javac"):
        return Look("ok", "a JDK: `make clients` runs Java programs on the card")
    return Look("note", "no JDK: tests with Java programs are skipped", _install(here, "default-jdk-headless"))


# --- files ------------------------------------------------------------------------------------------------------------


def file_check(name: str) -> DoctorCheck:
    """The row for a card file, a key store or a trace: may we read and write it, may others."""
    return DoctorCheck(f"file:{name}", name, (SERVE, ISSUANCE), lambda here: _file(here, Path(name)))


def _file(here: Surroundings, path: Path) -> Look:
    try:
        status = path.stat()
    except OSError as error:
        return Look("missing", f"{error.strerror}", f"ls -ld {shlex.quote(str(path.parent))}")
    quoted = shlex.quote(str(path))
    if not stat.S_ISREG(status.st_mode):
        return Look("missing", "it is no file", f"ls -ld {quoted}")
    if not os.access(path, os.R_OK | os.W_OK):
        mine = here.user in (None, status.st_uid)
        mend = f"chmod u+rw {quoted}" if mine else f"sudo chown {here.user} {quoted}"
        return Look("missing", "this user may not read and write it", mend)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        # A writing command is first noted beside the card file.
        return Look("missing", "nothing can be made beside it", f"chmod u+wx {shlex.quote(str(path.parent))}")
    if here.system != "Windows" and status.st_mode & _PRIVATE:
        return Look("note", f"others may open it (mode {stat.S_IMODE(status.st_mode):04o})", f"chmod 600 {quoted}")
    return Look("ok", "this user's alone")


# --- commands that mend -----------------------------------------------------------------------------------------------

# Debian's name of a package to Fedora's.
_FEDORA: Mapping[str, str] = MappingProxyType(
    {
        "libpcsclite1": "pcsc-lite-libs",
        "pcscd": "pcsc-lite",
        "default-jdk-headless": "java-latest-openjdk-devel",
        "python3-venv": "python3",
    }
)


def _sudo(here: Surroundings) -> str:
    return "" if here.user == 0 else "sudo "


def _install(here: Surroundings, *packages: str) -> str:
    if here.command("dnf") and not here.command("apt-get"):
        return f"{_sudo(here)}dnf install {' '.join(dict.fromkeys(_FEDORA.get(each, each) for each in packages))}"
    return f"{_sudo(here)}apt-get install {' '.join(packages)}"


def _pip(here: Surroundings, *requirements: str) -> str:
    wanted = (each.partition(";")[0].strip() for each in requirements)
    return f"{shlex.quote(here.executable)} -m pip install {' '.join(map(shlex.quote, wanted))}"


def _start(here: Surroundings) -> str:
    return f"{_sudo(here)}systemctl start pcscd.socket" if here.services_folder.exists() else f"{_sudo(here)}pcscd"


def _restart(here: Surroundings) -> str:
    if here.services_folder.exists():
        return f"{_sudo(here)}systemctl restart pcscd"
    return f"{_sudo(here)}sh -c 'kill $(cat /run/pcscd/pcscd.pid); sleep 1; pcscd'"


CHECKS: tuple[DoctorCheck, ...] = (
    DoctorCheck("python", "Python", EVERYBODY, _python),
    DoctorCheck("packages", "dualcos's own packages", EVERYBODY, _own_packages),
    DoctorCheck("dependencies", "packages it needs", EVERYBODY, _dependencies),
    DoctorCheck("temporary", "temporary files", (SERVE, TESTS), _temporary),
    DoctorCheck("screen", "screen", EVERYBODY, _screen),
    DoctorCheck("library", "PC/SC library", (CLIENTS,), _library),
    DoctorCheck("socket", "PC/SC socket", (CLIENTS,), _variable),
    DoctorCheck("pcscd", "PC/SC service", (VPCD, CLIENTS), _service),
    DoctorCheck("vpcd", "virtual reader", (VPCD, TESTS), _driver),
    DoctorCheck("slots", "virtual reader's slots", (VPCD, TESTS), _slots),
    *(DoctorCheck(f"extra:{one.name}", f"extra {one.name}", one.matters_to, _extra(one)) for one in _EXTRAS),
    DoctorCheck("java", "Java", (TESTS,), _java),
)


def looked(checks: tuple[DoctorCheck, ...], here: Surroundings) -> Iterator[tuple[DoctorCheck, Look]]:
    """Each row and what it found."""
    for check in checks:
        yield check, check.look(here)
