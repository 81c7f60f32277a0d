"""What a refusal tells to type: the card at hand, what it was told otherwise, and one setting; typed, it answers."""

from __future__ import annotations

import io
import json
import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest
from broken_streams import say

from dualcos.cli.card_argument import asked_card
from dualcos.cli.trace_recorder import Recorder
from dualcos.profile.schema import file_of

# Reads with Le 00, which as the profiles come end in 6Cxx.
SOCIAL = ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A4020002EF06", "00B2090000")
BANK = ("00A404000E315041592E5359532E4444463031", "00B2010C00")
PSAM = ("00B0960000",)
LE00 = "chip.transmission.le00=data"


def advice(shown: str) -> list[str]:
    """The words of the one command that is told."""
    (command,) = set(re.findall(r"`dualcos ([^`]+)`", shown))
    return shlex.split(command)


@pytest.mark.parametrize(
    ("commands", "given", "kept"),
    [
        (BANK, ("bank-only",), ("bank-only",)),
        (BANK, ("own cards/own.toml",), ("own cards/own.toml",)),
        (SOCIAL, ("social-2.0", "--set", "ssse.pin_tries=5"), ("social-2.0", "--set", "ssse.pin_tries=5")),
        (SOCIAL, ("social-2.0", "--holder", "middle-dot"), ("social-2.0", "--set", "holder=middle-dot")),
        (SOCIAL, ("social-2.0", "--set", "chip.transmission.le00=6Cxx"), ("social-2.0",)),  # a field is set once
    ],
)
def test_what_is_told_serves_the_same_card_and_it_answers(commands, given, kept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own cards").mkdir()
    Path("own cards/own.toml").write_bytes(file_of("bank-only").read_bytes())
    shown = say(("send", *given, *commands, "--trace", "t.jsonl")).out
    assert advice(shown) == ["serve", *kept, "--set", LE00]
    assert advice(say(("explain", "t.jsonl")).out) == advice(shown)
    typed = say(("send", *advice(shown)[1:], *commands, "--json")).out.splitlines()
    assert json.loads(typed[-1])["sw"] == "9000"


def test_no_secret_is_told():
    shown = say(("send", "social-2.0", "--set", "ssse.pin=864213", *SOCIAL)).out
    assert "--set 'ssse.pin=…'" in shown
    assert "864213" not in shown


def test_a_card_file_is_made_anew(tmp_path):
    path = str(tmp_path / "c.card")
    assert say(("issue", "social-2.0", "-o", path)).code == 0
    assert advice(say(("send", path, *SOCIAL)).out) == ["issue", "PROFILE", "--set", LE00, "-o", "FILE"]


def test_a_psam_is_told_beside_the_card_in_the_first_slot(tmp_path):
    screen, path = io.StringIO(), tmp_path / "t.jsonl"
    first, second = asked_card("social-2.0", settings=["ssse.pin_tries=5"]), asked_card("psam-sm4")
    with closing(first.card), closing(second.card), Recorder(screen, path=str(path)) as recorder:
        recorder.traced(first)
        card = recorder.traced(second, "sam")
        recorder.begin()
        card.power_on()
        card.exchange(bytes.fromhex(*PSAM))
    wanted = ["serve", "social-2.0", "--set", "ssse.pin_tries=5", "--sam", "psam-sm4", "--sam-set", LE00]
    assert advice(say(("explain", str(path))).out) == wanted


@pytest.mark.parametrize(
    "about",
    [
        {"card": None},
        {"card": "c.card"},
        {"card": "bank\n.toml"},
        {"set": "x"},
        {"set": [1]},
        {"set": ["a=\x1b"]},
    ],
)
def test_a_trace_that_does_not_say_the_profile(about, tmp_path):
    path = tmp_path / "t.jsonl"
    say(("send", "bank-only", *BANK, "--trace", str(path)))
    head, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join((json.dumps(json.loads(head) | about), *rest)), encoding="utf-8")
    assert advice(say(("explain", str(path))).out) == ["serve", "PROFILE", "--set", LE00]
