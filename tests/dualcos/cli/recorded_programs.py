"""Programs that are recorded, and what their records have in them."""

from __future__ import annotations

import sys

from dualcos.cli.replay import read_trace
from dualcos.explain import RawExchange

SSSE, CHALLENGE, VERIFY, PIN = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "0084000008", "0020000003", "123456"
_CLIENT = (
    "import os, sys; from tests.dualcos.reader.wire import WireClient\n"
    "with WireClient(os.environ['PCSCLITE_CSOCK_NAME']) as c:\n"
    "    state = c.states()[0]\n"
    "    print(state.name, state.atr.hex())\n"
    "    _, card, _ = c.connect(state.name, wanted=1)\n"
    "    for word in sys.argv[1:]: print(c.transmit(card, bytes.fromhex(word))[1].hex(), flush=True)\n"
)


def program(*words: str, then: str = "") -> list[str]:
    """The end of a command line: a program that sends ``words``, and ``then`` does something else."""
    return ["--", sys.executable, "-c", f"{_CLIENT}    {then}\n", *words]


def commands(trace: str) -> list[str]:
    """The commands in a record, in hex."""
    return [one.record.command.hex().upper() for one in read_trace(trace).lines if isinstance(one.record, RawExchange)]
