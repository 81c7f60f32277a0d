"""``dualcos record``: a session kept, as it is by `dualcos run` and `serve`; what is made of it; what is refused.

What a record has in it and what comes of one is told of fifty sessions by ``tests/dualcos/lab/recorder``.
"""

# ruff: noqa: S603 - the command lines are our own

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dualcos
import dualcos.cli.serve
from dualcos.cli.main import run
from dualcos.cli.replay import read_trace
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from tests.dualcos.cli.recorded_programs import CHALLENGE, PIN, SSSE, VERIFY, commands, program
from tests.dualcos.lab.recorder.captured_packets import packets
from tests.dualcos.reader.wire import WireClient

ROOT = Path(__file__).parents[3]


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run in an empty folder; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def call(*argv: str) -> tuple[int, str, str]:
        return (run(argv), *capfd.readouterr())

    return call


def test_a_program_is_run_and_recorded_and_all_is_made_of_it(said):
    sent = (SSSE, "00C0000018", VERIFY + PIN, CHALLENGE)
    words = ("record", "session", "-o", "a.trace", "--pcap", "a.pcap", "social-2.0", "--set", "ssse.pin_tries=5")
    code, out, err = said(*words, *program(*sent))
    assert (code, err) == (0, ""), "no words are made of it"
    assert out.splitlines()[0].startswith("dualcos Card Slot 00 00 3b6d")
    assert commands("a.trace") == [SSSE, "00C0000018", VERIFY + "000000", CHALLENGE]
    assert len(packets(Path("a.pcap").read_bytes())) == 1 + 2 * len(sent)
    assert said("record", "pcap", "a.trace", "-o", "again.pcap") == (0, "", "")
    assert Path("again.pcap").read_bytes() == Path("a.pcap").read_bytes()
    assert said("replay", "a.trace")[0] == 0
    assert "GET CHALLENGE" in said("explain", "a.trace")[1]
    code, out, err = said("record", "vector", "a.trace", "-o", "a.json", "--id", "MINE-7")
    assert (code, err) == (0, "")
    assert out == (
        "a.json: MINE-7, 4 steps, 1 with the profile's own data in place of secrets, 1 random numbers; "
        "plays on the card of social-2.0\n"
    )
    assert json.loads(Path("a.json").read_text("utf-8"))["overrides"] == {"ssse": {"pin_tries": 5}}
    assert said("conform", "a.json")[0] == 0


def test_the_exit_code_is_the_programs(said):
    assert said("record", "session", "-o", "a.trace", "--", sys.executable, "-c", "raise SystemExit(7)")[0] == 7
    assert read_trace("a.trace", may_be_empty=True).lines == ()


def test_where_nothing_passed_the_capture_is_empty(said):
    code, _, err = said("record", "session", "-o", "a.trace", "--pcap", "a.pcap", "--", "true")
    assert (code, err, packets(Path("a.pcap").read_bytes())) == (0, "", [])
    assert "no commands in it" in said("record", "pcap", "a.trace", "-o", "b.pcap")[2]


@pytest.mark.parametrize("explain", [False, True])
def test_without_a_program_it_stays_as_serve_does(said, monkeypatch, explain):
    def meanwhile() -> None:
        with WireClient("socket") as client:
            for state in client.states()[:2]:
                _, card, _ = client.connect(state.name, wanted=1)
                client.transmit(card, bytes.fromhex(CHALLENGE))

    monkeypatch.setattr(dualcos.cli.serve, "_waited", meanwhile)
    words = ("record", "session", "-o", "a.trace", "--socket", "socket", "social-2.0", "--sam", "psam-3des")
    code, out, err = said(*words, *(["--explain"] if explain else []))
    assert (code, err) == (0, "")
    assert "talk to it  export PCSCLITE_CSOCK_NAME=" in out
    assert ("GET CHALLENGE" in out) is explain
    assert commands("a.trace") == [CHALLENGE] * 2
    for slot, profile in (("", "social-2.0"), ("sam", "psam-3des")):
        told = said("record", "vector", "a.trace", "--slot", slot, "-o", f"draft{slot}.json")
        assert told[0] == 0
        assert told[1].endswith(f"1 steps, 1 random numbers; plays on the card of {profile}\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("-o - --pcap a.pcap", "--pcap is made of the record when all is over: name a file for that with -o"),
        ("-o a --socket s -- true", "--socket is for programs that come by themselves"),
        ("-o a --profile social-2.0", "--profile says what the card in a reader is: it goes with --pcsc READER"),
        ("-o a social-2.0 --pcsc R", "PROFILE|CARD-FILE is about a card of ours, and --pcsc R names one in a reader"),
        ("-o a --seed 1 --pcsc R", "--seed is about a card of ours"),
        ("-o a --cut-at 1 --pcsc R", "--cut-at is about a card of ours"),
        ("-o a --faults garbled --pcsc R", "--faults is about a card of ours"),
        ("-o a --set ssse.pin_tries=5 --pcsc R", "name that with --profile"),
        ("-o a --pcsc R --profile nope.toml", "nope.toml"),
        ("-o a --", "which command? there is none behind --"),
    ],
)
def test_a_session_that_is_not_asked_for_soundly(said, words, told):
    code, out, err = said("record", "session", *words.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not Path("a").exists()


def test_pcap_and_vector_take_no_program(said):
    assert "takes nothing behind --" in said("record", "pcap", "a", "-o", "b", "--", "true")[2]


def traced(said, trace: str, card: str, *words: str) -> None:
    assert said("send", card, *words, "--trace", trace)[0] == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a.trace", "--id", "no id"), "--id no id: an id is capitals"),
        (("a.trace", "--profile", "dual-3.0-sm4"), "another card"),
        (("a.trace", "--slot", "sam"), "has no lines of slot 'sam'"),
        (("card.trace",), "does not name the profile of its card: say what it was made from, --profile PROFILE"),
        (("pin.trace",), "was taken with a ssse.pin that it does not tell"),
        (("key.trace",), "record again with `"),
    ],
)
def test_a_vector_that_cannot_be(said, words, told):
    assert said("issue", "social-2.0", "-o", "one.card")[0] == 0
    traced(said, "a.trace", "social-2.0", SSSE, "00C0000018")
    traced(said, "card.trace", "one.card", SSSE)
    traced(said, "pin.trace", "social-2.0", SSSE, "--set", "ssse.pin=8642")
    traced(said, "key.trace", "social-2.0", SSSE, "84D401000801020304050607080102030405060708")
    code, out, err = said("record", "vector", *words, "-o", "new.json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not Path("new.json").exists()


def test_a_vector_of_a_card_file_and_one_with_a_pin_that_is_said_again(said):
    assert said("issue", "social-2.0", "-o", "one.card")[0] == 0
    traced(said, "card.trace", "one.card", SSSE, CHALLENGE)
    assert said("record", "vector", "card.trace", "--profile", "social-2.0", "-o", "card.json")[0] == 0
    traced(said, "pin.trace", "social-2.0", SSSE, "00200000028642", "--set", "ssse.pin=8642")
    again = ("--set", "ssse.pin=8642")
    assert said("record", "vector", "pin.trace", *again, "-o", "pin.json")[0] == 0
    assert "{lc(ssse.pin)}" in Path("pin.json").read_text("utf-8")


def test_a_pin_that_is_said_again_stands_in_the_draft_and_the_draft_says_so(said):
    traced(said, "pin.trace", "social-2.0", SSSE, "0020000003864209", "--set", "ssse.pin=864209")
    words = ("record", "vector", "pin.trace", "--set", "ssse.pin=864209", "-o")
    code, _, err = said(*words, "pin.json")
    assert code == 0
    assert err.startswith("WARNING pin.json: PINs or keys stand in this draft in clear")
    assert "UNSAFE" in json.loads(Path("pin.json").read_text("utf-8"))["purpose"]
    assert json.loads(said(*words, "again.json", "--json")[1])["secret"]
    traced(said, "tries.trace", "social-2.0", SSSE, "--set", "ssse.pin_tries=5")
    assert said("record", "vector", "tries.trace", "-o", "tries.json")[2] == ""


def test_a_file_that_is_called_as_a_profile_is_not_taken_for_it(said):
    Path("social-2.0").write_text("no profile", "utf-8")
    traced(said, "a.trace", "social-2.0", SSSE)
    assert said("record", "vector", "a.trace", "-o", "a.json")[0] == 0


def test_which_scripts_of_faults_there_are_is_told_and_nothing_is_recorded(said):
    code, out, err = said("record", "session", "-o", "a.trace", "--faults", "list")
    assert (code, err) == (0, "")
    assert out == said("run", "--faults", "list", "--", "true")[1] == said("serve", "--faults", "list")[1]
    assert "garbled" in out
    assert not Path("a.trace").exists()


def test_a_sam_beside_a_card_in_a_reader_has_a_seed(said):
    err = said("record", "session", "-o", "a", "--pcsc", "no such reader", "--sam", "psam-3des", "--seed", "5")[2]
    assert err.count("\n") == 1
    assert "--seed is about" not in err


def test_a_vector_of_a_profile_of_ones_own_lies_where_it_is_seen_from(said):
    Path("cards").mkdir()
    own = Path(dualcos.__file__).parent / "profile" / "cards" / "social-2.0.toml"
    Path("cards/own.toml").write_text(own.read_text("utf-8"), "utf-8")
    Path("vectors").mkdir()
    traced(said, "a.trace", "cards/own.toml", SSSE)
    assert said("record", "vector", "a.trace", "-o", "vectors/a.json")[0] == 0
    assert json.loads(Path("vectors/a.json").read_text("utf-8"))["profile"] == "../cards/own.toml"
    assert said("conform", "vectors/a.json")[0] == 0


def test_live(said):
    traced(said, "a.trace", "social-2.0", SSSE, CHALLENGE)
    assert said("record", "vector", "a.trace", "--live", "-o", "a.json")[0] == 0
    found = json.loads(Path("a.json").read_text("utf-8"))
    assert found["live"]
    assert found["vectors"][0]["steps"][-1]["expect"] == "9000 {challenge:8}"
    account, load = "00A4040006D15600000503", "B02800010B01000004D2990000000001"
    traced(said, "b.trace", "social-2.0", SSSE, VERIFY + PIN, account, load, "00C0000010")
    code, _, err = said("record", "vector", "b.trace", "--live", "-o", "b.json")
    assert (code, err.count("\n")) == (2, 1)
    assert "leave --live out" in err
    assert said("record", "vector", "b.trace", "-o", "b.json")[0] == 0


def recorder(*words: str, **how: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "dualcos", "record", "session", *words], **how)  # type: ignore[call-overload, no-any-return] # as Popen takes them


@pytest.mark.skipif(importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed")
def test_a_card_in_a_reader_of_this_machine(tmp_path):
    """Recorded between a service that is there and a program that knows none: each has its own."""
    reader = "Reader of this machine 00 00"
    with EmbeddedService([Slot(reader, dualcos.card("social-2.0"))]) as there:
        environment = {**os.environ, **there.environment, "PYTHONPATH": str(ROOT)}
        words = ("-o", "a.trace", "--pcap", "a.pcap", "--pcsc", "machine", "--profile", "social-2.0")
        sent = (SSSE, "00C0000018", VERIFY + PIN, CHALLENGE)
        how = {"cwd": tmp_path, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with recorder(*words, *program(*sent), **how) as process:
            out = process.communicate(timeout=60)[0].decode().splitlines()
    assert process.returncode == 0, out
    atr = dualcos.card("social-2.0").atr.hex()
    assert out[0] == f"{reader} {atr}", "the reader's own name, and the card's ATR"
    assert [line[-4:] for line in out[1:]] == ["6118", "9000", "9000", "9000"]
    trace = str(tmp_path / "a.trace")
    about = read_trace(trace).about("")
    assert (about["reader"], about["atr"], about["card"]) == (reader, atr.upper(), "social-2.0")
    assert commands(trace) == [SSSE, "00C0000018", VERIFY + "000000", CHALLENGE]
    assert reader.encode() in (tmp_path / "a.pcap").read_bytes()
    for more in ((), ("--live",)):
        assert run(("record", "vector", trace, "-o", str(tmp_path / f"draft{len(more)}.json"), *more)) == 0
