# ruff: noqa: S603 - the command lines are our own
"""Wherever a card is explained its reader is told which mistake a refusal shows; of a card that is not marked as
carrying test keys he is told no more than the wire shows.

The mistake: a terminal proves a key with the random number before the last one. It is found by computing with the
card's key, so it must never be found where that may be a real one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from broken_streams import Said, say

import dualcos
from dualcos.cardfile.card_file_format import NOT_MARKED
from dualcos.cli.card_argument import seen_card
from dualcos.profile.schema import file_of, load
from dualcos.profile.social_order import key_service, social_card
from keys.social_cryptography import authentication_data
from tests.dualcos.reader.wire import WireClient

ROOT = Path(__file__).parents[3]
PROFILE = "social-2.0"
TEST, REAL, TRACE = "test.card", "real.card", "t.jsonl"
SELECT_SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
CHALLENGE = bytes.fromhex("0084000008")
DRAWN = ("5AC3907E12F4B86D", "9F4C21E07B3A58D6")
FOUND = "random.older"
SECRET = ("ssse.pin=864213",)
"""A setting that is no published one: with it nothing of the card counts as published."""


class World(NamedTuple):
    """A folder with the same card twice, once not marked, and what the terminal sends."""

    folder: Path
    sent: tuple[str, ...]


def proof(random: bytes) -> bytes:
    """Of the key UKSSSE, as the terminal makes it."""
    profile = load(PROFILE)
    assert profile.ssse is not None
    key = key_service(profile, profile.ssse).card_key("UKSSSE", social_card(profile, profile.ssse))
    return bytes.fromhex("0082000410") + authentication_data(key, random, bytes(8)) + bytes(8)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("mistake")
    card = dualcos.card(PROFILE, 0)
    dualcos.write_card(card, folder / TEST)
    card.provenance = NOT_MARKED
    dualcos.write_card(card, folder / REAL)
    for each in (TEST, REAL):
        shutil.copy(folder / each, folder / f"{each}.kept")
    asked = dualcos.open_card(folder / TEST, "0", detached=True)
    asked.power_on()
    asked.exchange(SELECT_SSSE)
    older = asked.exchange(CHALLENGE)[:8]
    sent = tuple(each.hex().upper() for each in (SELECT_SSSE, CHALLENGE, CHALLENGE, proof(older)))
    with chdir(folder):
        for name, card_file in ((TRACE, TEST), ("real.jsonl", REAL)):
            assert say(("send", card_file, "--seed", "0", *sent, "--trace", name)).code == 0
    return World(folder, sent)


@pytest.fixture(autouse=True)
def unspoilt(world) -> None:
    """No test meets a key whose tries another one has used up."""
    for card in (TEST, REAL):
        shutil.copy(world.folder / f"{card}.kept", world.folder / card)


def said(world: World, *argv: str) -> Said:
    with chdir(world.folder):
        return say(argv)


def demand_wire_only(text: str) -> None:
    """No finding that needs a key, and the name of none: what is left is the card's own reason."""
    assert "do not match KID 04" in text
    assert FOUND not in text
    assert "check_value" not in text
    assert "inputs.none-fits" not in text


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_send(how, world):
    assert FOUND in said(world, "send", TEST, "--seed", "0", *world.sent, *how).out
    demand_wire_only(said(world, "send", REAL, "--seed", "0", *world.sent, *how).out)


def test_both_ways_of_telling_say_the_same(world):
    shown = said(world, "send", TEST, "--seed", "0", *world.sent).out
    last = said(world, "send", TEST, "--seed", "0", *world.sent, "--json").out.splitlines()[-1]
    (found,) = json.loads(last)["findings"]
    assert (found["kind"], found["certainty"]) == (FOUND, "certain")
    flat = "".join(shown.split())
    assert all("".join(words.split()) in flat for words in (found["text"], found["zh"]))


def told(lines: str, slot: str) -> str:
    """Of lines of JSON those of that slot."""
    return "".join(line for line in lines.splitlines() if json.loads(line).get("slot", "") == slot)


def test_serve_and_the_slot_of_the_psam(world, tmp_path):
    """One card in each slot: what is seen of one is not seen of the other."""
    where = ("--socket", str(tmp_path / "s"), "--json")
    command = (sys.executable, "-m", "dualcos", "serve", TEST, "--seed", "0", "--sam", REAL, *where)
    pipe, ours = subprocess.PIPE, {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=world.folder, stdout=pipe, stderr=pipe, env=ours) as process:
        assert process.stderr is not None
        while process.stderr.readline().strip():
            pass
        with WireClient(str(tmp_path / "s")) as client:
            transmit(client, world.sent)
        process.terminate()
        shown = process.communicate(timeout=60)[0].decode()
    assert FOUND in told(shown, "")
    demand_wire_only(told(shown, "sam"))


def transmit(client: WireClient, sent: Sequence[str]) -> None:
    """The same to the card in each slot."""
    for state in client.states()[:2]:
        _, card, _ = client.connect(state.name, wanted=1)
        for word in sent:
            client.transmit(card, bytes.fromhex(word))


@pytest.mark.parametrize(("card", "wire_only"), [(TEST, False), (REAL, True)])
def test_run(card, wire_only, world, monkeypatch):
    client = (
        "import os; from tests.dualcos.reader.wire import WireClient\n"
        "with WireClient(os.environ['PCSCLITE_CSOCK_NAME']) as c:\n"
        "    _, card, _ = c.connect(c.states()[0].name, wanted=1)\n"
        f"    for word in {world.sent!r}: c.transmit(card, bytes.fromhex(word))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    ran = said(world, "run", card, "--seed", "0", "--explain", "--", sys.executable, "-c", client)
    assert (ran.code, ran.out) == (0, "")
    if wire_only:
        demand_wire_only(ran.err)
    else:
        assert FOUND in ran.err


# --- traces -----------------------------------------------------------------------------------------------------------


def renamed(world: World, name: str, **about: object) -> str:
    """The trace with something else in its first line."""
    head, *rest = (world.folder / TRACE).read_text(encoding="utf-8").splitlines()
    lines = (json.dumps(json.loads(head) | about), *rest)
    (world.folder / name).write_text("\n".join(lines), encoding="utf-8")
    return name


@pytest.mark.parametrize("how", [(), ("--json",), ("--short",)])
def test_explain(how, world):
    """The keys are those of the profile that the first line names, or of the card that is named; else nobody's."""
    assert FOUND in said(world, "explain", renamed(world, "p.jsonl", card=PROFILE), *how).out
    assert FOUND in said(world, "explain", TRACE, "--card", TEST, *how).out
    assert FOUND in said(world, "explain", TRACE, "--card", PROFILE, *how).out


@pytest.mark.parametrize("how", [(), ("--json",), ("--short",)])
def test_explain_keys_of_nobody(how, world):
    """A card file of which the trace says no more, a profile that does not come along or has keys of its own, a card
    that is not marked.
    """
    for about in ({}, {"card": "no-such"}, {"card": PROFILE, "set": SECRET}):
        demand_wire_only(said(world, "explain", renamed(world, "q.jsonl", **about), *how).out)
    demand_wire_only(said(world, "explain", renamed(world, "s.jsonl", card=PROFILE), "--card", REAL, *how).out)
    demand_wire_only(said(world, "explain", "real.jsonl", *how).out)


def test_explain_with_another_card_than_the_trace_is_of(world):
    """The refusal names its key by check value; nobody computes with another one."""
    demand_wire_only(said(world, "explain", TRACE, "--card", "social-1.0").out)


def test_explain_leaves_the_card_file_as_it_is(world):
    before = (world.folder / TEST).read_bytes()
    assert said(world, "explain", TRACE, "--card", TEST).code == 0
    assert (world.folder / TEST).read_bytes() == before
    assert seen_card(str(world.folder / TEST)).on_change is None


def test_explain_of_a_slot_that_has_no_card(world):
    lines = (
        json.dumps({**json.loads(line), "slot": "sam"}) for line in (world.folder / TRACE).read_text().splitlines()
    )
    (world.folder / "sam.jsonl").write_text("\n".join(lines))
    shown = said(world, "explain", "sam.jsonl", "--card", TEST)
    assert (shown.code, shown.out) == (2, "")
    assert shown.err == "dualcos: sam.jsonl has no lines of the first slot, whose card --card names\n"


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_replay(how, world):
    """Where the answer to the wrong proof differs: recorded is that it was right."""
    lines = (world.folder / TRACE).read_text(encoding="utf-8").replace('"63C2"', '"9000"')
    (world.folder / "right.jsonl").write_text(lines, encoding="utf-8")
    shown = said(world, "replay", "right.jsonl", "--profile", TEST, "--seed", "0", *how)
    assert (shown.code, FOUND in shown.out) == (1, True)
    demand_wire_only(said(world, "replay", "right.jsonl", "--profile", REAL, "--seed", "0", *how).out)


# --- vectors ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vectors(world) -> str:
    """A laboratory's vector with that mistake in it."""
    sent = (SELECT_SSSE, CHALLENGE, CHALLENGE, proof(bytes.fromhex(DRAWN[0])))
    title = {"en": "with a mistake in it", "zh": "含错误"}
    steps = [{"send": each.hex().upper(), "expect": [{"sw": ["9000", "61??"]}]} for each in sent]
    unit = {
        "unit": "OWN-PROOF", "title": title, "purpose": "A laboratory's own.", "clause": ["SSC-5 §6.4"],
        "profile": PROFILE, "live": False, "destructive": True, "provenance": {"kind": "inferred", "source": "nobody"},
        "vectors": [{"id": "OWN-PROOF-01", "title": title, "random": {"ssse": list(DRAWN)}, "steps": steps}],
    }  # fmt: skip
    (world.folder / "own.json").write_text(json.dumps(unit), encoding="utf-8")
    profile = file_of(PROFILE).read_text(encoding="utf-8").replace('pin = "123456"', 'pin = "864213"')
    (world.folder / "own.toml").write_text(profile, encoding="utf-8")
    (world.folder / "own-card.json").write_text(json.dumps(unit | {"profile": "own.toml"}), encoding="utf-8")
    return "own.json"


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_conform(how, world, vectors):
    assert FOUND in said(world, "conform", vectors, *how).out
    demand_wire_only(said(world, "conform", vectors.replace("own", "own-card"), *how).out)
