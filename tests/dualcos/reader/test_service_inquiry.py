"""A PC/SC service is asked what it is, and whatever it does is a value."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dualcos.reader.service_inquiry import ReaderShown, ServiceTrouble, ask_service
from tests.dualcos.reader import pcscd
from tests.dualcos.reader.embedded_bench import CARD, PSAM

STOPPED = 0x8010001E


def test_our_own_service(service):
    seen = ask_service(service.path)
    assert (seen.trouble, seen.minor) == (None, 4)
    assert seen.readers == (ReaderShown(CARD, card=True), ReaderShown(PSAM, card=False))


@contextlib.contextmanager
def pretender(path: Path, behaviour: Callable[[socket.socket], None]) -> Iterator[Path]:
    """Something that listens there and does ``behaviour`` with each connection."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    with line, contextlib.suppress(OSError):
                        behaviour(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def speaking(*minors: int) -> Callable[[socket.socket], None]:
    """A daemon that takes these minors only, with one reader and a card in it."""
    name = b"Virtual PCD 00 00".ljust(128, b"\0")
    state = name + struct.pack("=IIi33s3xII", 1, 0x34, 0, b"\x3b\x00", 2, 1)

    def behave(line: socket.socket) -> None:
        size, code = struct.unpack("=II", line.recv(8, socket.MSG_WAITALL))
        major, minor, _ = struct.unpack("=iiI", line.recv(size, socket.MSG_WAITALL))
        fits = minor in minors
        line.sendall(struct.pack("=iiI", major, minor if fits else minors[0], 0 if fits else STOPPED))
        while fits and (head := line.recv(8, socket.MSG_WAITALL)):
            _, code = struct.unpack("=II", head)
            if code == 0x12:
                line.sendall(state + bytes(15 * 184))
            elif code == 0x16:
                line.sendall(struct.pack("=i", 1))
            elif code == 0x17:
                line.sendall(state)

    return behave


@pytest.mark.parametrize("minors", [(4,), (5,), (6,), (4, 5, 6)])
def test_every_protocol_there_is(tmp_path, minors):
    with pretender(tmp_path / "s", speaking(*minors)) as path:
        seen = ask_service(path)
    assert (seen.trouble, seen.minor) == (None, minors[0])
    assert seen.readers == (ReaderShown("Virtual PCD 00 00", card=True),)


def hang_up(line: socket.socket) -> None:
    """As a pcscd does whose polkit refuses the client."""


def keep_silent(line: socket.socket) -> None:
    line.settimeout(5)
    while line.recv(64):
        pass


@pytest.mark.parametrize(
    ("behaviour", "trouble"),
    [
        (hang_up, ServiceTrouble.HUNG_UP),
        (keep_silent, ServiceTrouble.SILENT),
        (speaking(2), ServiceTrouble.OTHER_PROTOCOL),
    ],
)
def test_one_that_gives_no_answer(tmp_path, behaviour, trouble):
    with pretender(tmp_path / "s", behaviour) as path:
        assert ask_service(path, seconds=0.3).trouble is trouble


def test_no_service(tmp_path):
    assert ask_service(tmp_path / "none").trouble is ServiceTrouble.NOT_THERE
    assert ask_service(tmp_path / ("x" * 200)).trouble is ServiceTrouble.TOO_LONG
    (tmp_path / "letter").write_text("Dear Sir")
    assert ask_service(tmp_path / "letter").trouble is ServiceTrouble.NO_SOCKET
    assert ask_service(tmp_path / "letter" / "s").trouble is ServiceTrouble.NOT_THERE
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "dead"))
    assert ask_service(tmp_path / "dead").trouble is ServiceTrouble.DEAD


@pytest.mark.skipif(os.geteuid() == 0, reason="root may connect to everything")
def test_one_that_is_not_for_this_user(tmp_path):  # pragma: no cover - as root
    with pretender(tmp_path / "s", hang_up) as path:
        path.chmod(0)
        assert ask_service(path).trouble is ServiceTrouble.FORBIDDEN


@pytest.mark.pcsc
@pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "there is one")
def test_a_real_pcscd():
    with pcscd.private_pcscd() as running:
        seen = ask_service(Path(running.path))
    assert seen.trouble is None
    assert [reader.card for reader in seen.readers] == [False, False]
    assert all("Test Slot" in reader.name for reader in seen.readers)
