"""A pcscd of the test's own: own socket, own vpcd ports, beside any other; no root needed.

pcscd takes a listening socket handed over as systemd does it. Started as root, it runs as nobody: a second daemon
of root's would delete the first one's files when it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RUN = Path("/run/pcscd")  # the daemon insists on it, even with a socket handed over
PACKAGED = Path("/etc/reader.conf.d/vpcd")
# Becomes pcscd: the socket goes to descriptor 3 and the process says whose it is, then replaces itself.
_LAUNCH = """
import os, sys
fd, uid, gid, program, *rest = sys.argv[1:]
if int(fd) != 3:
    os.dup2(int(fd), 3)
os.set_inheritable(3, True)
if int(uid) >= 0:
    os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(program, [program, *rest])
"""


class Pcscd(NamedTuple):
    """A running daemon: where clients find it, and the ports of its two virtual slots."""

    path: str
    card_port: int
    psam_port: int
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        return {"PCSCLITE_CSOCK_NAME": self.path}


def unavailable() -> str:
    """Why no pcscd can be started here; empty if one can."""
    if shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        return "pcscd is not installed"
    if not PACKAGED.exists():
        return "vsmartcard-vpcd is not installed"
    if not RUN.exists() and os.geteuid() != 0:
        return f"{RUN} does not exist; only root can make it"
    return ""


def _driver() -> str:
    for line in PACKAGED.read_text().splitlines():
        if line.startswith("LIBPATH"):
            return line.split(None, 1)[1].strip()
    raise AssertionError(f"no LIBPATH in {PACKAGED}")


@contextlib.contextmanager
def _free_pair() -> Iterator[int]:
    """A port that is free together with the next one, and nobody else's here while inside: tests run side by side, and
    a pcscd that found another's slot on its port would not say so.
    """
    while True:
        with socket.socket() as any_one:
            any_one.bind(("127.0.0.1", 0))
            port = any_one.getsockname()[1] & ~1  # pairs begin with an even one, so no two of them overlap
        with socket.socket() as one, socket.socket() as two:
            try:
                for each, number in ((one, port), (two, port + 1)):
                    each.bind(("0.0.0.0", number))  # noqa: S104 - vpcd will bind all interfaces, so that is what must be free
            except OSError:
                continue
        with (Path(tempfile.gettempdir()) / f"dualcos-vpcd-{port}").open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            try:
                yield port
            finally:
                Path(held.name).unlink(missing_ok=True)
            return


@contextlib.contextmanager
def private_pcscd() -> Iterator[Pcscd]:
    program = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None
    directory, held = Path(tempfile.mkdtemp(prefix="dualcos-pcscd-")), contextlib.ExitStack()
    try:
        directory.chmod(0o755)
        if not RUN.exists():
            RUN.mkdir(mode=0o755)
        readers = directory / "readers"
        readers.mkdir()
        port = held.enter_context(_free_pair())
        (readers / "vpcd").write_text(
            f'FRIENDLYNAME "Test Slot"\nDEVICENAME /dev/null:0x{port:X}\nLIBPATH {_driver()}\nCHANNELID 0x{port:X}\n'
        )
        path = str(directory / "pcscd.comm")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            Path(path).chmod(0o666)
            listener.listen(16)
            nobody = pwd.getpwnam("nobody")
            # In a private root directory that only root may enter, nobody cannot even start a program.
            anyone_may_enter = Path("/").stat().st_mode & 0o001
            ids = (nobody.pw_uid, nobody.pw_gid) if os.geteuid() == 0 and anyone_may_enter else (-1, -1)
            arguments = [str(listener.fileno()), *map(str, ids), program, "--foreground", "-c", str(readers)]
            process = subprocess.Popen(  # noqa: S603 - the installed pcscd
                [sys.executable, "-c", _LAUNCH, *arguments],
                pass_fds=(listener.fileno(),),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        try:
            _wait_for(port, process)
            yield Pcscd(path, port, port + 1, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        held.close()
        shutil.rmtree(directory, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until both ports listen. Looks in the kernel's table: a connection would be taken for a card."""
    wanted = {f"{port:04X}", f"{port + 1:04X}"}
    for _ in range(500):
        assert process.poll() is None, "pcscd did not start"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        if wanted <= {row[1].split(":")[1] for row in rows if row[3] == "0A"}:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    raise AssertionError("vpcd does not listen")
