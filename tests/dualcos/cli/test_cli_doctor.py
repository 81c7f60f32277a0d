"""``dualcos doctor`` finds what is missing and names the command that mends it; every check both ways."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dualcos.cli.doctor import diagnosed
from dualcos.cli.doctor_checks import CHECKS
from dualcos.cli.main import run
from dualcos.cli.surroundings import Surroundings
from dualcos.reader.service_inquiry import ReaderShown, ServiceSeen, ServiceTrouble

REQUIRED = ("cryptography>=43", "msgspec>=0.18", "gmssl>=3.2.2; extra == 'sm'", 'pyscard>=2.0 ; extra == "pcsc"')
INSTALLED = {
    "dualcos": "0.1.0", "cryptography": "43.0.0", "msgspec": "0.22", "gmssl": "3.2.2", "pyscard": "2.3.1",
    "gmpy2": "2.3", "distributed": "2026.8", "hypothesis": "6.170", "textual": "8.2",
}  # fmt: skip
ANSWERS = ServiceSeen(None, 4, (ReaderShown("Virtual PCD 00 00", card=False),))
ENTRY = 'FRIENDLYNAME "Virtual PCD"\nDEVICENAME   /dev/null:0x8C7B\nLIBPATH      {}\nCHANNELID    0x8C7B\n'
HEAD = "  sl  local_address rem_address   st\n"
LISTENS = "   0: 00000000:{:04X} 00000000:0000 0A 0\n"
CONNECTED = "   1: 0100007F:{:04X} 0100007F:D431 01 0\n"
CARD, PSAM = 35963, 35964


class Machine:
    """A machine that lacks nothing, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.readers = folder / "reader.conf.d"
        self.readers.mkdir()
        self.driver = folder / "libifdvpcd.so"
        self.driver.touch()
        (self.readers / "vpcd").write_text(ENTRY.format(self.driver))
        self.connections = folder / "tcp"
        self.listens(CARD, PSAM)
        self.services = folder / "systemd"
        self.services.mkdir()

    def listens(self, *ports: int, connected: tuple[int, ...] = ()) -> None:
        rows = [*(LISTENS.format(port) for port in ports), *(CONNECTED.format(port) for port in connected)]
        self.connections.write_text(HEAD + "".join(rows))

    def surroundings(self) -> Surroundings:
        return Surroundings(
            system="Linux",
            python=(3, 11, 7),
            executable="/venv/bin/python",
            user=1000,
            environment={},
            output="utf-8",
            temporary=Path("/tmp"),  # noqa: S108 - the usual one; nothing is written
            in_the_way="",
            required=REQUIRED,
            installed=INSTALLED.get,
            command=lambda name: f"/usr/bin/{name}" if name != "dnf" else None,
            library_loads=lambda _: True,
            ask=lambda _: ANSWERS,
            service_socket=Path("/run/pcscd/pcscd.comm"),
            reader_folder=self.readers,
            connections=(self.connections, self.folder / "tcp6"),
            services_folder=self.services,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def without(*names: str) -> Callable[[str], Any]:
    return lambda name: None if name in names else INSTALLED.get(name)


def command_without(*names: str) -> Callable[[str], str | None]:
    return lambda name: None if name in names else f"/usr/bin/{name}"


def troubled(trouble: ServiceTrouble) -> Callable[[Path], ServiceSeen]:
    return lambda _: ServiceSeen(trouble)


class Lack(NamedTuple):
    """What is planted: how the surroundings differ and what is done to the machine; what is found then."""

    id: str
    state: str
    mend: str
    says: str
    differs: dict[str, Any] = {}  # noqa: RUF012 - read only
    done: Callable[[Machine], object] = lambda _: None


def lone(text: str) -> Callable[[Machine], object]:
    return lambda machine: (machine.readers / "vpcd").write_text(text) if text else (machine.readers / "vpcd").unlink()


START = "sudo systemctl start pcscd.socket"
RESTART = "sudo systemctl restart pcscd"
PIP = "/venv/bin/python -m pip install "
VARIABLE = "PCSCLITE_CSOCK_NAME"

LACKS = (
    Lack("python", "missing", "sudo apt-get install python3 python3-venv", "too old", {"python": (3, 10, 9)}),
    Lack("packages", "missing", "-P -m dualcos", "/x/keys stands in", {"in_the_way": "/x/keys stands in the way"}),
    Lack("dependencies", "missing", f"{PIP}'cryptography>=43'", "not inst", {"installed": without("cryptography")}),
    Lack(
        "dependencies", "missing", f"{PIP}'msgspec>=0.18'", "too old",
        {"installed": (INSTALLED | {"msgspec": "0.9"}).get},
    ),
    Lack("dependencies", "note", "", "not installed here", {"required": ()}),
    Lack("temporary", "missing", "export TMPDIR=$HOME", "can be written", {"temporary": None}),
    Lack("temporary", "missing", "export TMPDIR=/tmp", "107 bytes", {"temporary": Path("/" + "x" * 90)}),
    Lack("screen", "note", "export LC_ALL=C.UTF-8", "\\uXXXX", {"output": "gbk"}),
    Lack("screen", "note", "set PYTHONUTF8=1", "\\uXXXX", {"output": "cp936", "system": "Windows"}),
    Lack("library", "missing", "sudo apt-get install libpcsclite1", "not found", {"library_loads": lambda _: False}),
    Lack(
        "library", "note", "apt-get install libpcsclite1", "not found",
        {"library_loads": lambda _: False, "installed": without("pyscard"), "user": 0},
    ),
    Lack(
        "library", "missing", "sudo dnf install pcsc-lite-libs", "not found",
        {"library_loads": lambda _: False, "command": command_without("apt-get")},
    ),
    *(
        Lack(
            "socket", "missing", f"unset {VARIABLE}", trouble.value,
            {"environment": {VARIABLE: "/x/pcscd.comm"}, "ask": troubled(trouble)},
        )
        for trouble in ServiceTrouble
    ),
    Lack("pcscd", "missing", START, "does not run", {"ask": troubled(ServiceTrouble.NOT_THERE)}),
    Lack("pcscd", "missing", START, "does not run", {"ask": troubled(ServiceTrouble.DEAD)}),
    Lack("pcscd", "note", START, "does not run", {"ask": troubled(ServiceTrouble.DEAD)}, lone("")),
    Lack(
        "pcscd", "missing", "sudo pcscd", "does not run", {"ask": troubled(ServiceTrouble.DEAD)},
        lambda machine: machine.services.rmdir(),
    ),
    Lack(
        "pcscd", "missing", "sudo apt-get install pcscd", "not installed",
        {"ask": troubled(ServiceTrouble.NOT_THERE), "command": command_without("pcscd", "dnf")},
    ),
    Lack("pcscd", "missing", "--disable-polkit", "polkit", {"ask": troubled(ServiceTrouble.HUNG_UP)}, lone("")),
    Lack("pcscd", "missing", "sudo chmod a+rw /run/", "may not", {"ask": troubled(ServiceTrouble.FORBIDDEN)}),
    Lack("pcscd", "missing", RESTART, "another protocol", {"ask": troubled(ServiceTrouble.OTHER_PROTOCOL)}),
    Lack("pcscd", "missing", RESTART, "does not answer", {"ask": troubled(ServiceTrouble.SILENT)}),
    Lack("vpcd", "note", "sudo apt-get install pcscd vsmartcard-vpcd", "no virtual", {}, lone("")),
    Lack("vpcd", "note", "sudo apt-get install pcscd vsmartcard-vpcd", "no virtual", {}, lone("# another reader\n")),
    Lack("vpcd", "note", "sudo apt-get install pcscd", "no virtual", {"reader_folder": Path("/nowhere")}),
    Lack(
        "vpcd", "missing", "sudo apt-get install --reinstall vsmartcard-vpcd", "libifdvpcd.so is not there", {},
        lambda machine: machine.driver.unlink(),
    ),
    Lack("slots", "missing", RESTART, "nobody listens on port 35963", {}, lambda machine: machine.listens(22)),
    Lack(
        "slots", "note", "", "while pcscd does not answer", {"ask": troubled(ServiceTrouble.DEAD)},
        lambda machine: machine.listens(),
    ),
    Lack(
        "slots", "note", "dualcos serve", "in the slot on port 35963", {},
        lambda machine: machine.listens(CARD, PSAM, connected=(CARD,)),
    ),
    Lack("slots", "note", "", "does not show", {}, lambda machine: machine.connections.unlink()),
    Lack("extra:sm", "note", f"{PIP}'gmssl>=3.2.2'", "not installed: SM2", {"installed": without("gmssl")}),
    Lack("extra:pcsc", "missing", f"{PIP}'pyscard>=2.0'", "too old", {"installed": {"pyscard": "1.9.9"}.get}),
    Lack("extra:fast", "note", f"{PIP}gmpy2", "not installed", {"installed": without("gmpy2")}),
    Lack("extra:cluster", "note", f"{PIP}distributed", "not installed", {"installed": without("distributed")}),
    Lack("extra:screen", "note", f"{PIP}textual", "not installed", {"installed": without("textual")}),
    Lack("extra:hypothesis", "note", f"{PIP}hypothesis", "not installed", {"installed": without("hypothesis")}),
    Lack(
        "java", "note", "sudo apt-get install default-jdk-headless", "no JDK",
        {"command": command_without("javac", "dnf")},
    ),
)  # fmt: skip


def test_nothing_is_missing_on_a_whole_machine(machine):
    report = diagnosed(machine.surroundings())
    assert {each.id: each.says for each in report.checks if each.state != "ok" or each.mend} == {}
    assert (report.missing, len(report.ready)) == (0, 5)


def test_every_check_is_planted():
    assert {lack.id for lack in LACKS} == {check.id for check in CHECKS}


@pytest.mark.parametrize("lack", LACKS, ids=lambda lack: f"{lack.id}: {lack.says}")
def test_what_is_missing_is_found_with_the_command_that_mends_it(machine, lack):
    lack.done(machine)
    report = diagnosed(replace(machine.surroundings(), **lack.differs))
    (found,) = [each for each in report.checks if each.id == lack.id]
    assert (found.state, lack.says in found.says) == (lack.state, True), found
    assert lack.mend in (found.mend or ""), found
    assert bool(found.mend) is bool(lack.mend)
    if lack.state == "missing":
        assert report.missing >= 1
        assert not set(found.matters_to) & set(report.ready)


def test_a_dead_end_does_not_stop_the_others(machine):
    """Whatever is planted, all is looked at."""
    here = replace(machine.surroundings(), system="Darwin", user=None, temporary=None, installed=lambda _: None)
    assert len(diagnosed(here, ("/nowhere",)).checks) == len(CHECKS) + 1


def test_a_socket_that_answers_is_told_with_its_readers(machine):
    seen = ServiceSeen(None, 6, (ReaderShown("dualcos Card Slot 00 00", card=True),))
    here = replace(machine.surroundings(), environment={VARIABLE: "/x"}, ask=lambda _: seen)
    found = {each.id: each for each in diagnosed(here).checks}
    assert found["socket"].state == "ok"
    assert "dualcos Card Slot 00 00, with a card" in found["socket"].says
    assert "4:6" in found["pcscd"].says


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_files(machine, tmp_path):
    card = tmp_path / "my card"

    def found(user: int | None = None) -> tuple[str, str, str]:
        here = replace(machine.surroundings(), user=os.getuid() if user is None else user)
        last = diagnosed(here, (str(card),)).checks[-1]
        return last.state, last.says, last.mend or ""

    assert found()[:2] == ("missing", "No such file or directory")
    card.touch(0o600)
    card.chmod(0o600)
    assert found() == ("ok", "this user's alone", "")
    card.chmod(0o644)
    assert found() == ("note", "others may open it (mode 0644)", f"chmod 600 '{card}'")
    card.unlink()
    card.mkdir()
    assert found()[:2] == ("missing", "it is no file")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may open everything")
def test_a_file_of_no_use_to_an_ordinary_user(machine, tmp_path):  # pragma: no cover - as root
    card = tmp_path / "card"
    card.touch(0o000)
    here = replace(machine.surroundings(), user=os.getuid())
    last = diagnosed(here, (str(card),)).checks[-1]
    assert (last.state, last.mend) == ("missing", f"chmod u+rw {card}")


def test_the_command_looks_here(capfd, monkeypatch, tmp_path):
    """Really, on this machine: a socket variable that leads nowhere is found, and without it is not."""
    dead = tmp_path / "dead"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dead))
    states = {}
    for value in (str(dead), None):
        monkeypatch.setenv(VARIABLE, value) if value else monkeypatch.delenv(VARIABLE)
        code = run(["doctor", "--json"])
        told = json.loads(capfd.readouterr().out)
        assert code == (1 if told["missing"] else 0)
        states[value] = next(each for each in told["checks"] if each["id"] == "socket")
    assert (states[str(dead)]["state"], states[str(dead)]["mend"]) == ("missing", f"unset {VARIABLE}")
    assert states[None]["state"] == "ok"
    run(["doctor"])
    words = capfd.readouterr().out
    assert "PC/SC socket" in words


@pytest.mark.parametrize(("package", "command"), [("msgspec", "doctor"), ("rich", "personalise"), ("pyrage", "keys")])
def test_where_a_package_is_missing_there_is_no_doctor_but_one_line(package, command):
    """Before anything of the command line can be loaded, or anything of the command."""
    hidden = f"import sys; sys.modules[{package!r}] = None; from dualcos.__main__ import start; sys.exit(start())"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", hidden, command], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"the package {package} is missing" in done.stderr
    assert f"-m pip install {package}" in done.stderr
