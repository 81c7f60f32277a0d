"""No Python reaches a person: what the card says of a refusal or a decision is a whole sentence of its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cos.kernel.refusal import ErrorWord
from cos.manager.chip_states import ChipState
from cos.ssse.security.key_types import SocialKeyType
from dualcos.explain import refusal_reasons
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import play_all
from dualcos.lab.conformance.vector_file import load, vector_files
from firewall.trace import Reason
from keys.card_key_store import KeyRef
from tests.mishaps import mishaps

VECTORS = Path(__file__).parents[2] / "vectors"
FILES = vector_files(VECTORS)


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
    f"no entry of kind {SocialKeyType.EXTERNAL!r}",
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
    "pse",
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


def data_of_a_reason(monkeypatch):
    """Data as Python shows them."""
    monkeypatch.setattr(refusal_reasons, "said", lambda value, _: repr(value))


def holder_of_a_right(monkeypatch):
    """Who must give a right as Python shows it."""
    monkeypatch.setattr(refusal_reasons._Words, "_holder", lambda _, one: repr(one))


def missing_without_a_word(monkeypatch):
    """An error that says nothing."""
    monkeypatch.setattr(ErrorWord, "reason", lambda self, _: Reason(self.gate, ""))


def environment_by_its_label(monkeypatch):
    """An error that says the label alone."""
    monkeypatch.setattr(ErrorWord, "reason", lambda self, error: Reason(self.gate, *error.about.values()))


PLANTED = {
    state_of_the_chip: "generated/handover-personalised.json",
    data_of_a_reason: "psam/select.json",
    holder_of_a_right: "ssse/personalisation.json",
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
