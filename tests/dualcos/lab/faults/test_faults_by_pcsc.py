"""Each kind of fault as an unmodified PC/SC program sees it: pyscard on ``dualcos run`` and on a real pcscd."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

import pytest

from tests.dualcos.reader import pcscd

ROOT = Path(__file__).parents[4]
pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]
NOT_TRANSACTED, REMOVED = "80100016", "80100069"
SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
FETCH, CHALLENGE, WRONG_PIN, ASK_PIN = "00C0000018", "0084000008", "0020000003999999", "0020000000"

# Reads lines: APDUs in hex, or a word; prints what SCardTransmit gave. Waits for cards by status changes, never sleeps.
CLIENT = """
import sys, time
from smartcard.scard import *
context = SCardEstablishContext(SCARD_SCOPE_USER)[1]
name = SCardListReaders(context, [])[1][0]
print(name)
def wait(present):
    code, states = SCardGetStatusChange(context, 0, [(name, SCARD_STATE_UNAWARE)])
    while bool(states[0][1] & SCARD_STATE_PRESENT) != present:
        code, states = SCardGetStatusChange(context, 10000, [(name, states[0][1])])
        assert code == 0, hex(code)
wait(True)
card = None
for line in sys.argv[1:]:
    if line == "connect":
        code, card, protocol = SCardConnect(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY)
        print(f"{code & 0xFFFFFFFF:08X}")
    elif line == "reset":
        print(f"{SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, SCARD_RESET_CARD)[0] & 0xFFFFFFFF:08X}")
    elif line in ("gone", "back"):
        wait(line == "back")
        print(line)
    else:
        began = time.monotonic()
        code, answer = SCardTransmit(card, SCARD_PCI_T0, list(bytes.fromhex(line)))
        late = " late" if time.monotonic() - began > 0.25 else ""
        print((f"{code & 0xFFFFFFFF:08X}" if code else bytes(answer).hex().upper()) + late)
"""


def rule(name: str, fault: str, command: str, **more: str) -> str:
    fields = {"name": f'"{name}"', "purpose": '"test"', "clause": '"test"', "command": f'"{command}"'} | more
    return "\n".join(("[[rule]]", *(f"{key} = {value}" for key, value in fields.items()), f"fault = {{ {fault} }}\n"))


SCRIPT = 'title = "every kind"\n' + "".join(
    (
        rule("mute", 'kind = "mute"', "0084????"),
        rule("late", 'kind = "delay", seconds = 0.3', "0084????", nth="2"),
        rule("word", 'kind = "answer", sw = "6A88", data = ""', "0084????", nth="3"),
        rule("short", 'kind = "truncate", keep = 3', "0084????", nth="4"),
        rule("one byte", 'kind = "truncate", keep = 1', "0084????", nth="5"),
        rule("noise", 'kind = "flip", bits = 5, where = "data"', "0084????", nth="6"),
        rule("long", 'kind = "over-long", length = 300, fill = "41"', "0084????", nth="7"),
        rule("tlv", 'kind = "malformed-tlv", shape = "length-huge"', "00A404??", fetched="true", nth="2"),
        rule("pulled", 'kind = "remove", back = 0.8', "0020????"),
        rule("cut", 'kind = "power-cut", bytes = 1', "0020????", nth="3"),
    )
)


def dualcos(*argv: str, code: int = 0, **more: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "dualcos", *argv],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False, **more,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_every_kind_and_an_honest_trace(tmp_path):
    script, trace = tmp_path / "all.toml", tmp_path / "t.jsonl"
    script.write_text(SCRIPT, encoding="utf-8")
    steps = [
        ("connect", "00000000"),
        (SELECT, "6118"),
        (FETCH, "6F16*9000"),
        (CHALLENGE, NOT_TRANSACTED),
        ("0084000004", NOT_TRANSACTED),  # still mute
        ("reset", "00000000"),
        (SELECT, "6118"),
        (FETCH, "6F84FFFFFFFF*"),
        (CHALLENGE, "* late"),
        (CHALLENGE, "6A88"),
        (CHALLENGE, "??????"),
        (CHALLENGE, "??"),
        (CHALLENGE, "*9000"),
        (CHALLENGE, "*" + "41" * 292 + "9000"),
        (WRONG_PIN, REMOVED),
        ("gone", "gone"),
        ("back", "back"),
        ("reset", "00000000"),
        (SELECT, "6118"),
        (ASK_PIN, "63C2"),  # the wrong PIN was counted, though nobody heard
        (WRONG_PIN, NOT_TRANSACTED),
        ("reset", "00000000"),
        (SELECT, "6118"),
        (ASK_PIN, "63C[12]"),  # cut while it was being counted
    ]
    client = [sys.executable, "-c", CLIENT, *(step for step, _ in steps)]
    done = dualcos("run", "social-2.0", "--faults", str(script), "--explain", "--trace", str(trace), "--", *client)
    reader, *answers = done.stdout.splitlines()
    assert reader == "dualcos FAULTS Card Slot 00 00"
    wrong = [
        (step, answer, wanted)
        for (step, wanted), answer in zip(steps, answers, strict=True)
        if not fnmatchcase(answer, wanted)
    ]
    assert wrong == []
    # The banner comes first, and says all of it; every affected line says so, and no other.
    assert done.stderr.startswith("FAULTS  this card misbehaves on purpose")
    assert all(name in done.stderr for name in ("one byte", "malformed-tlv", "every kind"))
    lines = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    assert "misbehaves on purpose" in lines[1]["banner"]
    marked = [" ".join(line["fault"]) for line in lines if "fault" in line]
    assert len(marked) == 12, "\n".join(marked)
    assert all("FAULT injected" in text for text in marked)
    for name in ("mute", "late", "word", "short", "one byte", "noise", "long", "tlv", "pulled", "cut"):
        assert any(f"FAULT injected: {name}: " in text for text in marked), name
    assert "999999" not in trace.read_text(encoding="utf-8")
    assert "mute 1 of 7" in done.stderr
    # A trace with faults is no lie when sent again: what was injected is not compared.
    replayed = dualcos("replay", str(trace), code=1).stdout
    assert "faults injected on purpose" in replayed


def test_no_option_no_faults(tmp_path):
    """Not by an environment variable, and not by a script that lies about."""
    (tmp_path / "faults.toml").write_text(SCRIPT, encoding="utf-8")
    environment = {**os.environ, "DUALCOS_FAULTS": "hostile", "FAULTS": "hostile", "PYTHONPATH": str(ROOT)}
    client = [sys.executable, "-c", CLIENT, "connect", SELECT, CHALLENGE]
    done = dualcos("run", "social-2.0", "--explain", "--", *client, env=environment)
    assert done.stdout.splitlines()[0] == "dualcos Card Slot 00 00"
    assert "FAULT" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--faults", "nonesuch"], "built in are"),
        (["--faults", "hostile", "--cut-at", "3"], "power-cut"),
        (["--sam-faults", "hostile"], "--sam"),
        (["--port", "5000"], "--reader vpcd"),
        (["--reader", "vpcd", "--port", "65535"], "two in a row"),
    ],
)
def test_wrong_options_are_one_line(options, said):
    done = dualcos("serve", "social-2.0", *options, code=2)
    assert (said in done.stderr, len(done.stderr.splitlines())) == (True, 1)


def test_the_list_shows_scripts_and_where_they_are():
    out = dualcos("serve", "--faults", "list").stdout
    for name in ("lost-answers", "pulled", "slow-and-mute", "wrong-words", "garbled", "hostile"):
        assert f"{name}.toml" in out


def test_the_sam_has_faults_of_its_own(tmp_path):
    script = tmp_path / "sam.toml"
    script.write_text('title = "sam"\n' + rule("sam", 'kind = "answer", sw = "6F00"', "0084????"), encoding="utf-8")
    client = (
        "from smartcard.System import readers\n"
        "for each in readers():\n"
        "    c = each.createConnection(); c.connect()\n"
        "    print(each, '%02X%02X' % c.transmit([0, 0x84, 0, 0, 8])[1:])\n"
    )
    options = ("--sam", "psam-3des", "--sam-faults", str(script))
    done = dualcos("run", "social-2.0", *options, "--", sys.executable, "-c", client)
    assert done.stdout.splitlines() == ["dualcos Card Slot 00 00 9000", "dualcos FAULTS SAM Slot 01 00 6F00"]


# The whole ``dualcos serve --reader vpcd`` against a real pcscd.


@pytest.fixture
def daemon():
    with pcscd.private_pcscd() as running:
        yield running


class Serving:
    """``dualcos serve --reader vpcd`` on the daemon's ports; its banner has been read."""

    def __init__(self, daemon: pcscd.Pcscd, *options: str) -> None:
        self._environment = {**os.environ, **daemon.environment}
        command = [sys.executable, "-m", "dualcos", "serve", "social-2.0", "--reader", "vpcd"]
        self.process = subprocess.Popen(  # noqa: S603 - our own command line
            [*command, "--port", str(daemon.card_port), *options],
            cwd=ROOT, env=self._environment, encoding="utf-8", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.banner = "".join(iter(lambda: self.process.stdout.readline().strip("\n"), ""))

    def ask(self, *steps: str) -> list[str]:
        done = subprocess.run(  # noqa: S603 - the script above
            [sys.executable, "-c", CLIENT, *steps],
            env=self._environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[1:]

    def end(self) -> tuple[int, str, str]:
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)


without_pcscd = pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "never")


@without_pcscd
def test_serve_on_a_real_pcscd(daemon):
    with Serving(daemon, "--sam", "psam-3des") as serving:
        # As that daemon calls them.
        assert "Test Slot 00 00" in serving.banner
        assert "Test Slot 00 01" in serving.banner
        assert serving.ask("connect", SELECT, FETCH, CHALLENGE)[:2] == ["00000000", "6118"]
        code, out, err = serving.end()
    assert (code, err) == (0, "")
    assert "SSSE 社会保障系统环境" in out
    assert "card removed" in out
    assert "FAULT" not in serving.banner + out


@without_pcscd
def test_faults_on_a_real_pcscd(daemon, tmp_path):
    """There a mute card can only be shown as pulled and put in again; the banner and the trace still say why."""
    script = tmp_path / "s.toml"
    rules = (
        rule("word", 'kind = "answer", sw = "6F00", data = ""', "0084????"),
        rule("mute", 'kind = "mute"', "0084????", nth="2"),
        rule("pulled", 'kind = "remove", executed = false, back = 1.5', "0084????", nth="3"),
    )
    script.write_text('title = "vpcd"\n' + "".join(rules), encoding="utf-8")
    with Serving(daemon, "--faults", str(script)) as serving:
        assert "misbehaves on purpose" in serving.banner
        assert serving.ask("connect", SELECT, CHALLENGE)[1:] == ["6118", "6F00"]
        (first, *_) = serving.ask("connect", CHALLENGE, "gone", "back")
        assert first == "00000000"
        assert serving.ask("connect", CHALLENGE, "gone", "back")[-2:] == ["gone", "back"]
        assert serving.ask("connect", SELECT)[1:] == ["6118"]
        code, out, _ = serving.end()
    assert code == 0
    for name in ("word", "mute", "pulled"):
        assert f"FAULT injected: {name}: " in out
        assert f"{name} 1 of " in out
