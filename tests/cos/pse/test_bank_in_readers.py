# ruff: noqa: S603 - the command lines are our own
"""Complete purchases through PC/SC, one card each of SDA, DDA and CDA: four outcomes in one reader (PBOC-5, PBOC-7).

Certificates are checked by plain RSA and SHA-1; cryptograms, ARPC and script MAC by pyemv: none of it our code.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from bank_terminal import AAC, ARQC, CDA, TC, USUAL, Terminal
from test_bank_offline_authentication import DOL, UNPREDICTABLE, Chain, check_cda, check_dda, check_sda

from apdu import tlv
from dualcos.profile.schema import load

ROOT = Path(__file__).parents[3]
CLIENT = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from test_bank_in_readers import purchases
purchases({name!r})
"""

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]


def authenticate(terminal):
    """What the card's AIP offers, CDA left to the cryptogram; the chain of certificates as read."""
    chain = Chain(terminal)
    if terminal.aip[0] & 0x40:
        check_sda(chain)
    if terminal.aip[0] & 0x20:
        check_dda(terminal, chain, UNPREDICTABLE)
    assert terminal.verify() == 0x9000
    return chain


def first(terminal, chain, p1):
    """The first GENERATE AC; the cryptogram's kind."""
    if not terminal.aip[0] & 0x01:
        return terminal.gac(p1).cid
    answer = terminal.gac_raw(p1 | CDA)
    data = bytes.fromhex("".join(USUAL[tag] for tag in DOL))
    dynamic = check_cda(answer.data, chain, data)
    terminal.ac, terminal.atc = dynamic[4:12], tlv.find(tlv.find(answer.data, 0x77), 0x9F36)
    return dynamic[3]


def purchases(name):
    """In the client's process: says each outcome on a line of its own."""
    from dualcos.reader.pcsc import PcscLink, readers  # noqa: PLC0415 - needs pyscard, which the test may miss

    with PcscLink(readers()[0]) as link:
        terminal = Terminal(link, load(name))
        chain = authenticate(terminal)
        print("online", first(terminal, chain, ARQC), f"{terminal.ea():04X}", terminal.gac(TC, b"00").cid)
        print("script", f"{terminal.sw(terminal.script('04DA9F58', bytes((9,)))):04X}")
        chain = authenticate(terminal)
        print("offline", first(terminal, chain, TC))
        chain = authenticate(terminal)
        print("declined", first(terminal, chain, ARQC), f"{terminal.ea(b'05'):04X}", terminal.gac(AAC, b"05").cid)
        chain = authenticate(terminal)
        print("no line", first(terminal, chain, ARQC), terminal.gac(AAC, b"Z3").cid)


@pytest.mark.parametrize("name", ["bank-sda", "bank-dda", "bank-cda"])
def test_purchases_in_a_reader(name):
    client = CLIENT.format(here=str(Path(__file__).parent), root=str(ROOT), name=name)
    command = [sys.executable, "-m", "dualcos", "run", name, "--", sys.executable, "-c", client]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines() == [
        f"online {ARQC} 9000 {TC}",
        "script 9000",
        f"offline {TC}",
        f"declined {ARQC} 9000 {AAC}",
        f"no line {ARQC} {AAC}",
    ], done.stderr
