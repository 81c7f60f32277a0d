"""The machine as ``dualcos doctor`` sees it: one value, so that a test can plant any other. Looking changes nothing."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import dualcos
from dualcos.reader.service_inquiry import ServiceSeen, ask_service

_LISTEN, _ESTABLISHED = "0A", "01"
_HOME_OF_COMMANDS = "/usr/sbin"  # of daemons; an ordinary user's PATH leaves it out


def _installed(name: str) -> str | None:
    """The version of a distribution, None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _required() -> tuple[str, ...]:
    try:
        return tuple(requires("dualcos") or ())
    except PackageNotFoundError:
        return ()


def _command(name: str) -> str | None:
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(name, path=os.pathsep.join((path, _HOME_OF_COMMANDS)))


def _library_loads(name: str) -> bool:
    """True if the dynamic linker finds it; it is what a PC/SC program does at its first call."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _temporary() -> Path | None:
    """The folder for temporary files, which can be written; None without one."""
    try:
        return Path(tempfile.gettempdir())
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``installed``: version of a distribution or None; ``required``: as package metadata say it; ``command``: the path
    of a program or None; ``ask``: the service at a socket; ``user``: number of the user, None where there is none.
    ``connections``: Linux's tables of TCP connections. ``output``: the encoding of stdout. ``in_the_way``: what stands
    before dualcos's own packages, empty for nothing.
    """

    system: str
    python: tuple[int, int, int]
    executable: str
    user: int | None
    environment: Mapping[str, str]
    output: str
    temporary: Path | None
    in_the_way: str
    required: tuple[str, ...]
    installed: Callable[[str], str | None]
    command: Callable[[str], str | None]
    library_loads: Callable[[str], bool]
    ask: Callable[[Path], ServiceSeen]
    service_socket: Path
    reader_folder: Path
    connections: tuple[Path, ...]
    services_folder: Path

    @staticmethod
    def here() -> Surroundings:
        """The machine that this process runs on."""
        return Surroundings(
            system=platform.system(),
            python=sys.version_info[:3],
            executable=sys.executable or "python3",
            user=getattr(os, "getuid", lambda: None)(),
            environment=dict(os.environ),
            output=(getattr(sys.stdout, "encoding", None) or "ascii"),
            temporary=_temporary(),
            in_the_way=dualcos.in_the_way(),
            required=_required(),
            installed=_installed,
            command=_command,
            library_loads=_library_loads,
            ask=ask_service,
            service_socket=Path("/run/pcscd/pcscd.comm"),
            reader_folder=Path("/etc/reader.conf.d"),
            connections=(Path("/proc/net/tcp"), Path("/proc/net/tcp6")),
            services_folder=Path("/run/systemd/system"),
        )

    @property
    def linux(self) -> bool:
        """True where pcsc-lite is the PC/SC service and lies where Linux has it."""
        return self.system == "Linux"

    def ports(self, state: str) -> Iterator[int]:
        """Local TCP ports in one state of the kernel's table."""
        for path in self.connections:
            try:
                rows = path.read_text("ascii", "replace").splitlines()[1:]
            except OSError:
                continue
            for cells in map(str.split, rows):
                if len(cells) > 3 and cells[3] == state:
                    yield int(cells[1].rpartition(":")[2], 16)

    def listening(self, port: int) -> bool:
        """True if somebody listens on this machine's ``port``."""
        return port in self.ports(_LISTEN)

    def connected(self, port: int) -> bool:
        """True if somebody is connected to this machine's ``port``."""
        return port in self.ports(_ESTABLISHED)
