"""The terminals of ``programs/`` as children of the test: built once, started once, obeying line by line.

What is missing is a reason to skip, and in CI (``CI`` is set), which installs all of it, a failure.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[3]
NPM = ROOT / "build" / "npm"
_HEADERS = Path("/usr/include/PCSC")
_LIBRARIES = ("/usr/lib/*/libpcsclite.so.1", "/usr/lib64/libpcsclite.so.1", "/usr/lib/libpcsclite.so.1")
_SECONDS = 60
_RECEIVED = re.compile(r"Received \(SW1=0x([0-9A-F]{2}), SW2=0x([0-9A-F]{2})\)")
_BYTES_A_LINE, _WIDTH = 16, 3


class Program:
    """A started terminal: orders in, answers out."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - built from the sources beside this file
            command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def order(self, what: str) -> str:
        """One line there, one line back. Fails if the program says that something went wrong."""
        said = self.said(what)
        assert not said.startswith("error"), f"{what}: {said}"
        return said

    def said(self, what: str) -> str:
        """One line there, one line back, whatever it says."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(what + "\n")
        self._child.stdin.flush()
        said = self._child.stdout.readline().strip()
        assert said, f"the program has ended ({self._child.poll()})"
        return said

    def send(self, command: bytes) -> bytes:
        """What the program's user gets for a command."""
        return bytes.fromhex(self.order(command.hex().upper()))

    def end(self) -> None:
        """Close its input and wait for it."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        assert self._child.wait(_SECONDS) == 0


def missing(what: str) -> None:
    """Skip, or fail where everything should be installed."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and in CI nothing may be missing", pytrace=False)
    pytest.skip(what)


def found(name: str, package: str) -> str:
    """The path of an installed program."""
    path = shutil.which(name)
    if path is None:
        missing(f"{name} is not installed (Debian: {package})")
    return str(path)


def build(command: Sequence[str]) -> None:
    """Run a compiler; warnings are errors."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - a compiler
    assert done.returncode == 0, done.stdout + done.stderr


def java(built: Path) -> list[str]:
    """``javax.smartcardio``. It looks for libpcsclite where Debian does not have it, and has to be told."""
    build(
        (found("javac", "default-jdk-headless"), "-Xlint:all", "-Werror", "-d", str(built), str(HERE / "Terminal.java"))
    )
    libraries = [str(path) for pattern in _LIBRARIES for path in sorted(Path("/").glob(pattern[1:]))]
    if not libraries:
        missing("libpcsclite1 is not installed")
    library = f"-Dsun.security.smartcardio.library={libraries[0]}"
    # The quick compiler only: the program lives for seconds.
    return [found("java", "default-jdk-headless"), "-XX:TieredStopAtLevel=1", library, "-cp", str(built), "Terminal"]


def plain_c(built: Path) -> list[str]:
    """``winscard.h``."""
    if not _HEADERS.is_dir():
        missing("libpcsclite-dev is not installed")
    flags = ("-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{_HEADERS}")
    program = str(built / "terminal")
    build((found("gcc", "gcc"), *flags, "-o", program, str(HERE / "terminal.c"), "-lpcsclite"))
    return [program]


def pyscard(built: Path) -> list[str]:  # noqa: ARG001 - one shape with the others
    """pyscard, high level."""
    if importlib.util.find_spec("smartcard") is None:
        missing("pyscard is not installed (pip install 'dualcos[pcsc]')")
    return [sys.executable, str(HERE / "terminal_pyscard.py")]


def npm(mode: str) -> Callable[[Path], list[str]]:
    """npm's ``smartcard``: ``raw``, or ``auto`` with the package's own fetching. Not in CI: asked for by hand."""

    def command(built: Path) -> list[str]:  # noqa: ARG001 - one shape with the others
        if not (NPM / "node_modules" / "smartcard").is_dir():
            pytest.skip("npm's smartcard is not installed (make clients-npm)")
        return ["env", f"NODE_PATH={NPM / 'node_modules'}", "node", str(HERE / "terminal.js"), mode]

    return command


PROGRAMS: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    "java": ("java", java),
    "c": ("raw", plain_c),
    "pyscard": ("raw", pyscard),
    "npm": ("npm", npm("auto")),
    "npm, plain": ("raw", npm("plain")),
}
"""By name: the stack whose rows of the table it follows, and what builds and starts it."""


def opensc(commands: Sequence[bytes], environment: dict[str, str]) -> list[bytes]:
    """What ``opensc-tool`` shows its user for each of ``commands``, sent in one run without its own probing."""
    asked = [part for command in commands for part in ("-s", command.hex())]
    done = subprocess.run(  # noqa: S603 - the installed opensc-tool
        [found("opensc-tool", "opensc"), "-c", "default", "-r", "0", *asked],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers: list[bytes] = []
    data, sw = b"", b""
    for line in [*done.stdout.splitlines(), "Sending:"]:
        received = _RECEIVED.match(line)
        if received:
            sw = bytes.fromhex(received[1] + received[2])
        elif not line.startswith("Sending:"):
            # As wide as its first line has bytes: each three characters, then one more each as text.
            count = len(line) - _BYTES_A_LINE * _WIDTH if data else len(line) // (_WIDTH + 1)
            data += bytes.fromhex(line[: count * _WIDTH])
        elif sw:
            answers.append(data + sw)
            data, sw = b"", b""
    return answers
