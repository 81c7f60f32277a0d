"""A settlement with card and PSAM in two PC/SC readers, the terminal in a process of its own, by pyscard."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import Slot
from tests.dualcos.cli.two_readers import EITHER

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


@EITHER
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
