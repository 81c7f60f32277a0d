"""No Python reaches a person: what the card says of a refusal or a decision is a whole sentence of its own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cos.manager.state import ChipState
from cos.ssse.security.keyring import Kind
from firewall.mint import NameTaken
from keys import store
from keys.store import KeyRef
from terminal.conformance.bench import Bench
from terminal.conformance.play import play_all
from terminal.conformance.vector import load, vector_files

VECTORS = Path(__file__).parents[2] / "vectors"
FILES = vector_files(VECTORS)

MISHAPS = {
    "a member of a class": r"\b[A-Z][a-z]\w*\.[A-Z][A-Z_]+\b",
    "a value as Python writes it": r"\w\(\w+=|\b(None|True|False)\b|\b(bytearray|frozenset|dict_\w+|set)\(",
    "an object's address": r"\bobject at 0x|\b0x[0-9a-f]{6,}",
    "a class": r"<(class|function|enum) |<[A-Z]\w*\.[A-Z]|<\w+\.\w+ ",
    "bytes as Python writes them": r"\bb['\"]|\\x[0-9a-f]{2}",
    "a list or a table as Python writes it": r"\[['\"\d]|\{['\"\d]|\(\d+, |\(\)|\[\]|\{\}",
    "a placeholder": r"\{[a-z_.]+\}|%[sdr]\b",
    "nothing": r"\A\s*\Z",
    "one word": r"\A[\w.]+\Z",
    "an end that is none": r"[\s,:;(\[=-]\Z|\b(not|is|are|the|an?|of|by|to|and|or|with|in|needs|has|no) *\Z",
    "a gap": r"  | [,.;:)]|\( ",
    "two verbs": r"\b(is|are|does|has) (needs|is|are|has|takes)\b",
}


def mishaps(text: str) -> list[str]:
    """What is wrong with a text for people, by name."""
    found = [name for name, pattern in MISHAPS.items() if re.search(pattern, text)]
    pairs = ("()", "[]", "{}", "<>")
    plain = re.sub(r" [<>] | -> ", " ", text)  # comparisons and arrows
    return found + ["a bracket"] * any(plain.count(opening) != plain.count(closing) for opening, closing in pairs)


def wrong(said: dict[str, str]) -> list[str]:
    return [f"{case}: {text!r}: {', '.join(found)}" for text, case in said.items() if (found := mishaps(text))]


def test_what_the_card_says_in_all_vectors(played):
    played.all(FILES)
    assert len(played.said) > 1000
    assert wrong(played.said) == []


class Thing:
    pass


SPOILT = [
    f"the chip must be in state C0, it is in {ChipState.CLOSED}",
    f"no entry {KeyRef(13, 5, 1)!r}",
    f"no entry of kind {Kind.EXTERNAL!r}",
    f"the key is {Thing()}",
    f"the key is of {Thing}",
    f"the file is {bytes.fromhex('1EF6')}",
    f"the file is {bytearray(3)}",
    f"READ RECORD does not take Le = {None}",
    f"rights held: {frozenset({1})}",
    f"rights held: {[1, 2]}",
    f"rights held: {(1, 2)}",
    f"rights held: { ({1: 2}) }",
    f"rights held: {()}",
    "rights held: {held}",
    f"9F10 is 07 and seven bytes, not {b''.hex()}",
    str(NameTaken("pse").args[0].rsplit(" ", 1)[-1]),
    "",
    " ",
    "the record is longer than the",
    "the file (EF05 is transparent",
    "writing EF05 of DF01 is needs level 01",
    "this needs KID  of DF01",
]


@pytest.mark.parametrize("text", SPOILT, ids=range(len(SPOILT)))
def test_what_reaches_nobody_is_told(text):
    assert mishaps(text)


# --- planted: today's fault and others of its kind, under the vectors that must show it ------------------------------


def state_of_the_chip(monkeypatch):
    """The chip's life state as Python shows it."""
    for state in ChipState:
        monkeypatch.setattr(state, "_value_", str(state))


def name_of_a_key(monkeypatch):
    """A key's name as Python shows it."""
    monkeypatch.setattr(KeyRef, "__str__", KeyRef.__repr__)


def name_of_a_file(monkeypatch):
    """A file as Python shows it."""
    monkeypatch.setattr("cos.kernel.files.ElementaryFile.__repr__", object.__repr__)


def missing_without_a_word(monkeypatch):
    """An error that says nothing."""
    monkeypatch.setattr(store.KeyNotFound, "__str__", lambda _: "")


def environment_by_its_label(monkeypatch):
    """An error that says the label alone."""
    monkeypatch.setattr(NameTaken, "__str__", lambda self: self.args[0].rsplit(" ", 1)[-1])


PLANTED = {
    state_of_the_chip: "generated/handover-personalised.json",
    name_of_a_key: "ssse/personalisation.json",
    name_of_a_file: "pki/files.json",
    missing_without_a_word: "psam/external-authentication.json",
    environment_by_its_label: "generated/handover-owned.json",
}


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.__name__)
def test_a_planted_one_is_told(bug, monkeypatch, said):
    list(play_all(load(VECTORS / PLANTED[bug]), Bench()))
    assert wrong(said) == []
    said.clear()
    bug(monkeypatch)
    list(play_all(load(VECTORS / PLANTED[bug]), Bench()))
    assert wrong(said)
