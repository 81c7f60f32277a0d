"""A settlement with card and PSAM in two PC/SC readers, the terminal in a process of its own, by pyscard; at a
full-function terminal the rest is paid by the same card.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import Slot
from tests.dualcos.cli.host_in_shell import host_in_shell
from tests.dualcos.cli.two_readers import EITHER, TwoReaders

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]
ROOT = Path(__file__).parents[3]
DEBIT = b"\xb0\x2c"


class PulledAtDebit(AroundCard[SmartCard]):
    """Somebody takes the card out as soon as it has been debited, once; ``hand`` is his."""

    hand: HotPlug | None = None

    def exchange(self, command: bytes) -> bytes:
        answer = super().exchange(command)
        if self.hand is not None and command.startswith(DEBIT):
            self.hand.take()
            self.hand = None
        return answer


class TerminalInReaders(NamedTuple):
    """``kind``: which terminal; ``ways``: what is said to it besides its steps. Its files are in ``folder``."""

    kind: str
    folder: Path
    readers: TwoReaders
    ways: tuple[str, ...] = ()

    def does(self, *steps: str) -> tuple[int, list[dict[str, Any]]]:
        """Steps, in a process of its own: code and facts."""
        (self.folder / "steps").write_text("\n".join(steps), encoding="utf-8")
        (self.folder / "pins").write_text("123456\n123456\n", encoding="utf-8")
        files = ("--script", "steps", "--pin-file", "pins", "--storage", "t.db")
        words = ("--pcsc", self.readers.card, "--sam-pcsc", self.readers.sam, *files, *self.ways, "--json")
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "dualcos", "terminal", self.kind, *words], cwd=self.folder,
            env={**os.environ, **self.readers.environment, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@EITHER
def test_settled_pulled_in_the_middle_put_back_and_recovered(there, tmp_path):
    card = PulledAtDebit(dualcos.card("social-2.0", seed=1))
    slot, sam = Slot("Desk Card Slot 00 00", card), Slot("Desk SAM Slot 01 00", dualcos.card("psam-3des", seed=1))
    hand = card.hand = HotPlug(slot)
    with there(slot, sam) as readers:
        terminal = TerminalInReaders("social", tmp_path, readers)
        code, told = terminal.does("update DF04EF05 8F=2", "settle 8.50 --mode 3 --account 0")
        assert (code, told[1]["stop"]["cause"]) == (1, "no-card")
        hand.put_back()
        readers.wait()
        code, told = terminal.does("recover", "log", "settle 1.50 --mode 3 --account 0")
        assert (code, "1 brought to an end" in told[0]["en"]) == (0, True)
        assert len(told[1]["details"]) == 1
        assert {each["name"]: each["text"] for each in told[2]["details"]}["number at the card"] == "0001"


@EITHER
def test_settled_pulled_in_the_middle_put_back_and_paid_by_the_bank_side(there, tmp_path):
    card = PulledAtDebit(dualcos.card("dual-2.0-3des", seed=1))
    slot, sam = Slot("Desk Card Slot 00 00", card), Slot("Desk SAM Slot 01 00", dualcos.card("psam-3des", seed=1))
    hand = card.hand = HotPlug(slot)
    (tmp_path / "bank.pins").write_text("1234\n", encoding="utf-8")
    with there(slot, sam) as readers, host_in_shell("dual-2.0-3des") as host:
        terminal = TerminalInReaders("full", tmp_path, readers, ("--host", host, "--bank-pin-file", "bank.pins"))
        own_account = "social update DF04EF05 8F=2"
        code, told = terminal.does("sign-on", own_account, "settle 8.50 --mode 3 --account 0 --own 1")
        assert (code, told[2]["bills"][0]["state"]) == (1, "settling")
        hand.put_back()
        readers.wait()
        code, told = terminal.does("resume", "social log", "bills --all")
        found, resumed, log, bills = told[:4]
        assert (code, found["step"], found["bills"][0]["state"]) == (0, "power-up", "settling")
        assert (resumed["bills"][0]["state"], resumed["payments"][0]["amount"]) == ("paid", 950)
        assert (len(log["details"]), len(bills["bills"])) == (1, 1)
