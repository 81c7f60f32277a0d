# ruff: noqa: S603 - the command lines are our own
"""Field flows through PC/SC as real readers do them, and what the trace says to those who get a step wrong."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dualcos.explain import Exchange, Explainer
from dualcos.explain.finding_texts import finding_line
from dualcos.explain.refusal_reasons import words
from dualcos.explain.trace_file_lines import read

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("field_terminal.py")
MARK = bytes.fromhex("00FE00")
CARDS = (("dual-2.0-3des", "psam-3des"), ("dual-3.0-sm4", "psam-sm4"))
WAYS = ("by_tag", "p1_00", "le_00", "one_challenge", "by_host")
NAME = "091EB2E2CAD4B3D6BFA8C8CB" + "00" * 20

pytestmark = [
    pytest.mark.pcsc,
    pytest.mark.skipif(
        importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
    ),
]


class Mistake(NamedTuple):
    """What a developer did, the word he gets, what the trace must name; ``card`` None for both."""

    what: str
    commands: tuple[str, ...]
    sw: str
    names: tuple[str, ...]
    card: str | None = None


DRAW = "0084000008"
DF03 = "00A4000002DF03"
RIGHT = "0082000410{ext_auth(UKSSSE)}"
SWAPPED = "0082000410 3D1E8A6B70C2F495 {int_auth(UKSSSE, challenge, 3D1E8A6B70C2F495)}"
MISTAKES = (
    Mistake("reads the holder before any key", ("00B2013414",), "6982", ("KID 0A", "external authentication"), "3.0"),
    Mistake("writes before any key", ("00DC052C06050420240115",), "6982", ("KID 04", "nothing authenticated")),
    Mistake("reads DF01 without PIN", ("00A4000002DF01", "00B2012C04"), "6982", ("PIN", "KID 88")),
    Mistake("no random number", ("0082000410" + "00" * 16,), "6984", ("GET CHALLENGE",)),
    Mistake("the random number used twice", (DRAW, RIGHT, RIGHT), "6984", ("GET CHALLENGE",)),
    Mistake(
        "a random number of another directory",
        (DRAW, DF03, "0082008610{ext_auth(UK1DF03)}"),
        "6984",
        ("GET CHALLENGE",),
    ),
    Mistake(
        "the first of two random numbers as process factor",
        (DRAW, "unseen:0084000008", RIGHT),
        "63C2",
        ("last random number",),
    ),
    Mistake("original information first", (DRAW, SWAPPED), "63C2", ("turned round", "authentication data come first")),
    Mistake(
        "another key's data",
        (DRAW, "0082000410{ext_auth(RKSSSE)}"),
        "63C2",
        ("KID 04", "last random number", "2 tries left"),
    ),
    Mistake("a number no key has", (DRAW, "0082000B10{ext_auth(UKSSSE)}"), "6A88", ("0B",)),
    Mistake("a group no key has", (DRAW, "0082000411{ext_auth(UKSSSE)}04"), "6A88", ("04",)),
    Mistake("P2 with the unused bits", (DRAW, "0082001410{ext_auth(UKSSSE)}"), "6A86", ("14",)),
    Mistake("no file selected", ("00B2010400",), "6986", ("no EF",)),
    Mistake("a file of another directory", (DF03, "00A40200 02EF0A"), "6A82", ("EF0A", "DF03")),
    Mistake("a tag where a number belongs", ("00B2092C00",), "6A83", ("9",)),
    Mistake("a tag the file has not", ("00B2992800",), "6A83", ("99",)),
    Mistake("another length than the record's", ("raw:00B2012C10",), "6C12", ("18 bytes", "16")),
    Mistake("READ BINARY of records", ("00B0850010",), "6981", ("records",)),
    Mistake(
        "a record whose length contradicts its TLV",
        (DRAW, RIGHT, "00DC052C0605052024 0115".replace(" ", "")),
        "6A85",
        ("5",),
    ),
    Mistake("an offset behind the file", ("00A4000002DF01", "00A4020002EF16", "00B0012801"), "6B00", ("offset",)),
    Mistake("a new PIN without PUK", (DRAW, "{secured(STKSSSE, 84240000)}"), "6982", ("PUK", "KID 06")),
    Mistake(
        "a MAC over another header",
        (DRAW, "0082000610{ext_auth(PUK)}", DRAW, "84240000 04{mac(STKSSSE, 84240001)}"),
        "6988",
        ("MAC",),
    ),
    Mistake("a PIN too short to be one", ("0020000001 12",), "6700", ("1 byte",)),
    Mistake("a wrong PIN", ("0020000003999999",), "63C2", ("PIN is wrong", "2 tries left")),
    Mistake("a command of the bank's", ("80A8000002 8300",), "6D00", ("A8",)),
    Mistake(
        "PSAM: no application",
        ("sam:00A40000023F00", "sam:BFDE2812108144434F860099000000000000000000"),
        "6985",
        ("D15600000590",),
    ),
    Mistake("PSAM: nothing delivered", ("sam:80FA0000083D1E8A6B70C2F495",), "6901", ("DELIVERY SESSION KEY",)),
    Mistake("PSAM: too many factors", ("sam:BFDE481218" + "00" * 24,), "6A80", ("1 step", "P1 says 2")),
    Mistake("PSAM: a key it has not", ("sam:BFDE287710" + "00" * 16,), "6A88", ("77",)),
)


def edition(card: str) -> str:
    return card.split("-")[1]


def run(card: str, psam: str, asked: dict[str, Any], trace: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "dualcos", "run", card, "--sam", psam, "--trace", str(trace), "--",
         sys.executable, str(PROGRAM), json.dumps({"profile": card, **asked})],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("card", "psam"), CARDS)
def test_every_way_a_reader_goes_leads_there(card, psam, tmp_path):
    """By tag or number, P1 00 or 02, Le 00 or exact, one random number or two, PSAM or host: 32 ways, one result."""
    ways = [dict(zip(WAYS, chosen, strict=True)) for chosen in product((False, True), repeat=len(WAYS))]
    seen = run(card, psam, {"flows": ways, "mistakes": []}, tmp_path / "t")["flows"]
    expected = ["True", "9000", "9000", NAME, "9000", "9000", "9000", "050420240115", "9000"]
    assert [dict(way, seen=one) for way, one in zip(ways, seen, strict=True) if one != expected] == []


@pytest.mark.parametrize(("card", "psam"), CARDS)
def test_whoever_gets_a_step_wrong_reads_it_in_the_trace(card, psam, tmp_path):
    mistakes = [one for one in MISTAKES if one.card in (None, edition(card))]
    asked = {"flows": [], "mistakes": [one.commands for one in mistakes]}
    words = run(card, psam, asked, tmp_path / "t")["mistakes"]
    assert [f"{one.what}: {sw}" for one, sw in zip(mistakes, words, strict=True) if sw != one.sw] == []
    told = reasons((tmp_path / "t").read_text("utf-8"))
    silent = [
        f"{one.what}: the trace says {told[number]!r}, which does not name {name!r}"
        for number, one in enumerate(mistakes)
        for name in one.names
        if name not in told[number]
    ]
    assert not silent, "\n".join(silent)


def reasons(trace: str) -> list[str]:
    """Reason, clause, notes and findings of the last refusal behind each mark."""
    found: list[str] = []
    readers = defaultdict(Explainer)
    for line in read(trace.splitlines()).lines:
        told = readers[line.slot].explain(line.record)
        if isinstance(told, Exchange) and told.command[:3] == MARK:
            found.append("")
        elif isinstance(told, Exchange) and found and told.reasons:
            advised = map(finding_line, told.findings)
            found[-1] = " | ".join((words(told.reasons[0]), told.reasons[0].clause, *told.notes, *advised))
    return found
