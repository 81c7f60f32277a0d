"""From start to end ``dualcos serve`` says what is true: which readers there are, and what became of the card.

In this process: what would wait for a signal does instead what the test does to the reader meanwhile.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from time import sleep

import pytest

from dualcos.cli import plugged_readers
from dualcos.cli import serve as serve_module
from dualcos.cli.main import run
from dualcos.reader import vpcd as vpcd_module
from dualcos.reader.embedded import socket_service
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.pcsc import PcscError
from tests.dualcos.reader import wire
from tests.dualcos.reader.test_vpcd import FakeVpcd
from tests.dualcos.reader.wire import WireClient

CARD = "dualcos Card Slot 00 00"


@pytest.fixture
def streams() -> tuple[io.StringIO, io.StringIO]:
    """Stdout and stderr, which can be looked at while others write: what capsys gives it takes away."""
    return io.StringIO(), io.StringIO()


@pytest.fixture
def served(monkeypatch, streams):
    """Serves a card, does ``meanwhile`` where it would wait for its end, and returns what was said."""

    def serve(meanwhile: Callable[[], None], *argv: str) -> tuple[str, str]:
        @contextmanager
        def held() -> Iterator[Callable[[], None]]:
            yield meanwhile

        monkeypatch.setattr(serve_module, "signals_held", held)
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            assert run(["serve", "blank", *argv]) == 0
        return streams[0].getvalue(), streams[1].getvalue()

    return serve


@pytest.fixture
def vpcd(monkeypatch):
    def no_pyscard() -> dict[str, bytes]:
        raise PcscError("pyscard is not installed")

    monkeypatch.setattr(plugged_readers, "cards_in_readers", no_pyscard)
    for module in (plugged_readers, vpcd_module):
        monkeypatch.setattr(module, "FIRST_WORD_SECONDS", 0.1)
    fake = FakeVpcd()
    yield fake
    fake.close()


@pytest.mark.parametrize("json", [False, True])
def test_a_slot_that_never_was_ours(served, vpcd, json):
    said = served(lambda: None, "--reader", "vpcd", "--port", str(vpcd.port), *(["--json"] if json else []))
    assert said[not json] == ""
    words = said[json]
    assert f"nothing comes from vpcd on port {vpcd.port}" in words
    assert f"none yet: pcscd has not taken the card on port {vpcd.port}" in words
    assert "sees this reader" not in words
    assert "Virtual PCD" not in words
    assert words.splitlines()[-1] == "no reader has ever taken the card 卡片未曾插入读卡器"


@pytest.mark.parametrize("json", [False, True])
def test_a_slot_that_becomes_ours_later(served, vpcd, streams, json):
    def meanwhile() -> None:
        vpcd.accept()
        assert len(vpcd.ask(b"\x04")) > 2
        while f"has taken the card on port {vpcd.port}" not in streams[json].getvalue().partition("none yet")[2]:
            sleep(0.001)

    said = served(meanwhile, "--reader", "vpcd", "--port", str(vpcd.port), *(["--json"] if json else []))[json]
    before, _, after = said.partition(f"! vpcd on port {vpcd.port} has the card now")
    assert "none yet" in before
    assert f"reader      pcscd has taken the card on port {vpcd.port}" not in before
    assert f"reader      pcscd has taken the card on port {vpcd.port}" in after
    assert said.splitlines()[-1] == "card removed 已取出卡片"


def test_a_card_that_is_out_at_the_end(served, monkeypatch):
    hands: list[HotPlug] = []
    monkeypatch.setattr(serve_module.HandAtKeyboard, "at", lambda _stdin, hand, _say: hands.append(hand))
    out, _ = served(lambda: hands.pop().take(), "--reader", "embedded")
    assert out.splitlines()[-1] == "the card was out already 卡片此前已取出"


def test_a_card_that_is_left_in_its_command_was_not_removed(served, monkeypatch):
    monkeypatch.setattr(socket_service, "_STOP_SECONDS", 0.05)
    slots = []
    shown = serve_module.EmbeddedService

    def kept(found, *rest, **more):
        slots.extend(found)
        return shown(found, *rest, **more)

    monkeypatch.setattr(serve_module, "EmbeddedService", kept)
    held: list[object] = []

    def meanwhile() -> None:
        # Whoever is in a command holds the contacts; a thread of its own, since they are re-entrant.
        inside, done = threading.Event(), threading.Event()

        def command() -> None:
            with slots[0].contacts:
                inside.set()
                done.wait(30)

        worker = threading.Thread(target=command)
        worker.start()
        held.extend((worker, done))
        assert inside.wait(10)

    out, _ = served(meanwhile, "--reader", "embedded")
    worker, done = held
    done.set()
    worker.join(10)
    assert "has not answered" in out
    assert "card removed" not in out


def test_what_the_embedded_service_shows_is_what_was_said(served, tmp_path, streams):
    path = str(tmp_path / "s")
    early: list[str] = []

    def meanwhile() -> None:
        early.append(streams[0].getvalue())
        with WireClient(path) as client:
            (state,) = client.states()
            assert state.name == CARD
            assert state.atr.hex(" ").upper() in early[0]
            assert client.connect(state.name, wanted=wire.ANY)[0] == wire.SUCCESS

    out, _ = served(meanwhile, "--socket", path)
    assert f"PCSCLITE_CSOCK_NAME={path}" in early[0]
    assert CARD in early[0]
    assert out.splitlines()[-1] == "card removed 已取出卡片"
