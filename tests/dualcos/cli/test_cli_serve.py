# ruff: noqa: S603 - the command lines are our own
"""``dualcos serve`` as a process: a client finds the card, every APDU has its line, signals end it cleanly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.dualcos.reader.wire import WireClient

ROOT = Path(__file__).parents[3]
SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
READ_PROTECTED = bytes.fromhex("00B0870010")
VERIFY = bytes.fromhex("0020000003123456")


class Server:
    """A running ``dualcos serve``; its banner has been read."""

    def __init__(self, *argv: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dualcos", "serve", *argv],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        self.banner = ""

    def ready(self, stream: str = "stdout") -> str:
        pipe = getattr(self.process, stream)
        for line in pipe:
            if not line.strip():
                break
            self.banner += line
        return self.banner

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def server():
    started = []

    def start(*argv: str) -> Server:
        started.append(Server(*argv))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate(timeout=20)


def talk(path: str, *commands: bytes) -> list[bytes]:
    with WireClient(path) as client:
        _, card, _ = client.connect(client.states()[0].name, wanted=1)
        return [client.transmit(card, command)[1] for command in commands]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_client_a_refusal_and_a_clean_end(server, tmp_path, number):
    path = str(tmp_path / "s")
    running = server("social-2.0", "--socket", path)
    banner = running.ready()
    assert f"PCSCLITE_CSOCK_NAME={path}" in banner
    assert "dualcos Card Slot 00 00" in banner
    assert "3B 6D" in banner
    answers = talk(path, SELECT_SSSE, VERIFY, READ_PROTECTED)
    assert [answer.hex() for answer in answers] == ["6118", "9000", "6982"]
    code, out, err = running.end(number)
    assert (code, err) == (0, "")
    assert not Path(path).exists()
    assert "EF07 指纹数据文件" in out
    assert "key KID 0A of SSSE by external authentication; proved so far: the PIN" in out
    assert "V2.0 §5" in out
    assert "123456" not in out.replace(" ", "")
    assert "card removed" in out


def test_json_on_stdout_and_the_rest_on_stderr(server, tmp_path):
    path = str(tmp_path / "s")
    running = server("social-2.0", "--socket", path, "--json", "--trace", str(tmp_path / "t.jsonl"))
    running.ready("stderr")
    talk(path, SELECT_SSSE)
    code, out, _ = running.end()
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line.get("name", line.get("event")) for line in lines] == ["cold", "SELECT", "off"]
    schema = Draft202012Validator(json.loads((ROOT / "docs" / "json" / "serve.json").read_text("utf-8")))
    assert all(schema.is_valid(line) for line in lines)
    kept = (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(kept) == 4


def test_a_second_card_sits_in_the_sam_slot(server, tmp_path):
    path = str(tmp_path / "s")
    running = server("social-2.0", "--sam", "blank", "--socket", path)
    running.ready()
    with WireClient(path) as client:
        assert [state.name for state in client.states() if state.name] == [
            "dualcos Card Slot 00 00",
            "dualcos SAM Slot 01 00",
        ]
        _, card, _ = client.connect("dualcos SAM Slot 01 00", wanted=1)
        assert client.transmit(card, bytes.fromhex("00A40000"))[1].hex() == "6a82"
    assert "sam│" in running.end()[1]


def test_a_power_loss_makes_the_card_mute_until_the_next_reset(server, tmp_path):
    path = str(tmp_path / "s")
    running = server("social-2.0", "--socket", path, "--cut-at", "0")
    running.ready()
    with WireClient(path) as client:
        name = client.states()[0].name
        _, card, _ = client.connect(name, wanted=1)
        assert client.transmit(card, SELECT_SSSE)[0] == 0
        result, _ = client.transmit(card, VERIFY)
        assert result != 0
        # A reset brings it back.
        _, card, _ = client.connect(name, wanted=1)
    code, out, _ = running.end()
    assert code == 0
    assert "power was lost: no answer to VERIFY" in out


def test_a_taken_socket(server, tmp_path):
    path = str(tmp_path / "s")
    server("social-2.0", "--socket", path).ready()
    second = server("social-2.0", "--socket", path)
    _, err = second.process.communicate(timeout=20)
    assert second.process.returncode == 2
    assert (path in err, len(err.splitlines())) == (True, 1)


def test_a_second_server_on_one_card_file(server, tmp_path):
    card, path = str(tmp_path / "c.card"), str(tmp_path / "s")
    issue = subprocess.run(
        [sys.executable, "-m", "dualcos", "issue", "social-2.0", "-o", card], cwd=ROOT, capture_output=True, check=False
    )
    assert issue.returncode == 0
    first = server(card, "--socket", path)
    first.ready()
    second = server(card, "--socket", path + "2")
    _, err = second.process.communicate(timeout=20)
    assert second.process.returncode == 2
    assert ("in use" in err, len(err.splitlines())) == (True, 1)
    talk(path, SELECT_SSSE, bytes.fromhex("0020000002FFFF"))
    assert first.end()[0] == 0
    # What was spent stays spent.
    third = server(card, "--socket", path)
    third.ready()
    assert talk(path, SELECT_SSSE, bytes.fromhex("00200000"))[1].hex() == "63c2"


def test_no_pcscd():
    code = (
        "import sys, dualcos.reader.vpcd as v; v.CARD_PORT = 1; import dualcos.cli.serve as s; s.CARD_PORT = 1;"
        "from dualcos.cli.main import run; sys.exit(run(['serve', 'social-2.0', '--reader', 'vpcd']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 2
    assert ("pcscd" in done.stderr, len(done.stderr.splitlines())) == (True, 1)


def test_run_with_a_client_of_its_own():
    script = (
        "import os; from tests.dualcos.reader.wire import WireClient\n"
        "with WireClient(os.environ['PCSCLITE_CSOCK_NAME']) as c:\n"
        "    _, card, _ = c.connect(c.states()[0].name, wanted=1)\n"
        f"    print(c.transmit(card, bytes.fromhex('{SELECT_SSSE.hex()}'))[1].hex())"
    )
    argv = [sys.executable, "-m", "dualcos", "run", "social-2.0", "--explain", "--", sys.executable, "-c", script]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=30)
    assert (done.returncode, done.stdout.strip()) == (0, "6118")
    assert "SSSE 社会保障系统环境" in done.stderr
