"""A settlement with card and PSAM in two PC/SC readers, the terminal in a process of its own, by pyscard."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdReader
from tests.dualcos.reader import pcscd
from tests.dualcos.reader.wire import WireClient

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]
ROOT = Path(__file__).parents[3]
DEBIT, PRESENT = b"\xb0\x2c", 4


class PulledAtDebit(AroundCard[SmartCard]):
    """Somebody takes the card out as soon as it has been debited, once; ``hand`` is his."""

    hand: HotPlug | None = None

    def exchange(self, command: bytes) -> bytes:
        answer = super().exchange(command)
        if self.hand is not None and command.startswith(DEBIT):
            self.hand.take()
            self.hand = None
        return answer


class TwoReaders(NamedTuple):
    """Names, and where a program finds the service; ``wait`` returns when a card lies in the first."""

    card: str
    sam: str
    environment: Mapping[str, str]
    wait: Callable[[], None]


@contextmanager
def ours(card: Slot, sam: Slot) -> Iterator[TwoReaders]:
    with EmbeddedService((card, sam)) as service:
        yield TwoReaders(card.name, sam.name, service.environment, lambda: None)


@contextmanager
def of_pcscd(card: Slot, sam: Slot) -> Iterator[TwoReaders]:
    with pcscd.private_pcscd() as daemon:
        plugs = [Plug(card, daemon.card_port), Plug(sam, daemon.psam_port)]
        with VpcdReader(plugs), WireClient(daemon.path) as client:

            def wait() -> None:
                while not all(each.state & PRESENT and each.atr for each in client.register()[:2]):
                    client.event()
                client.stop_waiting()
                client.event()

            wait()
            names = [each.name for each in client.states()]
            yield TwoReaders(names[0], names[1], daemon.environment, wait)


without_pcscd = pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "never")


@pytest.mark.parametrize("there", [ours, pytest.param(of_pcscd, marks=without_pcscd)])
def test_settled_pulled_in_the_middle_put_back_and_recovered(there, tmp_path):
    (tmp_path / "pins").write_text("123456\n123456\n", encoding="utf-8")
    card = PulledAtDebit(dualcos.card("social-2.0", seed=1))
    slot, sam = Slot("Desk Card Slot 00 00", card), Slot("Desk SAM Slot 01 00", dualcos.card("psam-3des", seed=1))
    hand = card.hand = HotPlug(slot)
    with there(slot, sam) as readers:

        def terminal(*steps: str) -> tuple[int, list[dict[str, Any]]]:
            (tmp_path / "steps").write_text("\n".join(steps), encoding="utf-8")
            files = ("--script", tmp_path / "steps", "--pin-file", tmp_path / "pins", "--storage", tmp_path / "t.db")
            words = ("--pcsc", readers.card, "--sam-pcsc", readers.sam, *map(str, files), "--json")
            done = subprocess.run(  # noqa: S603 - our own command line
                [sys.executable, "-m", "dualcos", "terminal", "social", *words],
                env={**os.environ, **readers.environment, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False, timeout=60,
            )  # fmt: skip
            return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

        code, told = terminal("update DF04EF05 8F=2", "settle 8.50 --mode 3 --account 0")
        assert (code, told[1]["stop"]["cause"]) == (1, "no-card")
        hand.put_back()
        readers.wait()
        code, told = terminal("recover", "log", "settle 1.50 --mode 3 --account 0")
        assert (code, "1 brought to an end" in told[0]["en"]) == (0, True)
        assert len(told[1]["details"]) == 1
        assert {each["name"]: each["text"] for each in told[2]["details"]}["number at the card"] == "0001"
