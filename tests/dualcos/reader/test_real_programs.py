"""Unmodified programs: pyscard, opensc-tool, scriptor and pcsc_scan on the embedded service, pcscd with vpcd.

Each needs something installed and is skipped, with the reason, where it is not.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdError, VpcdReader
from tests.dualcos.reader import pcscd
from tests.dualcos.reader.wire import SUCCESS, UNPOWER, WireClient
from tests.echo_card import EchoCard

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.pcsc

T0_ATR = "3B6400006563686F"
NAME = "Real 00 00"
SELECT = bytes.fromhex("00A4040000")
without_pyscard = pytest.mark.skipif(
    importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
)
without_pcscd = pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "never")

# What a program does over pyscard's high level; the waiting for a card is SCardGetStatusChange, never a sleep.
HIGH_LEVEL = """
from smartcard.CardType import AnyCardType
from smartcard.CardRequest import CardRequest
from smartcard.System import readers
found = readers()
service = CardRequest(timeout=10, cardType=AnyCardType(), readers=[found[0]]).waitforcard()
connection = service.connection
connection.connect()
print([str(r) for r in found])
print(bytes(connection.getATR()).hex().upper(), connection.getProtocol())
for size in (5, 255, 261):
    data, sw1, sw2 = connection.transmit(list(bytes(size)))
    print(len(data), f"{sw1:02X}{sw2:02X}")
connection.reconnect()
connection.disconnect()
"""
OUR_LINK = """
import sys
from dualcos.reader.pcsc import PcscError, PcscLink, readers
from dualcos.reader.silent_card import CardGone, CardMute
name = readers()[0]
for _ in range(200):
    try:
        PcscLink(name).power_on()
        break
    except CardGone:
        pass
with PcscLink(name) as link:
    print(link.atr.hex().upper(), link.exchange(b"\\0\\xa4\\4\\0").hex().upper(), link.reset() == link.atr)
    link.power_off()
    try:
        link.exchange(b"\\0\\xa4\\4\\0")
    except CardMute:
        print("mute")
print(PcscLink(name).atr.hex().upper())
for broken in (lambda: PcscLink("No such reader").power_on(), lambda: PcscLink(name, 1).power_on(),
               lambda: PcscLink(name, 7)):
    try:
        broken()
    except PcscError as error:
        print(error)
"""
HOT_PLUG = """
import sys
from smartcard.scard import *
context = SCardEstablishContext(SCARD_SCOPE_USER)[1]
name = SCardListReaders(context, [])[1][0]
states = SCardGetStatusChange(context, 0, [(name, SCARD_STATE_UNAWARE)])[1]
for _ in range(int(sys.argv[1])):
    print("ready", flush=True)
    while True:
        code, states = SCardGetStatusChange(context, 10000, [(name, states[0][1])])
        assert code == 0, hex(code)
        if states[0][1] & SCARD_STATE_CHANGED:
            break
    print("present" if states[0][1] & SCARD_STATE_PRESENT else "empty", flush=True)
"""
CANCEL = """
import threading
from smartcard.scard import *
context = SCardEstablishContext(SCARD_SCOPE_USER)[1]
name = SCardListReaders(context, [])[1][0]
state = SCardGetStatusChange(context, 0, [(name, SCARD_STATE_UNAWARE)])[1][0][1]
threading.Timer(0.3, lambda: SCardCancel(context)).start()
print(SCardGetStatusChange(context, 10000, [(name, state)])[0] == SCARD_E_CANCELLED)
print(SCardGetStatusChange(context, 100, [(name, state)])[0] == SCARD_E_TIMEOUT)
print(bytes(SCardGetAttrib(SCardConnect(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)[1],
      SCARD_ATTR_ATR_STRING)[1]).hex().upper())
"""


def run(command: list[str], environment: dict[str, str], **more: object) -> str:
    done = subprocess.run(  # noqa: S603 - the programs under test
        command,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(script: str, environment: dict[str, str]) -> list[str]:
    return run([sys.executable, "-c", script], environment).splitlines()


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def service():
    with EmbeddedService([Slot(NAME, EchoCard()), Slot("Real 00 01", EchoCard(1))]) as running:
        yield running


@pytest.fixture
def daemon():  # one each: pcscd takes up to 0.4 s to see that the last test's card has gone
    with pcscd.private_pcscd() as running:
        yield running


# The embedded service.


@without_pyscard
def test_pyscard(service):
    assert python(HIGH_LEVEL, service.environment) == [
        f"['{NAME}', 'Real 00 01']",
        f"{T0_ATR} 1",
        "5 9000",
        "255 9000",
        "261 9000",
    ]


@without_pyscard
def test_our_link(service):
    lines = python(OUR_LINK, service.environment)
    assert lines[:3] == [f"{T0_ATR} 00A404009000 True", "mute", T0_ATR]
    assert "No such reader" in lines[3]
    assert NAME in lines[3]
    assert NAME in lines[4]
    assert "T=7" in lines[5]


@without_pyscard
def test_no_service_is_one_clear_error(tmp_path):
    script = "from dualcos.reader.pcsc import *\ntry: readers()\nexcept PcscError as e: print(e)"
    (line,) = python(script, {"PCSCLITE_CSOCK_NAME": str(tmp_path / "none")})
    assert "pcscd" in line


@without_pyscard
def test_hot_plug_as_pyscard_sees_it(service):
    slot = service.slots[0]
    environment = {**os.environ, **service.environment}
    command = [sys.executable, "-c", HOT_PLUG, "20"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, text=True) as child:  # noqa: S603 - the script above
        assert child.stdout is not None
        for number in range(20):
            assert child.stdout.readline() == "ready\n"
            slot.insert(EchoCard()) if number % 2 else slot.remove()
            assert child.stdout.readline() == ("present\n" if number % 2 else "empty\n")
    assert child.returncode == 0


@without_pyscard
def test_cancel_timeout_and_the_atr_attribute(service):
    assert python(CANCEL, service.environment) == ["True", "True", T0_ATR]


def test_opensc_tool(service):
    tool = program("opensc-tool")
    out = run([tool, "-c", "default", "-r", "0", "-s", "00A40000023F00"], service.environment)
    assert "SW1=0x90, SW2=0x00" in out
    assert NAME in run([tool, "-l"], service.environment)


def test_scriptor(service):
    out = run([program("scriptor"), "-r", NAME], service.environment, input="00 A4 04 00\n")
    assert "Using T=0 protocol" in out
    assert "00 A4 04 00 90 00" in out


def test_pcsc_scan(service):
    out = run([program("pcsc_scan"), "-t", "1", "-n"], service.environment)
    assert "3B 64 00 00 65 63 68 6F" in out
    assert f"0: {NAME}" in out


# pcscd and vpcd.


def wait_for_card(client: WireClient) -> str:
    """Registers until the first reader has a card."""
    while True:
        states = client.register()
        if states[0].state & 4 and states[0].atr:
            client.stop_waiting()
            client.event()
            return states[0].name
        client.event()


@without_pcscd
def test_the_wire_client_of_these_tests_speaks_to_the_real_daemon_too(daemon):
    with (
        VpcdReader([Plug(Slot("a", EchoCard()), daemon.card_port), Plug(Slot("b", EchoCard(1)), daemon.psam_port)]),
        WireClient(daemon.path) as client,
    ):
        name = wait_for_card(client)
        handle = client.open(name)
        assert client.transmit(handle, SELECT) == (SUCCESS, SELECT + b"\x90\x00")
        assert client.transmit(handle, bytes(65535 - 2))[0] == SUCCESS
        assert client.disconnect(handle, UNPOWER) == SUCCESS


@without_pcscd
@without_pyscard
def test_vpcd_with_pyscard(daemon):
    with VpcdReader([Plug(Slot("a", EchoCard()), daemon.card_port)]):
        lines = python(HIGH_LEVEL, daemon.environment)
        assert lines[1:] == [f"{T0_ATR} 1", "5 9000", "255 9000", "261 9000"]
        assert python(OUR_LINK, daemon.environment)[:3] == [f"{T0_ATR} 00A404009000 True", "mute", T0_ATR]


@without_pcscd
def test_vpcd_removal_and_insertion(daemon):
    slot = Slot("a", EchoCard())
    with VpcdReader([Plug(slot, daemon.card_port)]), WireClient(daemon.path) as client:
        wait_for_card(client)
        slot.remove()
        while client.register()[0].state & 4:
            client.event()
        client.stop_waiting()
        client.event()
        slot.insert(EchoCard(1))
        name = wait_for_card(client)
        _, _, protocol = client.connect(name)
        assert protocol == 2


@without_pcscd
def test_a_second_card_in_a_taken_slot_is_warned(daemon):
    lines: list[str] = []
    with VpcdReader([Plug(Slot("a", EchoCard()), daemon.card_port)]), WireClient(daemon.path) as client:
        wait_for_card(client)
        with VpcdReader([Plug(Slot("late", EchoCard()), daemon.card_port)], report=lines.append):
            for _ in range(50):
                if lines or not client.silent(0.1):
                    break
            with pytest.raises(VpcdError, match="taken"):  # vpcd's queue has room for one
                VpcdReader([Plug(Slot("later", EchoCard()), daemon.card_port)]).start()
    assert "taken" in lines[0]
