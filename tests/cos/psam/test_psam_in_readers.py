# ruff: noqa: S603 - the command lines are our own
"""The same terminal on two PC/SC readers: card and PSAM of the built-in profiles, through ``dualcos run`` and pyscard.

The client below sees readers only: it starts as an unmodified program would, in a process of its own.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLIENT = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from terminal.reader.pcsc import PcscLink, readers
from test_psam_with_card import R1, R2, Terminal
card, psam = readers()
with PcscLink(card) as user, PcscLink(psam) as sam:
    terminal = Terminal(user, sam, wide={wide!r})
    internal = terminal.card.ok("0088000010" + R1 + R2)
    print("internal", internal == terminal.authentication_data(0x07, 0x08, R1, R2))
    print("other", internal == terminal.authentication_data(0x07, 0x08, R2, R1))
    print("external", f"{{terminal.prove(0x04, 0x08, 0x12):04X}}")
    print("wrong key", f"{{terminal.prove(0x04, 0x08, 0x11):04X}}")
"""

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]


@pytest.mark.parametrize(
    ("card", "psam", "wide"), [("dual-2.0-3des", "psam-3des", False), ("dual-3.0-sm4", "psam-sm4", True)]
)
def test_card_and_psam_in_two_readers(card, psam, wide):
    client = CLIENT.format(here=str(Path(__file__).parent), root=str(ROOT), wide=wide)
    done = subprocess.run(
        [sys.executable, "-m", "cli", "run", card, "--sam", psam, "--", sys.executable, "-c", client],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["internal True", "other False", "external 9000", "wrong key 63C2"], done.stderr
