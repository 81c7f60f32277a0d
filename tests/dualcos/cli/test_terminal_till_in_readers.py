"""A purchase with the card in a PC/SC reader and the host behind TCP, each in a process of its own, by pyscard."""

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
from tests.dualcos.cli.host_in_shell import host_in_shell
from tests.dualcos.cli.two_readers import EITHER

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]
ROOT = Path(__file__).parents[3]
CARD = "dual-2.0-3des"
EXTERNAL_AUTHENTICATE = b"\x00\x82"


class PulledBehindIssuer(AroundCard[SmartCard]):
    """Somebody takes the card out as soon as it has heard of its issuer, once; ``hand`` is his."""

    hand: HotPlug | None = None

    def exchange(self, command: bytes) -> bytes:
        answer = super().exchange(command)
        if self.hand is not None and command.startswith(EXTERNAL_AUTHENTICATE):
            self.hand.take()
            self.hand = None
        return answer


@EITHER
def test_pulled_in_the_middle_taken_back_and_paid_again(there, tmp_path):
    (tmp_path / "pins").write_text("1234\n1234\n", encoding="utf-8")
    card = PulledBehindIssuer(dualcos.card(CARD, seed=1))
    slot, other = Slot("Till Card Slot 00 00", card), Slot("Till Other Slot 01 00", dualcos.card("social-2.0", seed=1))
    hand = card.hand = HotPlug(slot)
    with host_in_shell(CARD) as host, there(slot, other) as readers:

        def terminal(*steps: str) -> tuple[int, list[dict[str, Any]]]:
            (tmp_path / "steps").write_text("\n".join(steps), encoding="utf-8")
            files = ("--script", tmp_path / "steps", "--pin-file", tmp_path / "pins", "--storage", tmp_path / "t.db")
            words = ("--pcsc", readers.card, "--host", host, *map(str, files), "--json")
            done = subprocess.run(  # noqa: S603 - our own command line
                [sys.executable, "-m", "dualcos", "terminal", "financial", *words],
                env={**os.environ, **readers.environment, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False, timeout=60,
            )  # fmt: skip
            return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

        code, told = terminal("sign-on", "purchase 8.50")
        assert (code, told[1]["stop"]["cause"]) == (1, "reversing")
        hand.put_back()
        readers.wait()
        code, told = terminal("purchase 1.50", "journal", "settle")
        assert code == 0, told[-1]["stop"]
        assert [each["state"] for each in told[1]["payments"]] == ["reversed", "approved"]
        assert any("对账平" in line for line in told[2]["slips"][0]["lines"])
